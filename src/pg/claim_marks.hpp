// Where the next claim enters the index, so that it does not walk over what the last ones took.
#pragma once

#include "base/time.hpp"
#include "port/call_store.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

namespace callctl::pg {

/// A row that is taken leaves dead entries behind in the indexes of the schedule, and while
/// somebody holds an old snapshot no scan may drop them (PostgreSQL, Routine Vacuuming): each claim
/// would walk over those of all before. So a claim begins where the last one of its kind ended, and
/// again at the start of the index when there was nothing more, and now and then, for what has
/// become due before the mark: the more rarely the longer that takes. From any thread.
class ClaimMarks {
  public:
    /// Zero: every claim begins at the start.
    explicit ClaimMarks(std::chrono::milliseconds hold) : m_hold{hold} {}

    [[nodiscard]] std::optional<base::Time> get(const port::ClaimRequest& request) {
        const std::scoped_lock lock{m_mutex};
        const auto mark = m_marks.find(key_of(request));
        if (mark == m_marks.end()) {
            return std::nullopt;
        }
        if (Monotonic::now() - mark->second.since >= mark->second.hold) {
            m_marks.erase(mark);
            return std::nullopt;
        }
        return mark->second.at;
    }

    /// A call was taken.
    void take(const port::ClaimRequest& request, base::Time due_at, base::Time created_at) {
        const bool newest = request.order == port::ClaimOrder::newest;
        const base::Time at = newest ? created_at : due_at;
        const std::scoped_lock lock{m_mutex};
        const auto [mark, is_new] =
            m_marks.try_emplace(key_of(request), Mark{at, Monotonic::now(), m_hold});
        if (!is_new) {
            mark->second.at =
                newest ? std::min(mark->second.at, at) : std::max(mark->second.at, at);
        }
    }

    /// A claim that began at the start took so long.
    void walked(const port::ClaimRequest& request, std::chrono::steady_clock::duration duration) {
        const std::scoped_lock lock{m_mutex};
        const auto mark = m_marks.find(key_of(request));
        if (mark != m_marks.end() && m_hold.count() > 0) {
            const auto hold = std::chrono::ceil<std::chrono::milliseconds>(k_share * duration);
            mark->second.hold = std::clamp(hold, m_hold, std::max(m_hold, k_longest_hold));
        }
    }

    /// There was nothing more behind the mark.
    void forget(const port::ClaimRequest& request) {
        const std::scoped_lock lock{m_mutex};
        m_marks.erase(key_of(request));
    }

  private:
    using Monotonic = std::chrono::steady_clock;
    struct Mark {
        base::Time at{};
        Monotonic::time_point since{};
        std::chrono::milliseconds hold{};
    };
    static constexpr int k_share{50}; ///< of the time, one part goes into walks from the start
    static constexpr std::chrono::milliseconds k_longest_hold{30'000};
    using Key = std::tuple<port::ClaimOrder, std::optional<call::Stage>,
                           std::optional<std::chrono::milliseconds>>;

    static Key key_of(const port::ClaimRequest& request) {
        return {request.order, request.stage, request.since};
    }

    std::chrono::milliseconds m_hold;
    std::mutex m_mutex{};
    std::map<Key, Mark> m_marks{};
};

} // namespace callctl::pg
