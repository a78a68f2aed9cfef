// What the threads of one run share: its limits, the calls in hand, what was done. Private to
// the workers.
#pragma once

#include "app/workers.hpp"
#include "app/workers_report.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace callctl::app {

// A lease in the list that the heartbeat renews, for as long as the call is in our hands.
class Workers::HeldLease {
  public:
    HeldLease(Run& run, const port::Lease& lease);
    HeldLease(HeldLease&& other) noexcept
        : m_run{std::exchange(other.m_run, nullptr)}, m_lease{other.m_lease} {}
    HeldLease& operator=(HeldLease&&) = delete;
    HeldLease(const HeldLease&) = delete;
    HeldLease& operator=(const HeldLease&) = delete;
    ~HeldLease();
    [[nodiscard]] const port::Lease& lease() const { return m_lease; }

  private:
    Run* m_run;
    port::Lease m_lease;
};

struct Workers::Taken {
    port::Claim claim;
    HeldLease held;
};

// Threads that want the same calls. One of them claims for all that wait.
struct Workers::Lane {
    std::optional<call::Stage> stage{};
    std::mutex claiming{};
    /// Up to this place in the queue nothing was found; guarded by `claiming`.
    std::uint64_t in_vain{0};
    std::mutex watch{}; ///< held by the one thread of those that sleep that looks for work
    // Guarded by Run::mutex, as all that follows.
    std::uint64_t queued{0}; ///< places that were given out
    int waiting{0};          ///< threads with a place and no call
    int idle{0};             ///< threads that sleep because nothing was due
    bool over{false};        ///< nothing worth waiting for will be due
    int newest_owed{0};      ///< k_turns times the newest calls that were not asked for yet
    std::deque<Taken> ready{};
};

/// Calls to ask for in each order, for all that wait and, within the limit, for those who
/// sleep. Which ones a limit takes can be foretold: it ends with a turn for the newest, so that
/// they come as they would one by one. Without one all are in the same order, one statement, so
/// that in the long run each order has its share.
struct Workers::Wanted {
    int most_overdue{0};
    int newest{0};
    int asleep{0};          ///< for so many of them
    std::uint64_t up_to{0}; ///< the last place of those who wait
};

struct Workers::Run {
    const WorkRequest& request;
    port::Clock::Monotonic started;
    std::mutex mutex{};
    WorkReport report{};
    NamedCalls named{};     ///< not in `report` yet, which is copied while others wait
    CountedPlaces places{}; ///< of the calls that were driven, in `report`
    std::vector<port::Lease> leases{};
    std::size_t next_call{0}; ///< of request.calls
    std::size_t turns{0};     ///< due calls that were asked for
    int claimed{0};
    int locked_in_a_row{0}; ///< calls
    bool finished{false};   ///< no call is begun any more; some may be in hand
    bool over{false};       ///< none is in hand
    std::exception_ptr failure{};
    std::atomic<bool> database_away{false};
    /// From when on a lease that ran out is nobody's: see ClaimRequest::take_over.
    std::atomic<port::Clock::Monotonic> takes_over_from{started};
    std::atomic<bool> unrenewed{false}; ///< a renewal is under way, or the last one failed
    /// When the last renewal began that worked.
    std::atomic<port::Clock::Monotonic> renewed_at{started};

    /// That counts for max_runtime.
    [[nodiscard]] port::Clock::Monotonic::duration runtime(port::Clock& clock) const {
        return clock.monotonic() - request.began.value_or(started);
    }

    [[nodiscard]] std::vector<port::Lease> held_leases() {
        const std::scoped_lock lock{mutex};
        return leases;
    }

    /// One more call is locked by somebody; more than `most` in a row are.
    [[nodiscard]] bool is_locked_again(int most) {
        const std::scoped_lock lock{mutex};
        return ++locked_in_a_row > most;
    }

    [[nodiscard]] bool is_over() {
        const std::scoped_lock lock{mutex};
        return over;
    }

