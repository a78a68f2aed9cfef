#include "curl/transfer.hpp"

#include "base/exception.hpp"
#include "base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>

namespace callctl::curl {
namespace {

/// A kept connection that is older may be closed by the other side just as we send on it.
constexpr long k_longest_idle_seconds = 30;
/// libcurl 7.88 limits a line but not their number (CVE-2023-38039).
constexpr std::size_t k_max_header_bytes = 256UL << 10U;

long milliseconds_for_curl(std::chrono::milliseconds duration) {
    // 0 means "never" to libcurl, and it counts in int inside.
    return std::clamp<long>(duration.count(), 1, std::numeric_limits<int>::max());
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    const auto end = text.find_last_not_of(" \t\r\n");
    return begin == std::string_view::npos ? "" : text.substr(begin, end - begin + 1);
}

bool named(const std::string& name, const char* wanted) {
    return libcurl().strequal(name.c_str(), wanted) != 0;
}

/// The only headers of the caller's that another origin may see.
bool goes_abroad(const std::string& name) {
    return named(name, "Accept") || named(name, "Accept-Language") || named(name, "Range");
}

bool is_success(long status) {
    return status >= 200 && status <= 299;
}

/// A repeated POST may be a second recording, or a second bill (RFC 9110, 9.2.2).
bool may_be_repeated(const std::string& method) {
    return method != "POST" && method != "PATCH";
}

} // namespace

Transfer::Transfer(const base::HttpRequest& request, const Leg& leg, const Settings& settings)
    : m_request{request}, m_url{leg.url}, m_easy{libcurl().easy_init()} {
    if (!m_easy) {
        throw std::bad_alloc{};
    }
    set_limits(settings, leg.time_left);
    set_body();
    set_headers(leg.foreign);
    if (!leg.foreign) {
        set_credentials();
    }
    if (m_headers) {
        set(CURLOPT_HTTPHEADER, m_headers.get());
    }
    set_callbacks();
}

template <class Value>
void Transfer::set(CURLoption option, Value value) {
    if (libcurl().easy_setopt(m_easy.get(), option, value) != CURLE_OK) {
        throw base::BugError{fmt::format("libcurl refuses option {}", static_cast<int>(option))};
    }
}

void Transfer::set_limits(const Settings& settings, std::chrono::milliseconds time_left) {
    set(CURLOPT_URL, m_url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, milliseconds_for_curl(time_left));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        milliseconds_for_curl(std::min(time_left, m_request.connect_timeout)));
    set(CURLOPT_MAXAGE_CONN, k_longest_idle_seconds);
    set(CURLOPT_USERAGENT, settings.user_agent.c_str());
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_ERRORBUFFER, m_error_text.data());
    if (!settings.ca_file.empty()) {
        set(CURLOPT_CAINFO, settings.ca_file.c_str());
        // A directory of certificates switches libcurl's cache of the parsed ones off: measured
        // with Debian's defaults, 45 ms of CPU for each new connection.
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
}

void Transfer::set_body() {
    const auto* fields = std::get_if<base::Multipart>(&m_request.body);
    const auto* file = std::get_if<base::FileBody>(&m_request.body);
    const auto* text = std::get_if<std::string>(&m_request.body);
    const std::string& method = m_request.method;
    if (fields != nullptr) {
        set_multipart(*fields);
    } else if (file != nullptr) {
        set_file(*file);
    } else if (!text->empty() || method == "POST" || method == "PUT" || method == "PATCH") {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text->size()));
        set(CURLOPT_POSTFIELDS, text->data());
    } else if (method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
        return;
    }
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Transfer::set_multipart(const base::Multipart& fields) {
    m_mime.reset(libcurl().mime_init(m_easy.get()));
    m_sources.reserve(fields.size()); // libcurl keeps their addresses
    for (const auto& field : fields) {
        Source& source = m_sources.emplace_back(Source{field.content});
        curl_mimepart* const part = libcurl().mime_addpart(m_mime.get());
        bool made = part != nullptr && libcurl().mime_name(part, field.name.c_str()) == CURLE_OK &&
                    libcurl().mime_data_cb(part, static_cast<curl_off_t>(field.content.size()),
                                           &on_read, &on_seek, nullptr, &source) == CURLE_OK;
        if (made && !field.file_name.empty()) {
            made = libcurl().mime_filename(part, field.file_name.c_str()) == CURLE_OK;
        }
        if (made && !field.content_type.empty()) {
            made = libcurl().mime_type(part, field.content_type.c_str()) == CURLE_OK;
        }
        if (!made) {
            throw std::bad_alloc{};
        }
    }
    set(CURLOPT_MIMEPOST, m_mime.get());
}

