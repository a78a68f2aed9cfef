#include "curl/http_client.hpp"

#include "base/exception.hpp"
#include "curl/handles.hpp"
#include "curl/multi_loop.hpp"
#include "curl/redirect.hpp"
#include "curl/transfer.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace callctl::curl {
namespace {

using std::chrono::milliseconds;

constexpr int k_max_redirects = 3;

/// Once for the process, and for good: other users of libcurl in it may outlive us.
void init_libcurl() {
    static const CURLcode k_result = libcurl().global_init(CURL_GLOBAL_DEFAULT);
    if (k_result != CURLE_OK) {
        throw base::BugError{
            fmt::format("cannot start libcurl: {}", libcurl().easy_strerror(k_result))};
    }
}

bool is_readable(const std::string& path) {
    return ::access(path.c_str(), R_OK) == 0;
}

/// The certificates that libcurl was built to use; empty where that is no file of this host.
std::string system_ca_file() {
    const EasyHandle easy{libcurl().easy_init()};
    const char* path = nullptr;
    if (!easy || libcurl().easy_getinfo(easy.get(), CURLINFO_CAINFO, &path) != CURLE_OK ||
        path == nullptr || !is_readable(path)) {
        return {};
    }
    return path;
}

Settings settings_of(const ClientOptions& options) {
    if (!options.ca_file.empty() && !is_readable(options.ca_file)) {
        throw base::ConfigError{
            fmt::format("cannot read the certificates in '{}'", options.ca_file),
            "let SSL_CERT_FILE name a file in PEM form, or unset it for the system's certificates"};
    }
    return {.user_agent = options.user_agent,
            .ca_file = options.ca_file.empty() ? system_ca_file() : options.ca_file};
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

/// A line break in a header would be a second header: a key file that ends with an empty line is
/// how it happens.
std::optional<std::string> fault_of(const base::HttpRequest& request) {
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (request.method.empty() ||
        !std::all_of(request.method.begin(), request.method.end(), is_capital)) {
        return "the method is not a word in capitals";
    }
    for (const auto& [name, value] : request.headers) {
        if (has_control_character(name) || has_control_character(value)) {
            return "a header holds a control character";
        }
    }
    if (const auto* header = std::get_if<base::HeaderAuth>(&request.auth)) {
        if (has_control_character(header->name) || has_control_character(header->prefix) ||
            has_control_character(header->value.reveal())) {
            return fmt::format("the key for {} holds a control character", header->name);
        }
    }
    return std::nullopt;
}

/// Nothing, or why the request can never be sent.
base::Result<void> sendable(const base::HttpRequest& request) {
    if (has_control_character(request.url)) {
        return base::fail(base::ErrorKind::invalid_input,
                          "connect: the URL holds a control character");
    }
    if (const auto fault = fault_of(request)) {
        return base::fail(base::ErrorKind::invalid_input,
                          fmt::format("connect: {}: {}", base::printable_url(request.url), *fault));
    }
    return {};
}

bool follows(const base::HttpRequest& request, const base::HttpResponse& response) {
    return request.redirects == base::Redirects::drop_auth &&
           (request.method == "GET" || request.method == "HEAD") && is_redirect(response);
}

base::Unexpected<base::Error> lost(std::string_view stage, const std::string& url,
                                   std::string_view why) {
    return base::fail(base::ErrorKind::transient,
                      fmt::format("{}: {}: {}", stage, base::printable_url(url), why));
}

} // namespace

class CurlHttpClient::Impl {
  public:
    explicit Impl(const ClientOptions& options)
        : m_settings{settings_of(options)}, m_loop{options.max_connections_per_host,
                                                   {options.stopping, options.stop_grace}} {}

    base::Result<base::HttpResponse> send(const base::HttpRequest& request) {
        if (const auto fit = sendable(request); !fit) {
            return base::fail(fit.error());
        }
        const auto deadline = std::chrono::steady_clock::now() + request.timeout;
        Leg leg{.url = request.url};
        for (int redirects = 0; redirects <= k_max_redirects; ++redirects) {
            leg.time_left =
                std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
            if (leg.time_left <= milliseconds{0}) {
                return lost(redirects == 0 ? "connect" : "timeout", leg.url, "no time left");
            }
            Transfer transfer{request, leg, m_settings};
            if (auto ready = transfer.ready(); !ready) {
                return base::fail(ready.error());
            }
            auto response = transfer.finish(m_loop.perform(transfer.handle(), leg.time_left));
            if (!response || !follows(request, *response)) {
                return response;
            }
            const auto hop =
                next_hop(leg.url, std::string{base::find_header(response->headers, "Location")});
            if (!hop || hop->from_https_to_http) {
                return lost("transfer", leg.url,
                            hop ? "redirected from https to http" : "redirected to no http URL");
            }
            leg.foreign = leg.foreign || !hop->same_origin;
            leg.url = hop->url;
        }
        return lost("transfer", request.url,
                    fmt::format("redirected more than {} times", k_max_redirects));
    }

    void start(base::HttpRequest request, const AsyncHttpClient::Done& done) {
        if (const auto fit = sendable(request); !fit) {
            done(base::fail(fit.error()));
            return;
        }
        const auto exchange = std::make_shared<Exchange>(std::move(request), m_settings);
        if (const auto ready = exchange->transfer.ready(); !ready) {
            done(base::fail(ready.error()));
            return;
        }
        const bool started = m_loop.start(
            exchange->transfer.handle(), exchange->request.timeout,
            [exchange, done](CURLcode code) { done(exchange->transfer.finish(code)); });
        if (!started) {
            done(exchange->transfer.finish(CURLE_ABORTED_BY_CALLBACK));
        }
    }

    void stop() { m_loop.stop(); }

  private:
    /// A request that nobody waits for, with all that libcurl has pointers into.
    struct Exchange {
        Exchange(base::HttpRequest wanted, const Settings& settings)
            : request{std::move(wanted)}, transfer{
                                              request,
                                              {.url = request.url, .time_left = request.timeout},
                                              settings} {}

        const base::HttpRequest request;
        Transfer transfer;
    };

    Settings m_settings;
    MultiLoop m_loop;
};

CurlHttpClient::CurlHttpClient(const ClientOptions& options) {
    init_libcurl();
    m_impl = std::make_shared<Impl>(options);
}

CurlHttpClient::~CurlHttpClient() {
    m_impl->stop();
}

base::Result<base::HttpResponse> CurlHttpClient::send(const base::HttpRequest& request) {
    const auto impl = m_impl;
    return impl->send(request);
}

void CurlHttpClient::start(base::HttpRequest request, Done done) {
    m_impl->start(std::move(request), done);
}

} // namespace callctl::curl
