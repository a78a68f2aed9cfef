# `git describe` of a checkout, the project version of a tarball.
set(CALLCTL_VERSION_TEXT "${PROJECT_VERSION}")
find_package(Git QUIET)
if(Git_FOUND AND EXISTS "${PROJECT_SOURCE_DIR}/.git")
  execute_process(
    COMMAND "${GIT_EXECUTABLE}" describe --always --dirty --tags
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    OUTPUT_VARIABLE callctl_describe
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(callctl_describe)
    set(CALLCTL_VERSION_TEXT "${PROJECT_VERSION}+${callctl_describe}")
  endif()
endif()
