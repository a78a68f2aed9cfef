#include "sim/http_wire.hpp"

#include "sim/digest.hpp"

#include <fmt/format.h>

#include <sys/socket.h>
#include <system_error>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iostream>

namespace callctl::sim {
namespace {

constexpr std::size_t k_most_line = 64UL << 10U;
constexpr std::size_t k_block_sent = 256UL << 10U;
/// Above the limit of OpenAI; what is longer is kept in a file, ...
constexpr std::size_t k_most_body = 32UL << 20U;
/// ... up to above the limit of Deepgram. Both answer larger bodies in their own words.
constexpr std::size_t k_most_long_body = 4UL << 30U;
/// Of a body in chunks, whose length nobody tells.
constexpr std::size_t k_most_chunks = 64UL << 20U;

std::string http_date() {
    const auto now =
        std::chrono::time_point_cast<base::Time::duration>(std::chrono::system_clock::now());
    const std::string date = rfc2822(now);
    return date.substr(0, date.size() - 5) + "GMT";
}

std::string head_of(const Answer& answer, std::size_t length, bool keep_alive) {
    const port::WebResponse& response = answer.response;
    std::string head = fmt::format("HTTP/1.1 {} -\r\nDate: {}\r\n", response.status, http_date());
    if (!response.content_type.empty()) {
        head += fmt::format("Content-Type: {}\r\n", response.content_type);
    }
    if (response.status != 204 && response.status != 304) {
        head += fmt::format("Content-Length: {}\r\n", length);
    }
    for (const auto& [name, value] : response.headers) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    return head + (keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

std::optional<std::size_t> number_of(std::string_view text, int base) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc{} && end != text.data() ? std::optional{value} : std::nullopt;
}

} // namespace

bool wants_keep_alive(const port::WebRequest& request) {
    return lower_case(base::find_header(request.headers, "Connection")) != "close";
}

bool HttpWire::fill() {
    std::array<char, 64UL << 10U> block{};
    const ssize_t size = ::recv(m_socket, block.data(), block.size(), 0);
    if (size <= 0) {
        return false;
    }
    m_buffer.append(block.data(), static_cast<std::size_t>(size));
    return true;
}

std::optional<std::string> HttpWire::take_line() {
    std::size_t end = m_buffer.find("\r\n");
    while (end == std::string::npos) {
        if (m_buffer.size() > k_most_line || !fill()) {
            return std::nullopt;
        }
        end = m_buffer.find("\r\n");
    }
    std::string line = m_buffer.substr(0, end);
    m_buffer.erase(0, end + 2);
    return line;
}

std::optional<std::string> HttpWire::take_bytes(std::size_t count) {
    if (count > k_most_body) {
        return std::nullopt;
    }
    m_buffer.reserve(count);
    while (m_buffer.size() < count) {
        if (!fill()) {
            return std::nullopt;
        }
    }
    std::string bytes = m_buffer.substr(0, count);
    m_buffer.erase(0, count);
    return bytes;
}

std::optional<std::string> HttpWire::take_chunks() {
    std::string body;
    while (true) {
        const auto line = take_line();
        const auto size = line ? number_of(*line, 16) : std::nullopt;
        const auto chunk = size ? take_bytes(*size) : std::nullopt;
        if (!chunk || body.size() + chunk->size() > k_most_chunks || !take_line()) {
            return std::nullopt;
        }
        if (chunk->empty()) {
            return body;
        }
        body += *chunk;
    }
}

std::shared_ptr<const MappedFile> HttpWire::take_long(std::size_t count) {
    try {
        auto file = std::make_shared<MappedFile>();
        while (file->size() < count) {
            if (m_buffer.empty() && !fill()) {
                return nullptr;
            }
            const std::size_t taken = std::min(m_buffer.size(), count - file->size());
            file->append(std::string_view{m_buffer}.substr(0, taken));
            m_buffer.erase(0, taken);
        }
        file->close();
        return file;
    } catch (const std::system_error& error) {
        std::cerr << "callctl-sim: " << error.what() << '\n';
        return nullptr;
    }
}

bool HttpWire::take_body(Incoming& incoming) {
    port::WebRequest& request = incoming.request;
    const bool chunked = !base::find_header(request.headers, "Transfer-Encoding").empty();
    const auto length = number_of(base::find_header(request.headers, "Content-Length"), 10);
    if (!chunked && length.value_or(0) > k_most_body) {
        incoming.long_body = *length <= k_most_long_body ? take_long(*length) : nullptr;
        return incoming.long_body != nullptr;
    }
    auto body = chunked ? take_chunks() : take_bytes(length.value_or(0));
    if (!body) {
        return false;
    }
    request.body = std::move(*body);
    return true;
}

std::optional<Incoming> HttpWire::read() {
    const auto first = take_line();
    const auto words = split(first.value_or(""), ' ');
    if (words.size() != 3) {
        return std::nullopt;
    }
    Incoming incoming{.request = {.method = words[0], .target = words[1]}};
    port::WebRequest& request = incoming.request;
    while (true) {
        const auto line = take_line();
        if (!line) {
            return std::nullopt;
        }
        if (line->empty()) {
            break;
        }
        const std::size_t colon = line->find(':');
        if (colon == std::string::npos) {
            return std::nullopt;
        }
        const std::size_t value = line->find_first_not_of(" \t", colon + 1);
        request.headers.push_back(
            {line->substr(0, colon), value == std::string::npos ? "" : line->substr(value)});
    }
    if (!base::find_header(request.headers, "Expect").empty() &&
        !send_all("HTTP/1.1 100 Continue\r\n\r\n")) {
        return std::nullopt;
    }
    return take_body(incoming) ? std::optional{std::move(incoming)} : std::nullopt;
}

bool HttpWire::send_all(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool HttpWire::send_body(const Answer& answer, std::size_t count) const {
    if (!answer.long_body) {
        return send_all(std::string_view{answer.response.body}.substr(0, count));
    }
    for (std::size_t sent = 0; sent < count;) {
        const std::string block =
            answer.long_body->read(sent, std::min(k_block_sent, count - sent));
        if (block.empty() || !send_all(block)) {
            return false;
        }
        sent += block.size();
    }
    return true;
}

void HttpWire::reset() const {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(m_socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool HttpWire::write(const Answer& answer, bool keep_alive) {
    const std::size_t size =
        answer.long_body ? answer.long_body->size : answer.response.body.size();
    switch (answer.arrival) {
    case Arrival::whole:
        return send_all(head_of(answer, size, keep_alive)) && send_body(answer, size) && keep_alive;
    case Arrival::truncated:
    case Arrival::cut:
        // What is promised and not kept; an empty body is promised longer than it is.
        (void)(send_all(head_of(answer, size + 1, false)) && send_body(answer, size / 2));
        if (answer.arrival == Arrival::cut) {
            reset();
        }
        return false;
    case Arrival::reset:
        reset();
        return false;
    case Arrival::never: {
        // Until the other side has had enough, or the server stops.
        while (fill()) {
            m_buffer.clear();
        }
        return false;
    }
    }
    return false;
}

} // namespace callctl::sim
