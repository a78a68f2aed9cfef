#include "e2e/chaos/senders.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace callctl::chaos {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;

constexpr int k_tries = 4; // `rc=3` in our callback URLs
constexpr std::chrono::milliseconds k_between_tries{20};

/// One connection, kept alive as long as the server lets it.
class Wire {
  public:
    explicit Wire(std::uint16_t port) : m_server{asio::ip::address_v4::loopback(), port} {}

    /// False when it was refused, and when nothing came back: then nobody knows.
    bool deliver(const std::string& bytes) {
        boost::system::error_code ec;
        if (!m_socket) {
            m_socket.emplace(m_context);
            m_buffer.clear();
            m_socket->connect(m_server, ec);
        }
        http::response<http::string_body> answer;
        if (!ec) {
            asio::write(*m_socket, asio::buffer(bytes), ec);
        }
        if (!ec) {
            http::read(*m_socket, m_buffer, answer, ec);
        }
        if (ec || !answer.keep_alive()) {
            m_socket.reset();
        }
        return !ec && answer.result_int() >= 200 && answer.result_int() < 300;
    }

  private:
    asio::io_context m_context{1};
    asio::ip::tcp::endpoint m_server;
    std::optional<asio::ip::tcp::socket> m_socket{};
    boost::beast::flat_buffer m_buffer{};
};

} // namespace

Senders::Senders(const SendersPlan& plan, AckLog& log) : m_plan{plan}, m_log{log} {
    for (int i = 0; i < plan.connections; ++i) {
        m_threads.emplace_back([this] { send_all(); });
    }
}

void Senders::stop() {
    m_stopping = true;
    for (std::thread& thread : m_threads) {
        thread.join();
    }
    m_threads.clear();
}

void Senders::send_all() {
    const std::chrono::duration<double> pace{m_plan.connections / m_plan.rate};
    Wire wire{m_plan.port};
    auto due = Clock::now();
    while (!m_stopping) {
        const std::uint64_t number = m_next++;
        const auto every = static_cast<std::uint64_t>(m_plan.voice_every);
        auto post = every != 0 && number % every == 0
                        ? bench::incoming_call(m_plan.seed, number)
                        : bench::recording_callback(m_plan.seed, number);
        bool accepted = wire.deliver(post.bytes);
        for (int tries = 1; !accepted && tries < k_tries && !m_stopping; ++tries) {
            ++m_failed_tries;
            std::this_thread::sleep_for(k_between_tries);
            accepted = wire.deliver(post.bytes);
        }
        if (accepted) {
            m_log.add(std::move(post));
        } else {
            ++m_given_up;
        }
        due = std::max(due + std::chrono::duration_cast<Clock::duration>(pace), Clock::now());
        std::this_thread::sleep_until(due);
    }
}

} // namespace callctl::chaos
