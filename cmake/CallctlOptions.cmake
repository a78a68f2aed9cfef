# Settings that every target of this project links PRIVATE, and that no packager's library sees.
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(callctl_options INTERFACE)
target_compile_features(callctl_options INTERFACE cxx_std_20)
target_compile_definitions(callctl_options INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

find_package(Threads REQUIRED)
target_link_libraries(callctl_options INTERFACE Threads::Threads)

# GCC collects its garbage less often: a tenth of the time of a large file, for 200 MB.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(callctl_options INTERFACE "SHELL:--param ggc-min-heapsize=700000")
endif()
if(CALLCTL_SANITIZE)
  target_compile_options(callctl_options INTERFACE -fsanitize=${CALLCTL_SANITIZE}
                                                   -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(callctl_options INTERFACE -fsanitize=${CALLCTL_SANITIZE})
endif()

if(CALLCTL_COVERAGE)
  target_compile_options(callctl_options INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(callctl_options INTERFACE --coverage)
endif()
