#include "curl/library.hpp"

#include "base/shared_library.hpp"

namespace callctl::curl {

const Library& libcurl() {
    static const Library k_library = [] {
        const base::SharedLibrary file{"libcurl.so.4"};
        Library library{};
#define CALLCTL_FIND(name) library.name = file.function<decltype(::curl_##name)>("curl_" #name);
        CALLCTL_CURL_FUNCTIONS(CALLCTL_FIND)
#undef CALLCTL_FIND
        return library;
    }();
    return k_library;
}

} // namespace callctl::curl
