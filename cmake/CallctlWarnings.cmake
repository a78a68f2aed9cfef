# Warnings of our own code; the presets turn them into errors, a packager's build does not.
add_library(callctl_warnings INTERFACE)
target_compile_options(
  callctl_warnings
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
            -Woverloaded-virtual -Wold-style-cast -Wcast-qual -Wformat=2 -Wextra-semi -Wsuggest-override
            -Werror=switch -Werror=return-type)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(callctl_warnings INTERFACE -Wduplicated-cond -Wduplicated-branches
                                                    -Wlogical-op -Wuseless-cast)
  if(CALLCTL_SANITIZE)
    # Instrumented, GCC 12 sees uninitialised values and writes past small buffers that are not there.
    target_compile_options(callctl_warnings INTERFACE -Wno-maybe-uninitialized -Wno-array-bounds
                                                      -Wno-stringop-overflow)
  endif()
endif()