void Transfer::set_file(const base::FileBody& file) {
    m_file.emplace(file.path);
    if (auto opened = m_file->open(); !opened) {
        m_fault = opened.error().message;
        m_local = true;
    }
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(m_file->size()));
    set(CURLOPT_READFUNCTION, &on_read_file);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_SEEKFUNCTION, &on_seek_file);
    set(CURLOPT_SEEKDATA, this);
}

base::Result<void> Transfer::ready() const {
    if (m_fault.empty()) {
        return {};
    }
    return base::fail(base::ErrorKind::transient, "local: " + m_fault);
}

void Transfer::set_headers(bool foreign) {
    bool has_type = false;
    for (const auto& [name, value] : m_request.headers) {
        if (!foreign || goes_abroad(name)) {
            add_header(name, value);
            has_type = has_type || named(name, "Content-Type");
        }
    }
    add_header("Expect", ""); // an answer to 100-continue would cost a round trip or a second
    if (!has_type && !std::holds_alternative<base::Multipart>(m_request.body)) {
        add_header("Content-Type", ""); // libcurl's own guess for a body is a form
    }
}

/// An empty value takes a header out that libcurl would send by itself.
void Transfer::add_header(const std::string& name, const std::string& value) {
    curl_slist* const longer =
        libcurl().slist_append(m_headers.get(), fmt::format("{}: {}", name, value).c_str());
    if (longer == nullptr) {
        throw std::bad_alloc{};
    }
    static_cast<void>(m_headers.release());
    m_headers.reset(longer);
}

void Transfer::set_credentials() {
    if (const auto* basic = std::get_if<base::BasicAuth>(&m_request.auth)) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERNAME, basic->user.c_str());
        set(CURLOPT_PASSWORD, basic->password.reveal().c_str());
    }
    if (const auto* header = std::get_if<base::HeaderAuth>(&m_request.auth)) {
        add_header(header->name, header->prefix + header->value.reveal());
    }
}

void Transfer::set_callbacks() {
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_PREREQFUNCTION, &on_send);
    set(CURLOPT_PREREQDATA, this);
}

// --- What comes back, on the I/O thread ---

bool Transfer::take_header_line(std::string_view line) {
    m_header_bytes += line.size();
    if (m_header_bytes > k_max_header_bytes) {
        m_fault = fmt::format("the header is longer than {} bytes", k_max_header_bytes);
        return false;
    }
    if (line.starts_with("HTTP/")) { // also after an interim answer (1xx)
        m_response.headers.clear();
        m_header_complete = false;
        return true;
    }
    if (m_header_complete) {
        return true; // a trailer of a chunked body, which nobody asked for
    }
    const std::string_view text = trimmed(line);
    const auto colon = text.find(':');
    m_header_complete = text.empty();
    if (m_header_complete) {
        date_header();
        return true;
    }
    if (line.starts_with(' ') || line.starts_with('\t')) { // RFC 9112, 5.2: obsolete, still seen
        if (!m_response.headers.empty()) {
            m_response.headers.back().value.append(" ").append(text);
        }
    } else if (colon != std::string_view::npos) {
        m_response.headers.push_back({std::string{trimmed(text.substr(0, colon))},
                                      std::string{trimmed(text.substr(colon + 1))}});
    }
    return true;
}

// RFC 9110, 6.6.1: when it was received, where it does not say; a date in Retry-After counts from
// it.
void Transfer::date_header() {
    if (!base::parse_rfc2822(base::find_header(m_response.headers, "Date"))) {
        const auto now = std::chrono::floor<base::Time::duration>(std::chrono::system_clock::now());
        m_response.headers.insert(m_response.headers.begin(),
                                  {"Date", base::format_http_date(now)});
    }
}

bool Transfer::take_body(std::string_view bytes) {
    m_body_bytes += bytes.size();
    if (m_body_bytes > m_request.max_response_bytes) {
        m_fault = fmt::format("the answer is larger than {} bytes", m_request.max_response_bytes);
        return false;
    }
    long status = 0;
    libcurl().easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (m_request.sink_path.empty() || !is_success(status)) {
        m_response.body.append(bytes);
        return true;
    }
    if (!m_sink) {
        m_sink.emplace(m_request.sink_path);
    }
    if (auto written = m_sink->write(bytes); !written) {
        m_fault = written.error().message;
        m_local = true;
        return false;
    }
    return true;
}

