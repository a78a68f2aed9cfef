// What GroupCommit does while the database is away.
#include "app/deliveries.hpp"
#include "app/group_commit.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace callctl::app {

/// One append for all of them.
void GroupCommit::spool(Batch& batch) {
    if (m_spool == nullptr) {
        tell(batch, Result::failed);
        return;
    }
    std::vector<std::string> records;
    records.reserve(batch.deliveries.size());
    for (const call::Delivery& delivery : batch.deliveries) {
        records.push_back(spooled(delivery));
    }
    const auto appended = m_spool->append(records);
    if (!appended) {
        m_logger->error("spool_refused deliveries={} error=\"{}\"", records.size(),
                        appended.error().message);
    }
    if (appended && m_options.metrics != nullptr) {
        m_options.metrics->spooled(records.size());
    }
    tell(batch, appended ? Result::spooled : Result::failed);
}

// Before whatever waits: from here on all that comes goes behind it. Called with the lock held,
// which is open while the disk works.
void GroupCommit::spool_first(Batch& batch, std::unique_lock<std::mutex>& lock) {
    if (m_spool != nullptr && !std::exchange(m_spooling, true)) {
        m_logger->warn("database_away what=\"deliveries are kept in the spool\"");
    }
    m_for_disk.wait(lock, [this] { return !m_appending; });
    m_appending = true;
    lock.unlock();
    spool(batch);
    lock.lock();
    batch.is_spooled = true;
    m_appending = false;
    m_for_disk.notify_one();
    m_for_spooler.notify_one();
    m_for_replayer.notify_one();
}

bool GroupCommit::is_any_in_hand() const {
    return std::ranges::any_of(
        m_committers, [](const Committer& committer) { return committer.in_hand != nullptr; });
}

GroupCommit::SharedBatch GroupCommit::late_batch() const {
    const auto now = Clock::now();
    const auto late = std::ranges::find_if(m_committers, [now](const Committer& committer) {
        return committer.in_hand && !committer.in_hand->answered && now >= committer.late_at;
    });
    return late == m_committers.end() ? nullptr : late->in_hand;
}

// Takes what the committer leaves: all that comes while the database is away, and before it a batch
// whose commit hangs, which is looked for now and then.
void GroupCommit::run_spool() {
    const auto now_and_then = m_options.patience / 2;
    std::unique_lock lock{m_mutex};
    while (!m_stopping || is_any_in_hand() || !m_waiting.empty()) {
        if (const SharedBatch late = late_batch()) {
            if (!late->answered.exchange(true)) {
                m_logger->error("commit_late deliveries={}", late->deliveries.size());
                spool_first(*late, lock);
            }
        } else if (m_spooling && !m_appending && !m_waiting.empty() &&
                   Clock::now() >= m_held_back_until) {
            const SharedBatch batch = take();
            if (batch->done.empty()) { // all of it waits for calls in hand
                m_for_spooler.wait_for(lock, now_and_then);
            } else {
                spool_first(*batch, lock);
            }
        } else {
            m_for_spooler.wait_for(lock, now_and_then);
        }
    }
}

// Where the spool has been replayed to its end, and there is somebody to commit: not while a commit
// that was overtaken still hangs. Under the lock.
bool GroupCommit::end_to_spool() {
    if (m_appending || is_any_in_hand() || m_spool->depth().records > 0) {
        return false;
    }
    m_spooling = false;
    m_logger->info("spool_replayed what=\"deliveries are committed again\"");
    m_for_committer.notify_all();
    return true;
}

// The rest is replayed in one go while nothing is appended behind it: otherwise a spool to which
// somebody always appends would never be empty. For a moment only, since the database may hang
// again.
void GroupCommit::hold_back_for_rest() {
    if (m_spool->depth().records <= m_options.batch && !is_any_in_hand()) {
        m_held_back_until = Clock::now() + m_options.patience;
    }
}

// While nothing is to be replayed: until something is, or one more try of what is kept because
// somebody had a row locked. Returns the next pause. Under the lock.
std::chrono::milliseconds GroupCommit::wait_for_locked_rows(std::unique_lock<std::mutex>& lock,
                                                            std::chrono::milliseconds pause) {
    if (!m_rows_locked) {
        m_for_replayer.wait(lock);
        return m_options.first_pause;
    }
    m_for_replayer.wait_for(lock, pause, [this] { return m_replay_ends || m_spooling; });
    if (m_replay_ends || m_spooling) {
        return pause;
    }
    m_rows_locked = false;
    lock.unlock();
    const bool left = apply_kept();
    lock.lock();
    m_rows_locked = m_rows_locked || left;
    return left ? std::min(pause * 2, m_options.longest_pause) : m_options.first_pause;
}

void GroupCommit::run_replay() {
    auto pause = m_options.first_pause;
    bool is_back = false;
    std::unique_lock lock{m_mutex};
    while (!m_replay_ends) {
        if (!m_spooling) {
            is_back = false;
            pause = wait_for_locked_rows(lock, pause);
            continue;
        }
        if (is_back) {
            hold_back_for_rest();
        }
        lock.unlock();
        const auto replayed = replay();
        lock.lock();
        m_held_back_until = {};
        is_back = replayed.has_value();
        if (!is_back) {
            m_for_spooler.notify_one();
            m_for_replayer.wait_for(lock, pause, [this] { return m_replay_ends; });
            pause = std::min(pause * 2, m_options.longest_pause);
            continue;
        }
        pause = m_options.first_pause;
        if (!end_to_spool() && *replayed == 0) {
            m_for_spooler.notify_one();
            m_for_replayer.wait_for(lock, pause);
        }
    }
}

// Of deliveries whose call's row somebody had locked. True: somebody still has.
bool GroupCommit::apply_kept() {
    try {
        const auto report = m_store.apply_kept(m_decide, static_cast<int>(m_options.batch));
        if (report.applied > 0) {
            told(m_after_commit);
        }
        return report.locked > 0;
    } catch (const std::exception& error) {
        m_logger->warn("kept_deliveries_wait error=\"{}\"", error.what());
        return true;
    }
}

// How many; nothing when the database does not take them.
std::optional<std::size_t> GroupCommit::replay() {
    try {
        const auto count = m_replay->step(m_options.batch);
        note_locked(m_replay->locked());
        if (count > 0 && m_options.metrics != nullptr) {
            m_options.metrics->replayed(count);
        }
        if (count > 0) {
            told(m_after_commit);
        }
        return count;
    } catch (const std::exception& error) {
        m_logger->warn("replay_failed error=\"{}\"", error.what());
        return std::nullopt;
    }
}

} // namespace callctl::app
