// bench_webhooks: webhooks for scripts/bench.
//
//   bench_webhooks make recording|voice COUNT FILE   signed requests; prints the length of one
//   bench_webhooks rate FILE LENGTH PORT RATE SECONDS CONNECTIONS
//       prints how many were sent, how many were answered 2xx, and of these the median, the 99th
//       percentile and the maximum of the latency in milliseconds
//   bench_webhooks hold idle|drip COUNT PORT         until the end of standard input
//       prints "ready", then how many were held, how many the server closed, and by which second
#include "bench/webhooks/hold.hpp"
#include "bench/webhooks/rate.hpp"
#include "bench/webhooks/requests.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace callctl::bench {
namespace {

using Words = std::vector<std::string>;

constexpr int k_patience_s = 20; ///< twice the deadline of a request

void make(const Words& words) {
    const bool voice = words.at(1) == "voice";
    const std::size_t count = std::stoul(words.at(2));
    const std::uint64_t salt = std::random_device{}();
    std::ofstream file{words.at(3), std::ios::binary};
    std::size_t length = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto made = voice ? incoming_call(salt, i) : recording_callback(salt, i);
        if (length != 0 && made.bytes.size() != length) {
            throw std::logic_error{"requests of different lengths"};
        }
        length = made.bytes.size();
        file << made.bytes;
    }
    if (!file.flush()) {
        throw std::runtime_error{"cannot write " + words.at(3)};
    }
    fmt::print("{}\n", length);
}

void rate(const Words& words) {
    const auto report = send_at_rate({.file = words.at(1),
                                      .length = std::stoul(words.at(2)),
                                      .port = static_cast<std::uint16_t>(std::stoul(words.at(3))),
                                      .rate = std::stod(words.at(4)),
                                      .seconds = std::stod(words.at(5)),
                                      .connections = std::stoul(words.at(6))});
    const auto& times = report.milliseconds;
    if (times.empty()) {
        throw std::runtime_error{"no request was accepted"};
    }
    fmt::print("{} {} {:.2f} {:.2f} {:.2f}\n", report.sent, report.accepted,
               times[times.size() / 2], times[times.size() * 99 / 100], times.back());
}

void hold(const Words& words) {
    const auto report =
        hold(words.at(1) == "drip" ? Held::drip : Held::idle, std::stoul(words.at(2)),
             static_cast<std::uint16_t>(std::stoul(words.at(3))), k_patience_s);
    fmt::print("{} {} {:.1f}\n", report.held, report.closed, report.latest);
}

int run(const Words& words) {
    const std::string& command = words.at(0);
    if (command == "make") {
        make(words);
    } else if (command == "rate") {
        rate(words);
    } else if (command == "hold") {
        hold(words);
    } else {
        throw std::invalid_argument{"make, rate or hold?"};
    }
    return 0;
}

} // namespace
} // namespace callctl::bench

int main(int argc, char** argv) {
    try {
        return callctl::bench::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "bench_webhooks: " << error.what() << '\n';
        return 1;
    }
}
