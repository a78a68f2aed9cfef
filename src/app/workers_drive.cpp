// One call in the hands of a run: it is driven, and leaves them, whatever became of it.
#include "app/patience.hpp"
#include "app/workers.hpp"
#include "app/workers_report.hpp"
#include "app/workers_run.hpp"
#include "base/exception.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;

// A restart of the database, or a fail-over, is over by then; the lease is not.
constexpr milliseconds k_until_given_back{45'000};
// A call whose drive failed by a fault of ours must not be the next one again.
constexpr milliseconds k_aside{300'000};
// Nor must one that somebody has locked. When so many are in a row, it is more than a row.
constexpr milliseconds k_while_locked{60'000};
constexpr int k_most_locked = 20;

} // namespace

// False: there was no place for it at its provider.
bool Workers::drive(Run& run, Taken taken, std::optional<call::Stage> stage) {
    const port::Lease lease = taken.held.lease();
    const base::CallSid sid = taken.claim.call.sid;
    try {
        DriveReport report = m_driver.try_drive(std::move(taken.claim), stage);
        const std::scoped_lock lock{run.mutex};
        count_costs(run.report, report);
        if (report.fault) {
            std::rethrow_exception(report.fault);
        }
        run.locked_in_a_row = 0;
        count(run.report, run.places, lease.call, report, run.request.until);
        if (run.request.calls.empty()) {
            return !report.found_no_place;
        }
        if (report.call) {
            run.named.driven.push_back(without_texts(std::move(*report.call)));
        } else {
            run.named.taken.push_back(sid);
        }
    } catch (const base::StoreBusyError& error) {
        if (!run.request.calls.empty() || run.is_locked_again(k_most_locked)) {
            give_back(sid, lease);
            throw;
        }
        put_off(run, sid, lease, error.what());
    } catch (const base::StoreError&) {
        give_back(sid, lease);
        throw;
    } catch (const base::SchemaError& error) {
        rest(sid, lease, error.what());
        throw;
    } catch (const std::exception& error) {
        set_aside(run, sid, lease, error.what());
    }
    return true;
}

// The database was away for a moment: that is no crash of a worker's, if it can be told so.
void Workers::give_back(const base::CallSid& call, const port::Lease& lease) {
    try {
        patiently(
            m_clock, *m_logger, call, [&] { m_store.release(lease); }, k_until_given_back);
    } catch (const std::exception& error) {
        m_logger->warn("lease_kept call={} error=\"{}\"", call.str(), error.what());
    }
}

// What is wrong with the tables is no crash of a worker's either. The next pass need not find it
// with the same call.
void Workers::rest(const base::CallSid& call, const port::Lease& lease, const std::string& why) {
    try {
        m_store.set_aside(lease, {.why = why, .pause = k_aside, .crashed = false});
    } catch (const std::exception& error) {
        m_logger->warn("lease_kept call={} error=\"{}\"", call.str(), error.what());
    }
}

// One call that cannot be driven must not stop the others, neither now nor at the next pass.
void Workers::set_aside(Run& run, const base::CallSid& call, const port::Lease& lease,
                        const std::string& why) {
    m_logger->error("drive_failed call_id={} error=\"{}\"", static_cast<std::int64_t>(lease.call),
                    why);
    {
        // It has failed too where the database does not take that down.
        const std::scoped_lock lock{run.mutex};
        ++run.report.failed;
        if (!run.request.calls.empty()) {
            run.named.failed.push_back(call);
        }
    }
    m_store.set_aside(lease, {why, k_aside});
}

// An open transaction of the application's is no reason to leave all others undone.
void Workers::put_off(Run& run, const base::CallSid& call, const port::Lease& lease,
                      const std::string& why) {
    m_logger->warn("row_locked call={} error=\"{}\"", call.str(), why);
    m_store.set_aside(lease, {.why = why, .pause = k_while_locked, .crashed = false});
    const DriveReport waits{.call = call::Call{.sid = call, .due_at = base::Time{}}};
    const std::scoped_lock lock{run.mutex};
    count(run.report, run.places, lease.call, waits, run.request.until);
}

// What was claimed for threads that did not come for it any more.
void Workers::hand_back(Run& run, Lane& lane) {
    while (const auto taken = run.take_ready(lane)) {
        give_back(taken->claim.call.sid, taken->held.lease());
        const std::scoped_lock lock{run.mutex};
        ++run.report.handed_back;
    }
}

} // namespace callctl::app
