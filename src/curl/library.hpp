// libcurl, loaded when the first request is made. Internal to src/curl.
#pragma once

#include <curl/curl.h>

// clang-format off
/// Every function of libcurl that is called here, without its `curl_`.
#define CALLCTL_CURL_FUNCTIONS(each)                                                               \
    each(easy_cleanup) each(easy_getinfo) each(easy_init) each(easy_setopt) each(easy_strerror)    \
    each(free) each(global_init)                                                                   \
    each(mime_addpart) each(mime_data_cb) each(mime_filename) each(mime_free) each(mime_init)      \
    each(mime_name) each(mime_type)                                                                \
    each(multi_add_handle) each(multi_cleanup) each(multi_info_read) each(multi_init)              \
    each(multi_perform) each(multi_poll) each(multi_remove_handle) each(multi_setopt)              \
    each(multi_wakeup)                                                                             \
    each(slist_append) each(slist_free_all) each(strequal)                                         \
    each(url) each(url_cleanup) each(url_get) each(url_set)
// clang-format on

namespace callctl::curl {

struct Library {
// NOLINTNEXTLINE(bugprone-macro-parentheses) a name that is declared has none
#define CALLCTL_DECLARE(name) decltype(::curl_##name)* name;
    CALLCTL_CURL_FUNCTIONS(CALLCTL_DECLARE)
#undef CALLCTL_DECLARE
};

/// Throws base::ConfigError when it is not installed.
[[nodiscard]] const Library& libcurl();

} // namespace callctl::curl
