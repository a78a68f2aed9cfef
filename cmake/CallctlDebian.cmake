# The Debian package: scripts/package makes it with CPack.
set(CALLCTL_UNIT_DIR lib/systemd/system CACHE STRING "Where systemd's units go, below the prefix")

# A build that is no release sorts before the release, and after what was built from older commits.
set(debian_upstream "${PROJECT_VERSION}")
set(debian_time "")
if(Git_FOUND AND EXISTS "${PROJECT_SOURCE_DIR}/.git")
  execute_process(
    COMMAND "${GIT_EXECUTABLE}" tag --points-at HEAD --list "v${PROJECT_VERSION}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    OUTPUT_VARIABLE debian_release
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(
    COMMAND "${GIT_EXECUTABLE}" log -1 "--format=%ct %h"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    OUTPUT_VARIABLE debian_commit
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(debian_commit MATCHES "^([0-9]+) ([0-9a-f]+)$")
    set(debian_time "${CMAKE_MATCH_1}")
    if(NOT debian_release)
      set(debian_upstream "${PROJECT_VERSION}~git${CMAKE_MATCH_1}.${CMAKE_MATCH_2}")
    endif()
  endif()
endif()
# Before a package of Debian's own, which would begin with 1.
set(debian_revision 0upstream1)
set(CALLCTL_DEBIAN_VERSION "${debian_upstream}-${debian_revision}")
if(debian_time)
  set(ENV{SOURCE_DATE_EPOCH} "${debian_time}") # what TIMESTAMP takes for now
endif()
string(TIMESTAMP CALLCTL_DEBIAN_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME callctl)
set(CPACK_PACKAGE_VERSION "${debian_upstream}")
set(CPACK_PACKAGE_CONTACT "The callctl authors <maintainers@users.noreply.b-seed-2263cd94.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "deterministic phone call recording pipelines on Twilio")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Every call is recorded from its first second on two channels, transcribed and\n\
summarised, or stands in the database with a named reason why not. callctl\n\
receives Twilio's webhooks, keeps the state of every call in PostgreSQL, and\n\
brings every call to an end state in a periodic pass, whatever was lost on the\n\
way.")
set(CPACK_DEBIAN_PACKAGE_RELEASE "${debian_revision}")
set(CPACK_DEBIAN_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The user is made with systemd-sysusers; HTTPS needs the certificates. The libraries are those that are
# loaded when they are needed, which dpkg-shlibdeps does not see.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "ca-certificates, libcurl4 | libcurl4t64, libsndfile1, libsystemd0, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(debian_folder "${PROJECT_SOURCE_DIR}/scripts/packaging/debian")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${debian_folder}/conffiles;${debian_folder}/postinst"
                                       "${debian_folder}/prerm;${debian_folder}/postrm")
set(CPACK_STRIP_FILES ON)
# /etc is outside of the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
                                                GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/deb")
configure_file("${debian_folder}/changelog.in" "${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian" @ONLY)
include(CPack)
