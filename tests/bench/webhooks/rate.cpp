#include "bench/webhooks/rate.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace callctl::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;
using asio::use_awaitable;

class Sender {
  public:
    explicit Sender(const RatePlan& plan)
        : m_plan{plan}, m_total{static_cast<std::size_t>(plan.rate * plan.seconds)} {
        std::ifstream file{plan.file, std::ios::binary};
        m_requests.assign(std::istreambuf_iterator<char>{file}, {});
        if (m_requests.size() < m_total * plan.length) {
            throw std::runtime_error{plan.file + " has too few requests"};
        }
    }

    RateReport run() {
        for (std::size_t i = 0; i < m_plan.connections; ++i) {
            m_sockets.emplace_back(m_io).connect({asio::ip::address_v4::loopback(), m_plan.port});
        }
        m_start = Clock::now();
        for (auto& socket : m_sockets) {
            asio::co_spawn(m_io, send_some(socket), asio::detached);
        }
        m_io.run();
        std::ranges::sort(m_report.milliseconds);
        return std::move(m_report);
    }

  private:
    /// Until no request is left, or the connection breaks: then its request was not accepted.
    asio::awaitable<void> send_some(asio::ip::tcp::socket& socket) {
        asio::steady_timer timer{m_io};
        boost::beast::flat_buffer buffer;
        while (m_report.sent < m_total) {
            const std::size_t number = m_report.sent++;
            const auto due =
                m_start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{
                              static_cast<double>(number) / m_plan.rate});
            timer.expires_at(due);
            co_await timer.async_wait(use_awaitable);
            const std::string_view bytes =
                std::string_view{m_requests}.substr(number * m_plan.length, m_plan.length);
            co_await asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()),
                                       use_awaitable);
            http::response<http::string_body> answer;
            co_await http::async_read(socket, buffer, answer, use_awaitable);
            if (answer.result_int() >= 200 && answer.result_int() < 300) {
                const std::chrono::duration<double, std::milli> passed = Clock::now() - due;
                ++m_report.accepted;
                m_report.milliseconds.push_back(passed.count());
            }
        }
    }

    const RatePlan& m_plan;
    std::size_t m_total;
    std::string m_requests{};
    asio::io_context m_io{1};
    std::vector<asio::ip::tcp::socket> m_sockets{};
    Clock::time_point m_start{};
    RateReport m_report{};
};

} // namespace

RateReport send_at_rate(const RatePlan& plan) {
    return Sender{plan}.run();
}

} // namespace callctl::bench
