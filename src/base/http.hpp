// HTTP messages as plain values: what protocol folders build and read, and adapters carry.
#pragma once

#include "base/secret.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace callctl::base {

struct HttpHeader {
    std::string name;
    std::string value;
};

/// The first header of that name, without regard to case (RFC 9110, 5.1); empty when there is none.
[[nodiscard]] std::string_view find_header(const std::vector<HttpHeader>& headers,
                                           std::string_view name);

/// One part of a `multipart/form-data` body (RFC 7578). With a `file_name` it is a file part.
struct MultipartField {
    std::string name;
    std::string content;
    std::string file_name{};
    std::string content_type{};
};

using Multipart = std::vector<MultipartField>;

/// A file that is sent as the whole body, read while it is sent; when it cannot be read the error
/// is one of this host's (`local:`).
struct FileBody {
    std::string path;
};

/// Credentials apart from the headers, so that an adapter can drop them when the host changes and
/// nothing that prints a request can print them.
struct NoAuth {};
struct BasicAuth {
    std::string user;
    Secret password;
};
/// A header whose value is secret: `Authorization: Bearer ...`, `api-key: ...`.
struct HeaderAuth {
    std::string name;
    std::string prefix;
    Secret value;
};
using HttpAuth = std::variant<NoAuth, BasicAuth, HeaderAuth>;

/// None where there is no key or no header for it.
[[nodiscard]] HttpAuth key_auth(const std::string& header, const std::string& prefix,
                                const Secret& key);

enum class Redirects {
    refuse,    ///< a 3xx is handed back as it is
    drop_auth, ///< follow up to 3, without credentials once the host changes
};

/// One request. A response body beyond `max_response_bytes` ends the transfer with an error.
struct HttpRequest {
    std::string method{"GET"};
    std::string url;
    std::vector<HttpHeader> headers{};
    HttpAuth auth{NoAuth{}};
    std::variant<std::string, Multipart, FileBody> body{std::string{}};
    Redirects redirects{Redirects::refuse};
    std::chrono::milliseconds timeout{30'000};
    std::chrono::milliseconds connect_timeout{10'000}; ///< within `timeout`
    std::size_t max_response_bytes{8U << 20U};
    /// Where a 2xx body is written instead of into `HttpResponse::body`; other statuses stay in
    /// memory.
    std::string sink_path{};
};

struct HttpResponse {
    int status{0};
    std::vector<HttpHeader> headers{};
    std::string body{};
    /// Bytes written to `HttpRequest::sink_path`; 0 without one.
    std::uint64_t sink_bytes{0};
};

/// `Retry-After` as a duration: seconds, or an HTTP date judged against the reply's own `Date`
/// (RFC 9110, 10.2.3), or `retry-after-ms` where a server sends it; at most a day. Nothing when
/// absent or senseless.
[[nodiscard]] std::optional<std::chrono::milliseconds>
retry_after(const std::vector<HttpHeader>& headers);

/// Percent-encodes all but RFC 3986 unreserved characters, upper-case hex.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// `base` and `path` with exactly one slash between them; `base` alone when `path` is empty.
[[nodiscard]] std::string joined_url(std::string_view base, std::string_view path);

/// Where a server of models is asked: `{model}` in `path` becomes the model, percent-encoded; the
/// query goes behind a `?` where there is one.
[[nodiscard]] std::string model_url(std::string_view base, std::string path, std::string_view model,
                                    std::string_view query);

/// The URL without user, password, query and fragment: what may stand in a log line. Where its host
/// cannot be told from a password, `***` stands for all after the scheme.
[[nodiscard]] std::string printable_url(std::string_view url);

/// Host and port of a URL, where they are given, and no more: no scheme, credentials or path.
[[nodiscard]] std::string host_of(std::string_view url);

} // namespace callctl::base
