#include "bench/webhooks/hold.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::bench {
namespace {

namespace asio = boost::asio;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t k_an_address = 50;
constexpr std::string_view k_refused = "GET / HTTP/1.1\r\nHost: calls.example.com\r\n\r\n";
constexpr std::string_view k_dripped = "POST /webhook/handle_recording HTTP/1.1\r\n"
                                       "Host: calls.example.com\r\nContent-Length: 99\r\n\r\n";

class Holder {
  public:
    Holder(Held kind, std::uint16_t port, int patience_s)
        : m_kind{kind}, m_server{asio::ip::address_v4::loopback(), port}, m_patience{patience_s} {}

    HoldReport run(std::size_t count) {
        m_sockets.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            open(static_cast<std::uint32_t>(i / k_an_address));
        }
        for (tcp::socket& socket : m_sockets) {
            asio::co_spawn(m_io, watch(socket), asio::detached);
            if (m_kind == Held::drip) {
                asio::co_spawn(m_io, drip(socket), asio::detached);
            }
        }
        asio::co_spawn(m_io, wait_for_end(), asio::detached);
        std::cout << "ready" << std::endl; // whoever reads this waits for it
        m_io.run();
        return m_report;
    }

  private:
    void open(std::uint32_t address) {
        tcp::socket& socket = m_sockets.emplace_back(m_io, tcp::v4());
        socket.bind({asio::ip::address_v4{0x7F010001U + address}, 0});
        socket.connect(m_server);
        ++m_report.held;
        if (m_kind == Held::idle) {
            std::array<char, 1024> answer{};
            asio::write(socket, asio::buffer(k_refused.data(), k_refused.size()));
            socket.read_some(asio::buffer(answer));
        }
    }

    /// Reads until the server has closed it.
    asio::awaitable<void> watch(tcp::socket& socket) {
        std::array<char, 1024> answer{};
        error_code ec;
        while (!ec) {
            co_await socket.async_read_some(asio::buffer(answer),
                                            redirect_error(use_awaitable, ec));
        }
        if (ec != asio::error::operation_aborted) {
            ++m_report.closed;
            m_report.latest = std::max(m_report.latest, seconds_since_start());
            socket.close(ec);
        }
        if (m_is_ending && m_report.closed == m_report.held) {
            m_io.stop();
        }
    }

    asio::awaitable<void> drip(tcp::socket& socket) {
        asio::steady_timer timer{m_io};
        error_code ec;
        for (std::size_t i = 0; i < k_dripped.size() && !ec; ++i) {
            co_await asio::async_write(socket, asio::buffer(&k_dripped[i], 1),
                                       redirect_error(use_awaitable, ec));
            timer.expires_after(std::chrono::seconds{1});
            co_await timer.async_wait(use_awaitable);
        }
    }

    asio::awaitable<void> wait_for_end() {
        asio::posix::stream_descriptor input{m_io, ::dup(STDIN_FILENO)};
        std::array<char, 64> words{};
        error_code ec;
        while (!ec) {
            co_await input.async_read_some(asio::buffer(words), redirect_error(use_awaitable, ec));
        }
        m_is_ending = true;
        if (m_kind == Held::drip && m_report.closed < m_report.held) {
            asio::steady_timer timer{m_io};
            timer.expires_at(m_start + m_patience);
            co_await timer.async_wait(redirect_error(use_awaitable, ec));
        }
        m_io.stop();
    }

    [[nodiscard]] double seconds_since_start() const {
        return std::chrono::duration<double>{Clock::now() - m_start}.count();
    }

    Held m_kind;
    tcp::endpoint m_server;
    std::chrono::seconds m_patience;
    asio::io_context m_io{1};
    Clock::time_point m_start{Clock::now()};
    std::vector<tcp::socket> m_sockets{};
    HoldReport m_report{};
    bool m_is_ending{false};
};

} // namespace

HoldReport hold(Held kind, std::size_t count, std::uint16_t port, int patience_s) {
    return Holder{kind, port, patience_s}.run(count);
}

} // namespace callctl::bench
