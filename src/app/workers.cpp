#include "app/workers.hpp"

#include "app/look_out.hpp"
#include "app/workers_run.hpp"
#include "base/exception.hpp"

#include <spdlog/spdlog.h>

#include <system_error>

#include <algorithm>
#include <exception>
#include <functional>
#include <thread>
#include <utility>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;
using Until = WorkRequest::Until;

// A thread that waits is woken by wake(); it looks this often whether a stop was asked for.
constexpr milliseconds k_tick{200};
// After a drive that failed, or a database that is away.
constexpr milliseconds k_pause_after_failure{2'000};

class Finally {
  public:
    explicit Finally(std::function<void()> action) : m_action{std::move(action)} {}
    Finally(const Finally&) = delete;
    Finally& operator=(const Finally&) = delete;
    ~Finally() { m_action(); }

  private:
    std::function<void()> m_action;
};

} // namespace

Workers::HeldLease::HeldLease(Run& run, const port::Lease& lease) : m_run{&run}, m_lease{lease} {
    const std::scoped_lock lock{run.mutex};
    run.leases.push_back(lease);
}

Workers::HeldLease::~HeldLease() {
    if (m_run == nullptr) {
        return;
    }
    const std::scoped_lock lock{m_run->mutex};
    std::erase_if(m_run->leases, [this](const port::Lease& held) {
        return held.call == m_lease.call && held.token == m_lease.token;
    });
}

Workers::Workers(port::CallStore& store, const Driver& driver, port::Clock& clock,
                 std::shared_ptr<spdlog::logger> logger)
    : m_store{store}, m_driver{driver}, m_clock{clock}, m_logger{std::move(logger)} {}

void Workers::wake() {
    {
        const std::scoped_lock lock{m_mutex};
        ++m_wakes;
    }
    m_condition.notify_all();
}

std::uint64_t Workers::wakes() {
    const std::scoped_lock lock{m_mutex};
    return m_wakes;
}

void Workers::tick() {
    std::unique_lock lock{m_mutex};
    const auto seen = m_wakes;
    m_condition.wait_for(lock, k_tick, [&] { return m_wakes != seen; });
}

void Workers::pause(milliseconds duration, std::uint64_t seen) {
    const auto until = std::chrono::steady_clock::now() + duration;
    std::unique_lock lock{m_mutex};
    while (m_wakes == seen && !m_clock.stopping() && std::chrono::steady_clock::now() < until) {
        m_condition.wait_until(lock, std::min(until, std::chrono::steady_clock::now() + k_tick));
    }
}

WorkReport Workers::run(const WorkRequest& request) {
    WorkReport report = try_run(request);
    if (report.fault) {
        std::rethrow_exception(report.fault);
    }
    return report;
}

WorkReport Workers::try_run(const WorkRequest& request) {
    Run run{.request = request, .started = m_clock.monotonic()};
    {
        const std::jthread beat{[this, &run] { heartbeat(run); }};
        const std::jthread teller{[this, &run] { tell_progress(run); }};
        const Finally end{[this, &run] {
            {
                const std::scoped_lock lock{run.mutex};
                run.over = true;
            }
            wake();
        }};
        work_in_threads(run);
    }
    run.report.named = std::move(run.named);
    run.report.fault = run.failure;
    return std::move(run.report);
}

// Returns when all threads have; those that cannot be started end the run.
void Workers::work_in_threads(Run& run) {
    Lane any{.stage = run.request.stage};
    Lane recordings{.stage = call::Stage::recording};
    std::vector<std::jthread> threads;
    try {
        start(threads, run, any, run.request.concurrency);
        start(threads, run, recordings, run.request.for_recordings);
    } catch (const std::system_error& error) {
        m_logger->error("thread_not_started error=\"{}\"", error.what());
        run.end_with(std::current_exception());
    }
    threads.clear(); // when they have ended
    hand_back(run, any);
    hand_back(run, recordings);
}

void Workers::start(std::vector<std::jthread>& threads, Run& run, Lane& lane, int count) {
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([this, &run, &lane] { work(run, lane); });
    }
}

// The root of a thread: nothing may leave it.
void Workers::work(Run& run, Lane& lane) {
    while (true) {
        try {
            if (!work_once(run, lane)) {
                return;
            }
            continue;
        } catch (const std::exception& error) {
            const auto* const away = dynamic_cast<const base::StoreError*>(&error);
            const bool is_busy = dynamic_cast<const base::StoreBusyError*>(&error) != nullptr;
            if (away != nullptr && !is_busy && run.request.until == Until::stopped) {
                note_database(run, away);
            } else {
                m_logger->error("worker_failed error=\"{}\"", error.what());
            }
            if (run.request.until != Until::stopped) {
                run.end_with(std::current_exception());
                return;
            }
        }
        if (!m_clock.wait(k_pause_after_failure)) {
            return;
        }
    }
}

// Takes and drives one call, or waits a moment. False: this thread's work is over.
bool Workers::work_once(Run& run, Lane& lane) {
    if (!run.take_place(m_clock)) {
        return false;
    }
    bool has_call = false;
    bool counts = false; // within the limit
    try {
        if (auto taken = take(run, lane)) {
            has_call = counts = true;
            counts = drive(run, std::move(*taken), lane.stage);
        }
    } catch (...) {
        run.leave_place(counts);
        throw;
    }
    run.leave_place(counts);
    if (has_call && run.request.until != Until::stopped && !run.has_calls_in_hand()) {
        wake(); // was it the last?
    }
    return has_call || !run.request.calls.empty() || idle(run, lane);
}

