#include "app/group_commit.hpp"

#include "call/progress.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <iterator>
#include <set>
#include <utility>

namespace callctl::app {

GroupCommit::GroupCommit(port::CallStore& store, port::CallStore::DecideNews decide,
                         std::function<void()> after_commit, std::shared_ptr<spdlog::logger> logger,
                         Options options)
    : m_store{store}, m_decide{std::move(decide)}, m_after_commit{std::move(after_commit)},
      m_logger{std::move(logger)}, m_options{options}, m_thread{[this] { run(); }} {}

GroupCommit::~GroupCommit() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_condition.notify_all();
    m_thread.join();
}

void GroupCommit::submit(call::Delivery delivery, Done done) {
    {
        const std::scoped_lock lock{m_mutex};
        if (!m_stopping && m_waiting.size() < m_options.queue) {
            m_waiting.push_back({std::move(delivery), std::move(done)});
            m_condition.notify_all();
            return;
        }
    }
    done({});
}

// The batch forms by itself: what arrives during one commit is the next one.
void GroupCommit::run() {
    while (true) {
        std::vector<Entry> batch;
        {
            std::unique_lock lock{m_mutex};
            m_condition.wait(lock, [this] { return m_stopping || !m_waiting.empty(); });
            if (m_waiting.empty()) {
                return;
            }
            const auto count = std::min(m_waiting.size(), m_options.batch);
            const auto end = m_waiting.begin() + static_cast<std::ptrdiff_t>(count);
            batch.assign(std::make_move_iterator(m_waiting.begin()), std::make_move_iterator(end));
            m_waiting.erase(m_waiting.begin(), end);
        }
        commit(std::move(batch));
    }
}

void GroupCommit::commit(std::vector<Entry> batch) {
    std::vector<call::Delivery> deliveries;
    deliveries.reserve(batch.size());
    for (Entry& entry : batch) {
        deliveries.push_back(std::move(entry.delivery));
    }
    Result result = Result::failed;
    std::set<base::CallSid> taken;
    try {
        const auto report = m_store.ingest(
            deliveries, [&](const call::Call& call, const call::CallFacts& news, base::Time now) {
                if (call::is_taken(call.facts)) {
                    taken.insert(call.sid);
                }
                return m_decide(call, news, now);
            });
        result = Result::durable;
        if (report.kept > 0) {
            m_logger->error("deliveries_kept count={} hint=\"callctl doctor\"", report.kept);
        }
    } catch (const std::exception& error) {
        m_logger->error("commit_failed deliveries={} error=\"{}\"", batch.size(), error.what());
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        told([&] { batch[i].done({result, taken.contains(deliveries[i].sid)}); });
    }
    if (result == Result::durable) {
        told(m_after_commit);
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
