// bench_claims: how long a claim takes beside so many calls at rest. For scripts/bench.
//
// usage: bench_claims URL [ENDED]
//
// In an empty database; without ENDED, in one that has the calls from an earlier run. 400 claims of
// 10 of 10,000 due calls. Prints the median in milliseconds and the 99th percentile.
#include "bench/rows.hpp"

#include "pg/call_store.hpp"
#include "pg/migrator.hpp"
#include "pg/pool.hpp"
#include "sys/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace callctl {
namespace {

constexpr int k_due = 10'000;
constexpr int k_claims = 400;

int run(const std::string& url, std::optional<int> ended) {
    const pg::ConnectOptions connect{.conninfo = base::Secret{url},
                                     .statement_timeout = std::chrono::minutes{30}};
    sys::SystemClock clock;
    pg::Migrator{connect, clock}.run();
    pg::Pool pool{connect};
    if (ended) {
        bench::insert_ended(pool, *ended);
        bench::insert_due(pool, k_due);
    }
    pg::PgCallStore store{pool};
    std::vector<double> times;
    for (int i = 0; i < k_claims; ++i) {
        const auto start = std::chrono::steady_clock::now();
        const auto claims = store.claim_due({.worker = "bench", .limit = 10});
        const std::chrono::duration<double, std::milli> passed =
            std::chrono::steady_clock::now() - start;
        if (claims.size() != 10) {
            throw std::runtime_error{"a claim that did not find its calls"};
        }
        times.push_back(passed.count());
    }
    std::ranges::sort(times);
    fmt::print("{:.3f} {:.3f}\n", times[k_claims / 2], times[k_claims * 99 / 100]);
    return 0;
}

} // namespace
} // namespace callctl

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> arguments{argv + 1, argv + argc};
        return callctl::run(arguments.at(0), arguments.size() > 1
                                                 ? std::optional{std::stoi(arguments[1])}
                                                 : std::nullopt);
    } catch (const std::exception& error) {
        std::cerr << "bench_claims: " << error.what() << '\n';
        return 1;
    }
}