std::optional<Workers::Taken> Workers::take(Run& run, Lane& lane) {
    return run.request.calls.empty() ? take_due(run, lane) : take_named(run, lane);
}

port::ClaimRequest Workers::request_of(const Run& run, const Lane& lane) const {
    port::ClaimRequest request{.worker = run.request.worker,
                               .lease = run.request.lease,
                               .stage = lane.stage,
                               .since = run.request.since};
    std::ranges::transform(m_driver.policy().limits, request.places.begin(),
                           &call::ProviderLimits::concurrency);
    return request;
}

// One statement at a time, for all that wait for it: the more they are, the fewer statements a
// call.
std::optional<Workers::Taken> Workers::take_due(Run& run, Lane& lane) {
    std::unique_lock turn{lane.claiming, std::defer_lock};
    const auto place = run.queue_up(lane);
    const Finally end_wait{[&] { run.leave_queue(lane); }}; // before the next one counts who waits
    turn.lock();
    if (auto ready = run.take_ready(lane)) {
        return ready;
    }
    if (place <= lane.in_vain) {
        return std::nullopt; // another has asked for this one too
    }
    const auto wanted = run.wanted(lane);
    if (std::cmp_less(claim(run, lane, wanted), wanted.most_overdue + wanted.newest)) {
        lane.in_vain = wanted.up_to;
    }
    auto taken = run.take_ready(lane);
    if (wanted.asleep > 0 && run.has_ready(lane)) {
        wake();
    }
    return taken;
}

std::size_t Workers::claim(Run& run, Lane& lane, const Wanted& wanted) {
    std::size_t claimed = 0;
    if (wanted.most_overdue > 0) {
        claimed = claim(run, lane, port::ClaimOrder::most_overdue, wanted.most_overdue);
    }
    const bool none_left = wanted.most_overdue > 0 && claimed == 0;
    if (wanted.newest > 0 && !none_left) {
        claimed += claim(run, lane, port::ClaimOrder::newest, wanted.newest);
    }
    return claimed;
}

std::size_t Workers::claim(Run& run, Lane& lane, port::ClaimOrder order, int limit) {
    renew_before_claim(run);
    auto request = request_of(run, lane);
    request.order = order;
    request.limit = limit;
    request.take_over = takes_over(run);
    auto claims = m_store.claim_due(request);
    note_database(run, nullptr);
    for (port::Claim& claim : claims) {
        HeldLease held{run, claim.lease};
        const std::scoped_lock lock{run.mutex};
        lane.ready.push_back({std::move(claim), std::move(held)});
    }
    return claims.size();
}

std::optional<Workers::Taken> Workers::take_named(Run& run, const Lane& lane) {
    const auto sid = run.next_name();
    if (!sid) {
        return std::nullopt;
    }
    if (run.request.prepare && !run.request.prepare(*sid)) {
        const std::scoped_lock lock{run.mutex};
        ++run.report.passed_over;
        return std::nullopt;
    }
    auto claimed = m_store.claim_call(*sid, request_of(run, lane));
    if (claimed) {
        HeldLease held{run, claimed->lease};
        return Taken{std::move(*claimed), std::move(held)};
    }
    const std::scoped_lock lock{run.mutex};
    const bool busy = claimed.error().kind == base::ErrorKind::conflict;
    ++(busy ? run.report.busy : run.report.unknown);
    run.named.taken.push_back(*sid);
    return std::nullopt;
}

// Nothing was due. False: and nothing worth waiting for will be. One thread looks for work, and
// claims it for all that sleep: what is due and cannot be taken, behind a closed provider, is
// walked over each time.
bool Workers::idle(Run& run, Lane& lane) {
    const auto seen = wakes(); // before somebody claims for this one
    const auto sleep = [&run, &lane](int change) {
        const std::scoped_lock lock{run.mutex};
        lane.idle += change;
    };
    sleep(1);
    const Finally end_sleep{[&] { sleep(-1); }};
    std::unique_lock watch{lane.watch, std::defer_lock};
    while (!run.is_over(lane)) {
        if (wakes() != seen || !run.goes_on(m_clock)) {
            return true;
        }
        if (watch.try_lock()) {
            return look_out(run, lane, seen);
        }
        pause(k_tick, seen);
    }
    return false;
}

// Until something may be due.
bool Workers::look_out(Run& run, Lane& lane, std::uint64_t seen) {
    const bool in_hand = run.has_calls_in_hand();
    const bool may_end = run.request.until != Until::stopped && !in_hand;
    const auto end = [&](bool too_late) {
        run.end(lane, too_late);
        wake();
        return false;
    };
    if (may_end && run.request.until == Until::none_due) {
        return end(false);
    }
    const auto began = m_clock.monotonic();
    const auto next = m_store.next_due(request_of(run, lane));
    note_database(run, nullptr);
    const auto last_look = m_clock.monotonic() - began;
    const milliseconds until_next =
        next ? std::max(std::chrono::duration_cast<milliseconds>(*next - m_store.now()),
                        milliseconds{50})
             : k_poll;
    const bool too_late = next && run.request.max_runtime &&
                          run.runtime(m_clock) + until_next >= *run.request.max_runtime;
    if (may_end && (!next || too_late)) {
        return end(too_late);
    }
    pause(until_next_look(until_next, last_look), seen);
    return true;
}

} // namespace callctl::app
