#include "app/group_commit.hpp"

#include "call/progress.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

namespace callctl::app {

std::string_view to_string(GroupCommit::Result result) {
    switch (result) {
    case GroupCommit::Result::durable:
        return "durable";
    case GroupCommit::Result::spooled:
        return "spooled";
    case GroupCommit::Result::failed:
        break;
    }
    return "failed";
}

GroupCommit::GroupCommit(port::CallStore& store, port::CallStore::DecideNews decide,
                         std::function<void()> after_commit, std::shared_ptr<spdlog::logger> logger,
                         Options options, port::Spool* spool)
    : m_store{store}, m_decide{std::move(decide)}, m_after_commit{std::move(after_commit)},
      m_logger{std::move(logger)}, m_options{options}, m_spool{spool} {
    if (m_spool != nullptr) {
        m_replay.emplace(m_store, *m_spool, m_decide);
        m_spooling = m_spool->depth().records > 0; // what waits is older than what will come
        m_spooler = std::thread{[this] { run_spool(); }};
        m_replayer = std::thread{[this] { run_replay(); }};
    }
    m_committer = std::thread{[this] { run_commits(); }};
}

// The replayer first: nobody turns from spooling to committing once the committer may be gone.
GroupCommit::~GroupCommit() {
    const auto set = [this](bool& flag) {
        const std::scoped_lock lock{m_mutex};
        flag = true;
    };
    set(m_replay_ends);
    m_for_replayer.notify_all();
    if (m_replayer.joinable()) {
        m_replayer.join();
    }
    set(m_stopping);
    m_for_committer.notify_all();
    m_committer.join();
    m_for_spooler.notify_all();
    if (m_spooler.joinable()) {
        m_spooler.join();
    }
}

void GroupCommit::submit(call::Delivery delivery, Done done) {
    {
        const std::scoped_lock lock{m_mutex};
        if (!m_stopping && m_waiting.size() < m_options.queue) {
            m_waiting.push_back({std::move(delivery), std::move(done)});
            (m_spooling ? m_for_spooler : m_for_committer).notify_one();
            return;
        }
    }
    done({});
}

// Under the lock.
GroupCommit::SharedBatch GroupCommit::take() {
    auto batch = std::make_shared<Batch>();
    for (auto left = std::min(m_waiting.size(), m_options.batch); left > 0; --left) {
        batch->deliveries.push_back(std::move(m_waiting.front().delivery));
        batch->done.push_back(std::move(m_waiting.front().done));
        m_waiting.pop_front();
    }
    return batch;
}

// The batch forms by itself: what arrives during one commit is the next one.
void GroupCommit::run_commits() {
    std::unique_lock lock{m_mutex};
    while (true) {
        m_for_committer.wait(lock,
                             [this] { return m_stopping || (!m_spooling && !m_waiting.empty()); });
        if (m_spooling || m_waiting.empty()) {
            return; // stopping: what is left is the spooler's
        }
        const SharedBatch batch = m_in_hand = take();
        m_late_at = Clock::now() + m_options.patience;
        lock.unlock();
        commit(*batch);
        lock.lock();
        m_in_hand.reset();
        m_for_replayer.notify_one();
    }
}

void GroupCommit::commit(Batch& batch) {
    std::set<base::CallSid> taken;
    ServerMetrics* const metrics = m_options.metrics;
    bool is_durable = false;
    try {
        const auto began = metrics != nullptr ? metrics->now() : ServerMetrics::Moment{};
        const auto report =
            m_store.ingest(batch.deliveries, [&](const call::Call& call,
                                                 const call::CallFacts& news, base::Time now) {
                if (call::is_taken(call.facts)) {
                    taken.insert(call.sid);
                }
                return m_decide(call, news, now);
            });
        is_durable = true;
        if (metrics != nullptr) {
            metrics->committed(began, batch.deliveries.size(), report);
        }
        if (report.kept > 0) {
            m_logger->error("deliveries_kept count={} hint=\"callctl doctor\"", report.kept);
        }
    } catch (const std::exception& error) {
        m_logger->error("commit_failed deliveries={} error=\"{}\"", batch.deliveries.size(),
                        error.what());
        if (metrics != nullptr) {
            metrics->commit_failed();
        }
    }
    if (!batch.answered.exchange(true)) {
        if (is_durable) {
            std::vector<bool> is_taken;
            for (const call::Delivery& delivery : batch.deliveries) {
                is_taken.push_back(taken.contains(delivery.sid));
            }
            const OwnWork::Span own_work{m_own_work};
            tell(batch, Result::durable, is_taken);
        } else {
            std::unique_lock lock{m_mutex};
            spool_first(batch, lock);
        }
    }
    if (is_durable) {
        const OwnWork::Span own_work{m_own_work};
        told(m_after_commit);
    }
}

void GroupCommit::tell(Batch& batch, Result result, const std::vector<bool>& taken) const {
    for (std::size_t i = 0; i < batch.done.size(); ++i) {
        told([&] { batch.done[i]({result, i < taken.size() && taken[i]}); });
    }
}

// One listener's trouble must not cost the others their answer, nor end the thread.
void GroupCommit::told(const std::function<void()>& listener) const {
    try {
        listener();
    } catch (const std::exception& error) {
        m_logger->error("after_commit_failed error=\"{}\"", error.what());
    }
}

} // namespace callctl::app
