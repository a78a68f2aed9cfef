// Owners of libcurl's C objects. Internal to src/curl.
#pragma once

#include "curl/library.hpp"

#include <memory>

namespace callctl::curl {

// CURL, CURLM and CURLU may all be void for C++, hence a type for each.
struct FreeEasy {
    void operator()(CURL* handle) const { libcurl().easy_cleanup(handle); }
};
struct FreeMulti {
    void operator()(CURLM* handle) const { libcurl().multi_cleanup(handle); }
};
struct FreeUrl {
    void operator()(CURLU* handle) const { libcurl().url_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { libcurl().slist_free_all(list); }
};
struct FreeMime {
    void operator()(curl_mime* mime) const { libcurl().mime_free(mime); }
};
struct FreeText {
    void operator()(char* text) const { libcurl().free(text); }
};

using EasyHandle = std::unique_ptr<CURL, FreeEasy>;
using MultiHandle = std::unique_ptr<CURLM, FreeMulti>;
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;
using HeaderList = std::unique_ptr<curl_slist, FreeList>;
using MimeHandle = std::unique_ptr<curl_mime, FreeMime>;
using Text = std::unique_ptr<char, FreeText>;

} // namespace callctl::curl
