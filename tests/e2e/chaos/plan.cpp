#include "e2e/chaos/plan.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace callctl::chaos {
namespace {

constexpr std::array k_all{Event::kill,       Event::pause,          Event::stop,
                           Event::fail_over,  Event::crash_database, Event::restart_database,
                           Event::cut,        Event::black_hole,     Event::provider_fault,
                           Event::clock_shift};
// Where most can go wrong is struck most often.
constexpr std::array k_later{Event::kill, Event::kill,           Event::kill,
                             Event::stop, Event::provider_fault, Event::black_hole,
                             Event::cut,  Event::crash_database, Event::fail_over};

} // namespace

std::string_view to_string(Event event) {
    switch (event) {
    case Event::kill:
        return "kill -9";
    case Event::pause:
        return "SIGSTOP past the lease";
    case Event::stop:
        return "orderly stop";
    case Event::restart_database:
        return "PostgreSQL restart";
    case Event::crash_database:
        return "PostgreSQL immediate stop";
    case Event::fail_over:
        return "fail-over to the standby";
    case Event::cut:
        return "connections cut";
    case Event::black_hole:
        return "black hole";
    case Event::provider_fault:
        return "provider fault";
    case Event::clock_shift:
        return "clock shift";
    }
    return "";
}

std::vector<Planned> plan_of(std::uint32_t seed, std::chrono::seconds duration, int hosts) {
    using std::chrono::milliseconds;
    constexpr milliseconds k_first{5'000};
    constexpr milliseconds k_end{30'000};
    std::mt19937 random{seed};
    const auto below = [&random](std::size_t limit) { return random() % limit; };
    std::vector<Event> first{k_all.begin(), k_all.end()};
    for (std::size_t i = first.size(); i > 1; --i) { // std::shuffle differs between libraries
        std::swap(first[i - 1], first[below(i)]);
    }
    // A pause is longer than a lease, and what it leads to must be seen.
    // No range: clang 14 cannot read the one that GCC's would return.
    std::stable_partition(first.begin(), first.end(),
                          [](Event event) { return event == Event::pause; });
    std::vector<Planned> plan;
    milliseconds at = k_first;
    for (std::size_t i = 0; at + k_end < duration; ++i) {
        plan.push_back({.at = at,
                        .event = i < first.size() ? first[i] : k_later.at(below(k_later.size())),
                        .host = static_cast<int>(below(static_cast<std::size_t>(hosts))),
                        .die = static_cast<std::uint32_t>(random())});
        at += milliseconds{2'500 + below(4'000)};
    }
    return plan;
}

} // namespace callctl::chaos
