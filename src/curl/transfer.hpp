// One request and its answer, without redirects. Internal to src/curl.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "curl/handles.hpp"
#include "curl/sink_file.hpp"
#include "curl/source_file.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::curl {

/// What is the same for every request of a client.
struct Settings {
    std::string user_agent{};
    std::string ca_file{}; ///< empty: libcurl's own default
};

/// One leg of an exchange: the first goes to the request's own URL.
struct Leg {
    std::string url{};
    bool foreign{false}; ///< another origin than the request's: nothing secret goes there
    std::chrono::milliseconds time_left{};
};

/// Nothing of it may move while libcurl works on handle().
class Transfer {
  public:
    /// `request` must outlive it.
    Transfer(const base::HttpRequest& request, const Leg& leg, const Settings& settings);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() = default;

    /// An error `local` when the body's file cannot be read; nothing is to be sent then.
    [[nodiscard]] base::Result<void> ready() const;
    [[nodiscard]] CURL* handle() const { return m_easy.get(); }
    /// What became of it, once libcurl is done. Once.
    [[nodiscard]] base::Result<base::HttpResponse> finish(CURLcode code);

  private:
    /// The unread rest of one multipart field, which stays where the caller has it.
    struct Source {
        std::string_view content;
        std::size_t position{0};
    };

    template <class Value>
    void set(CURLoption option, Value value);
    void set_limits(const Settings& settings, std::chrono::milliseconds time_left);
    void set_body();
    void set_multipart(const base::Multipart& fields);
    void set_file(const base::FileBody& file);
    void set_headers(bool foreign);
    void add_header(const std::string& name, const std::string& value);
    void set_credentials();
    void set_callbacks();

    bool take_header_line(std::string_view line);
    void date_header();
    bool take_body(std::string_view bytes);
    bool may_send();
    [[nodiscard]] std::size_t give_file(char* into, std::size_t room);
    [[nodiscard]] base::Error error_of(CURLcode code) const;

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_read(char* data, std::size_t size, std::size_t count, void* source);
    static int on_seek(void* source, curl_off_t offset, int origin);
    static std::size_t on_read_file(char* data, std::size_t size, std::size_t count, void* self);
    static int on_seek_file(void* self, curl_off_t offset, int origin);
    static int on_send(void* self, char* peer, char* local, int peer_port, int local_port);

    const base::HttpRequest& m_request;
    std::string m_url;
    EasyHandle m_easy;
    HeaderList m_headers;
    std::vector<Source> m_sources;
    std::optional<SourceFile> m_file;
    MimeHandle m_mime;
    std::array<char, CURL_ERROR_SIZE> m_error_text{};

    base::HttpResponse m_response;
    std::optional<SinkFile> m_sink;
    std::size_t m_header_bytes{0};
    std::size_t m_body_bytes{0};
    bool m_header_complete{false};
    bool m_sent{false};    ///< a connection was there, and the request on its way
    std::string m_fault{}; ///< why a callback ended the transfer
    bool m_local{false};   ///< that fault is this host's
};

} // namespace callctl::curl