/// On the I/O thread as well, and from the beginning where libcurl sends again.
std::size_t Transfer::give_file(char* into, std::size_t room) {
    const auto count = m_file->read(into, room);
    if (!count) {
        m_fault = count.error().message;
        m_local = true;
        return CURL_READFUNC_ABORT;
    }
    return *count;
}

/// libcurl sends again, POST included, when a kept connection ends without a byte of an answer; but
/// the request may have been carried out all the same.
bool Transfer::may_send() {
    if (m_sent && !may_be_repeated(m_request.method)) {
        m_fault = "the connection ended before an answer came";
        return false;
    }
    m_sent = true;
    return true;
}

base::Result<base::HttpResponse> Transfer::finish(CURLcode code) {
    if (code == CURLE_OK && !m_header_complete) {
        m_fault = "the answer ended within its header"; // fine by libcurl 7.88
        code = CURLE_GOT_NOTHING;
    }
    if (code != CURLE_OK) {
        return base::fail(error_of(code));
    }
    long status = 0;
    libcurl().easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &status);
    m_response.status = static_cast<int>(status);
    if (!m_request.sink_path.empty() && is_success(status)) {
        if (!m_sink) {
            m_sink.emplace(m_request.sink_path);
        }
        if (auto kept = m_sink->commit(); !kept) {
            return base::fail(kept.error().kind, "local: " + kept.error().message);
        }
        m_response.sink_bytes = m_sink->size();
    }
    return std::move(m_response);
}

base::Error Transfer::error_of(CURLcode code) const {
    std::string_view stage = "transfer";
    if (m_local) {
        stage = "local";
    } else if (code == CURLE_ABORTED_BY_CALLBACK && m_fault.empty()) {
        stage = "stopped";
    } else if (!m_sent) {
        stage = "connect";
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        stage = "timeout";
    }
    const bool senseless =
        !m_sent && (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL);
    std::string_view text = m_fault;
    if (text.empty()) {
        text = trimmed(m_error_text.data());
    }
    if (text.empty()) {
        text = code == CURLE_ABORTED_BY_CALLBACK ? "the program is stopping"
                                                 : libcurl().easy_strerror(code);
    }
    return {.kind = senseless ? base::ErrorKind::invalid_input : base::ErrorKind::transient,
            .message = fmt::format("{}: {}: {}", stage, base::printable_url(m_url), text)};
}

// --- Callbacks: no exception may pass through libcurl ---

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    try {
        const bool taken = static_cast<Transfer*>(self)->take_header_line({data, size * count});
        return taken ? size * count : 0;
    } catch (const std::exception&) {
        return 0;
    }
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    try {
        const bool taken = static_cast<Transfer*>(self)->take_body({data, size * count});
        return taken ? size * count : CURL_WRITEFUNC_ERROR;
    } catch (const std::exception&) {
        return CURL_WRITEFUNC_ERROR;
    }
}

std::size_t Transfer::on_read(char* data, std::size_t size, std::size_t count, void* source) {
    auto& from = *static_cast<Source*>(source);
    const std::size_t length = std::min(size * count, from.content.size() - from.position);
    std::memcpy(data, from.content.data() + from.position, length);
    from.position += length;
    return length;
}

int Transfer::on_seek(void* source, curl_off_t offset, int origin) {
    auto& from = *static_cast<Source*>(source);
    if (origin != SEEK_SET || offset < 0 ||
        static_cast<std::size_t>(offset) > from.content.size()) {
        return CURL_SEEKFUNC_FAIL;
    }
    from.position = static_cast<std::size_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::on_read_file(char* data, std::size_t size, std::size_t count, void* self) {
    try {
        return static_cast<Transfer*>(self)->give_file(data, size * count);
    } catch (const std::exception&) {
        return CURL_READFUNC_ABORT;
    }
}

int Transfer::on_seek_file(void* self, curl_off_t offset, int origin) {
    const bool sought =
        origin == SEEK_SET && offset >= 0 &&
        static_cast<Transfer*>(self)->m_file->go_to(static_cast<std::uint64_t>(offset));
    return sought ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

int Transfer::on_send(void* self, char* /*peer*/, char* /*local*/, int /*peer_port*/,
                      int /*local_port*/) {
    try {
        return static_cast<Transfer*>(self)->may_send() ? CURL_PREREQFUNC_OK
                                                        : CURL_PREREQFUNC_ABORT;
    } catch (const std::exception&) {
        return CURL_PREREQFUNC_ABORT;
    }
}

} // namespace callctl::curl
