// What a run does beside its threads that work: leases are renewed, and progress is told.
#include "app/workers.hpp"
#include "app/workers_run.hpp"
#include "base/exception.hpp"

#include <spdlog/spdlog.h>

#include <exception>

namespace callctl::app {
namespace {

// After a renewal that failed: the leases may end before the next one would be due.
constexpr std::chrono::milliseconds k_renew_again{1'000};
// So long after the database was away every host that lives has renewed what it holds: each tries
// once a second, and gives a connection a few.
constexpr std::chrono::milliseconds k_all_renew{10'000};

} // namespace

// Apart from the heart: a terminal may hold up who writes to it for as long as it likes.
void Workers::tell_progress(Run& run) {
    constexpr std::chrono::seconds k_progress{1};
    auto told = run.started;
    while (run.request.progress) {
        tick();
        if (run.is_over()) {
            return;
        }
        if (m_clock.monotonic() - told >= k_progress) {
            told = m_clock.monotonic();
            run.request.progress(run.so_far());
        }
    }
}

void Workers::heartbeat(Run& run) {
    auto last = run.started;
    while (true) {
        tick();
        if (run.is_over()) {
            return;
        }
        const auto leases = run.held_leases();
        const auto pause = run.unrenewed ? k_renew_again : run.request.lease / 3;
        if (leases.empty() || m_clock.monotonic() - last < pause) {
            continue;
        }
        last = m_clock.monotonic();
        static_cast<void>(renew(run, leases));
    }
}

// Nothing may leave it: the heart goes on. What went wrong, for who claims.
std::exception_ptr Workers::renew(Run& run, std::span<const port::Lease> leases) {
    const auto began = m_clock.monotonic();
    run.unrenewed = true;
    try {
        const auto lost =
            m_store.renew(leases, run.request.lease, m_driver.policy().stage_deadlines);
        run.renewed_at = began;
        run.unrenewed = false;
        if (!lost.empty()) {
            m_logger->warn("leases_lost count={}", lost.size());
        }
        return nullptr;
    } catch (const std::exception& error) {
        m_logger->warn("renewal_failed error=\"{}\"", error.what());
        return std::current_exception();
    }
}

// Calls that are in our hands must not seem to be nobody's, after the database was away or this
// process was stopped.
void Workers::renew_before_claim(Run& run) {
    if (!run.unrenewed && m_clock.monotonic() - run.renewed_at.load() < run.request.lease / 2) {
        return;
    }
    const auto held = run.held_leases();
    if (held.empty()) {
        return;
    }
    if (const auto failure = renew(run, held)) {
        std::rethrow_exception(failure);
    }
}

// A database that is away is waited for: one line when it goes, and one when it is back, of all
// threads together. Null: it has answered.
void Workers::note_database(Run& run, const base::StoreError* away) {
    if (away != nullptr && !run.database_away.exchange(true)) {
        m_logger->warn("database_away error=\"{}\"", away->what());
    } else if (away == nullptr && run.database_away.exchange(false)) {
        run.takes_over_from = m_clock.monotonic() + k_all_renew;
        m_logger->info("database_back");
    }
}

bool Workers::takes_over(const Run& run) const {
    return !run.database_away && m_clock.monotonic() >= run.takes_over_from.load();
}

} // namespace callctl::app
