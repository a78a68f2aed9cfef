# callctl_add_test(NAME <executable> LABELS <label>... SOURCES <file>... [LIBRARIES <target>...]
#                  [ALONE <file>...])
#
# One executable, one ctest entry a case. Labels: unit (needs nothing), db (needs PostgreSQL), direct
# (the same, past any pooler), http (loopback sockets), cli (runs the binary), e2e (everything together).
# ALONE are sources that a unity build has to leave apart, since they name things as others do.
include(GoogleTest)

function(callctl_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT" "LABELS;SOURCES;ALONE;LIBRARIES;ENVIRONMENT")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES} ${arg_ALONE})
  set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${arg_NAME} PRIVATE ${arg_LIBRARIES} callctl_test_support callctl_options
                                            callctl_warnings)
  target_precompile_headers(${arg_NAME} REUSE_FROM callctl_test_support)
  set(environment) # an empty value would be lost on the way, and its name be the value of the next
  if(arg_ENVIRONMENT)
    set(environment ENVIRONMENT "${arg_ENVIRONMENT}")
  endif()
  gtest_discover_tests(
    ${arg_NAME}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    NO_PRETTY_VALUES # the bytes of an object name no test, and addresses differ from run to run
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} ${environment} ENVIRONMENT_MODIFICATION
               "LSAN_OPTIONS=set:suppressions=${PROJECT_SOURCE_DIR}/tests/leaks-of-libraries.supp")
endfunction()