    [[nodiscard]] bool is_over(const Lane& lane) {
        const std::scoped_lock lock{mutex};
        return lane.over;
    }

    [[nodiscard]] bool has_calls_in_hand() {
        const std::scoped_lock lock{mutex};
        return !leases.empty();
    }

    [[nodiscard]] bool has_ready(const Lane& lane) {
        const std::scoped_lock lock{mutex};
        return !lane.ready.empty();
    }

    // For those of the lane that sleep.
    void end(Lane& lane, bool out_of_time) {
        const std::scoped_lock lock{mutex};
        lane.over = true;
        report.out_of_time = report.out_of_time || out_of_time;
    }

    [[nodiscard]] WorkReport so_far() {
        const std::scoped_lock lock{mutex};
        return report;
    }

    // One more call within the limits of the request, counted before it is claimed so that the
    // limit holds for all threads together.
    [[nodiscard]] bool take_place(port::Clock& clock) {
        const std::scoped_lock lock{mutex};
        if (!is_within_limits(clock)) {
            return false;
        }
        ++claimed;
        return true;
    }

    [[nodiscard]] bool goes_on(port::Clock& clock) {
        const std::scoped_lock lock{mutex};
        return is_within_limits(clock);
    }

    [[nodiscard]] std::optional<base::CallSid> next_name() {
        const std::scoped_lock lock{mutex};
        if (next_call >= request.calls.size()) {
            return std::nullopt;
        }
        return request.calls[next_call++];
    }

    [[nodiscard]] std::uint64_t queue_up(Lane& lane) {
        const std::scoped_lock lock{mutex};
        ++lane.waiting;
        return ++lane.queued;
    }

    void leave_queue(Lane& lane) {
        const std::scoped_lock lock{mutex};
        --lane.waiting;
    }

    [[nodiscard]] Wanted wanted(Lane& lane) {
        const std::scoped_lock lock{mutex};
        const int within_limit = request.limit ? *request.limit - claimed : lane.idle;
        Wanted wanted{.asleep = std::min(lane.idle, within_limit), .up_to = lane.queued};
        const int count = lane.waiting + wanted.asleep;
        if (request.limit) {
            for (int i = 0; i < count && wanted.newest == 0; ++i) {
                const bool newest = port::order_of_turn(turns++) == port::ClaimOrder::newest;
                ++(newest ? wanted.newest : wanted.most_overdue);
            }
        } else {
            lane.newest_owed += count;
            const bool newest = lane.newest_owed >= 2 * count;
            lane.newest_owed -= newest ? port::k_turns * count : 0;
            (newest ? wanted.newest : wanted.most_overdue) = count;
        }
        return wanted;
    }

    [[nodiscard]] std::optional<Taken> take_ready(Lane& lane) {
        const std::scoped_lock lock{mutex};
        if (lane.ready.empty()) {
            return std::nullopt;
        }
        std::optional<Taken> taken{std::move(lane.ready.front())};
        lane.ready.pop_front();
        return taken;
    }

    void leave_place(bool with_call) {
        const std::scoped_lock lock{mutex};
        claimed -= with_call ? 0 : 1;
    }

    void end_with(std::exception_ptr why) {
        const std::scoped_lock lock{mutex};
        failure = std::move(why);
        finished = true;
    }

  private:
    // Under the lock.
    [[nodiscard]] bool is_within_limits(port::Clock& clock) {
        const bool all_named = !request.calls.empty() && next_call >= request.calls.size();
        if (finished || all_named || clock.stopping() ||
            (request.limit && claimed >= *request.limit)) {
            return false;
        }
        if (request.max_runtime && runtime(clock) >= *request.max_runtime) {
            report.out_of_time = true;
            return false;
        }
        if (request.max_cost_micros && report.cost_micros >= *request.max_cost_micros) {
            report.out_of_money = true;
            return false;
        }
        return true;
    }
};

} // namespace callctl::app
