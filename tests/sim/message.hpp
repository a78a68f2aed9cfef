// HTTP messages as the simulator reads and writes them. Its own reading: it must not share the
// mistakes of the program that it tests.
#pragma once

#include "port/web_handler.hpp"
#include "sim/mapped_file.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::sim {

/// Names may repeat; the order is that of the message.
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method{};
    std::string path{};   ///< percent-decoded
    std::string target{}; ///< as sent
    Fields query{};
    Fields form{}; ///< of a form body
    std::vector<base::HttpHeader> headers{};
    std::string body{};
    std::shared_ptr<const MappedFile> long_body{}; ///< in place of `body`, where it is long

    [[nodiscard]] std::string_view content() const {
        return long_body ? long_body->content() : std::string_view{body};
    }
};

[[nodiscard]] Request read_request(const port::WebRequest& request,
                                   std::shared_ptr<const MappedFile> long_body = {});
[[nodiscard]] Fields parse_fields(std::string_view text);
/// Spaces as %20, as in Twilio's own requests.
[[nodiscard]] std::string encode_fields(const Fields& fields);
/// The first of that name.
[[nodiscard]] std::optional<std::string> value_of(const Fields& fields, std::string_view name);
[[nodiscard]] std::vector<std::string> values_of(const Fields& fields, std::string_view name);
[[nodiscard]] std::optional<int> to_int(std::string_view text);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string lower_case(std::string_view text);

/// User and password of `Authorization: Basic`; nothing when there is no such header.
[[nodiscard]] std::optional<std::pair<std::string, std::string>>
basic_credentials(const std::vector<base::HttpHeader>& headers);

/// How an answer reaches the other side.
enum class Arrival {
    whole,
    truncated, ///< the head promises more than what follows
    cut,       ///< the connection is reset in the middle of the body
    reset,     ///< the connection is reset before a word is said
    never,     ///< nothing is ever said
};

/// A body that is made as it is sent, because it is long.
struct LongBody {
    std::size_t size{0};
    /// At most `count` bytes from `offset`. Callable from any thread.
    std::function<std::string(std::size_t offset, std::size_t count)> read{};
};

struct Answer {
    port::WebResponse response{};
    Arrival arrival{Arrival::whole};
    std::chrono::milliseconds delay{0};
    std::optional<LongBody> long_body{}; ///< in place of the response's own
};

} // namespace callctl::sim
