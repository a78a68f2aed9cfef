// HTTP/1.1 on a socket: requests read, answers written, whole or broken.
#pragma once

#include "port/web_handler.hpp"
#include "sim/mapped_file.hpp"
#include "sim/message.hpp"

#include <memory>
#include <optional>
#include <string>

namespace callctl::sim {

struct Incoming {
    port::WebRequest request{};
    std::shared_ptr<const MappedFile> long_body{}; ///< in place of the request's own
};

/// Reads request after request from one connected socket, which it does not own.
class HttpWire {
  public:
    explicit HttpWire(int socket) : m_socket{socket} {}

    /// Nothing when the other side has closed, or has sent what is no HTTP.
    [[nodiscard]] std::optional<Incoming> read();
    /// False when the connection is of no further use.
    [[nodiscard]] bool write(const Answer& answer, bool keep_alive);

  private:
    [[nodiscard]] bool fill();
    [[nodiscard]] std::optional<std::string> take_line();
    [[nodiscard]] std::optional<std::string> take_bytes(std::size_t count);
    [[nodiscard]] std::optional<std::string> take_chunks();
    [[nodiscard]] bool take_body(Incoming& incoming);
    [[nodiscard]] std::shared_ptr<const MappedFile> take_long(std::size_t count);
    [[nodiscard]] bool send_all(std::string_view bytes) const;
    [[nodiscard]] bool send_body(const Answer& answer, std::size_t count) const;
    void reset() const;

    int m_socket;
    std::string m_buffer;
};

[[nodiscard]] bool wants_keep_alive(const port::WebRequest& request);

} // namespace callctl::sim
