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

void GroupCommit::begin_to_spool() {
    if (m_spool == nullptr) {
        return;
    }
    {
        const std::scoped_lock lock{m_mutex};
        if (!std::exchange(m_spooling, true)) {
            m_logger->warn("database_away what=\"deliveries are kept in the spool\"");
        }
    }
    m_for_spooler.notify_one();
    m_for_replayer.notify_one();
}

bool GroupCommit::is_late() const {
    return m_in_hand && !m_in_hand->answered && Clock::now() >= m_late_at;
}

// Takes what the committer leaves: all that comes while the database is away, and before it a batch
// whose commit hangs, which is looked for now and then.
void GroupCommit::run_spool() {
    const auto now_and_then = m_options.patience / 2;
    std::unique_lock lock{m_mutex};
    while (!m_stopping || m_in_hand || !m_waiting.empty()) {
        if (is_late()) {
            const SharedBatch late = m_in_hand;
            lock.unlock();
            spool_late(*late);
            lock.lock();
        } else if (m_spooling && !m_waiting.empty()) {
            const SharedBatch batch = take();
            m_appending = true;
            lock.unlock();
            spool(*batch);
            lock.lock();
            m_appending = false;
            m_for_replayer.notify_one();
        } else {
            m_for_spooler.wait_for(lock, now_and_then);
        }
    }
}

void GroupCommit::spool_late(Batch& batch) {
    if (!batch.answered.exchange(true)) {
        m_logger->error("commit_late deliveries={}", batch.deliveries.size());
        spool(batch);
        begin_to_spool();
    }
}

// Where the spool has been replayed to its end. Under the lock.
void GroupCommit::end_to_spool() {
    if (!m_appending && m_spool->depth().records == 0) {
        m_spooling = false;
        m_logger->info("spool_replayed what=\"deliveries are committed again\"");
        m_for_committer.notify_one();
    }
}

void GroupCommit::run_replay() {
    auto pause = m_options.first_pause;
    std::unique_lock lock{m_mutex};
    while (!m_replay_ends) {
        if (!m_spooling) {
            m_for_replayer.wait(lock);
            continue;
        }
        lock.unlock();
        const auto replayed = replay();
        lock.lock();
        if (!replayed) {
            m_for_replayer.wait_for(lock, pause, [this] { return m_replay_ends; });
            pause = std::min(pause * 2, m_options.longest_pause);
            continue;
        }
        pause = m_options.first_pause;
        if (*replayed == 0) {
            m_for_replayer.wait(lock, [this] { return !m_appending || m_replay_ends; });
            end_to_spool();
        }
    }
}

// How many; nothing when the database does not take them.
std::optional<std::size_t> GroupCommit::replay() {
    try {
        const auto count = m_replay->step(m_options.batch);
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
