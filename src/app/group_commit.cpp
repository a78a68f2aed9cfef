#include "app/group_commit.hpp"

#include "app/deliveries.hpp"
#include "call/progress.hpp"
#include "twilio/webhook.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <iterator>
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
      m_logger{std::move(logger)}, m_options{options}, m_spool{spool},
      m_committers(m_options.committers) {
    if (m_spool != nullptr) {
        m_replay.emplace(m_store, *m_spool, m_decide);
        m_spooling = m_spool->depth().records > 0; // what waits is older than what will come
        if (!m_spooling) {
            m_replay->step(); // says what is wrong with files that hold no record, and ends them
        }
        m_spooler = std::thread{[this] { run_spool(); }};
        m_replayer = std::thread{[this] { run_replay(); }};
    }
    for (Committer& committer : m_committers) {
        committer.thread = std::thread{[this, &committer] { run_commits(committer); }};
    }
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
    for (Committer& committer : m_committers) {
        committer.thread.join();
    }
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
            if (m_spooling) {
                m_for_spooler.notify_one();
            } else if (is_worth_a_commit()) {
                m_for_committer.notify_one();
            }
            return;
        }
    }
    done({});
}

OwnWork::Clock::duration GroupCommit::own_work() const {
    OwnWork::Clock::duration longest{};
    for (const Committer& committer : m_committers) {
        longest = std::max(longest, committer.own_work.lasts());
    }
    return longest;
}

// Of batches that nothing of their calls may overtake: neither committed nor in the spool yet.
// Under the lock.
std::set<std::string_view> GroupCommit::calls_in_hand() const {
    std::set<std::string_view> calls;
    for (const Committer& committer : m_committers) {
        if (committer.in_hand && !committer.in_hand->is_spooled) {
            for (const call::Delivery& delivery : committer.in_hand->deliveries) {
                calls.insert(delivery.sid.str());
            }
        }
    }
    return calls;
}

// What waits, less deliveries of calls that somebody has in hand: those stay, in their order. Under
// the lock.
GroupCommit::SharedBatch GroupCommit::take() {
    auto batch = std::make_shared<Batch>();
    const auto in_hand = calls_in_hand();
    auto kept = m_waiting.begin();
    auto next = m_waiting.begin();
    for (; next != m_waiting.end() && batch->done.size() < m_options.batch; ++next) {
        if (!in_hand.contains(next->delivery.sid.str())) {
            batch->deliveries.push_back(std::move(next->delivery));
            batch->done.push_back(std::move(next->done));
        } else if (kept++ != next) {
            *std::prev(kept) = std::move(*next);
        }
    }
    m_waiting.erase(kept, next);
    return batch;
}

// The smaller the batches, the dearer a delivery: for few of them a second commit does not begin
// beside the first. Under the lock.
bool GroupCommit::is_worth_a_commit() const {
    return !m_spooling && !m_waiting.empty() &&
           (m_waiting.size() >= m_options.crowd || !is_any_in_hand());
}

// The batch forms by itself: what arrives during one commit is the next one.
void GroupCommit::run_commits(Committer& committer) {
    std::unique_lock lock{m_mutex};
    while (true) {
        m_for_committer.wait(lock, [this] { return m_stopping || is_worth_a_commit(); });
        if (m_spooling || m_waiting.empty()) {
            return; // stopping: what is left is the spooler's
        }
        const SharedBatch batch = take();
        if (batch->done.empty()) {
            m_for_committer.wait(lock); // until another one has finished, or more has come
            continue;
        }
        committer.in_hand = batch;
        committer.late_at = Clock::now() + m_options.patience;
        lock.unlock();
        commit(committer, *batch);
        lock.lock();
        committer.in_hand.reset();
        m_for_replayer.notify_one();
        m_for_committer.notify_all();
    }
}

void GroupCommit::commit(Committer& committer, Batch& batch) {
    Taken taken;
    ServerMetrics* const metrics = m_options.metrics;
    bool is_durable = false;
    try {
        const auto began = metrics != nullptr ? metrics->now() : ServerMetrics::Moment{};
        const auto report =
            m_store.ingest(batch.deliveries, [&](const call::Call& call,
                                                 const call::CallFacts& news, base::Time now) {
                taken[call.sid] = call::is_taken(call.facts);
                return m_decide(call, news, now);
            });
        is_durable = true;
        if (metrics != nullptr) {
            metrics->committed(began, batch.deliveries.size(), report);
        }
        look_up_undecided(batch.deliveries, taken);
        if (report.kept > report.locked) {
            m_logger->error("deliveries_kept count={} hint=\"callctl doctor\"",
                            report.kept - report.locked);
        }
        note_locked(report.locked);
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
                is_taken.push_back(taken[delivery.sid]);
            }
            const OwnWork::Span own_work{committer.own_work};
            tell(batch, Result::durable, is_taken);
        } else {
            std::unique_lock lock{m_mutex};
            spool_first(batch, lock);
        }
    }
    if (is_durable) {
        const OwnWork::Span own_work{committer.own_work};
        told(m_after_commit);
    }
}

// They are tried again by the replayer.
void GroupCommit::note_locked(std::size_t deliveries) {
    if (deliveries > 0) {
        m_logger->info("deliveries_wait count={} for=\"rows that somebody has locked\"",
                       deliveries);
        const std::scoped_lock lock{m_mutex};
        m_rows_locked = true;
    }
}

// Of what was durable before, or is kept for later, nothing was decided: the call as it is now says
// whether somebody records it. Only TwiML depends on it.
void GroupCommit::look_up_undecided(const std::vector<call::Delivery>& deliveries, Taken& taken) {
    std::vector<base::CallSid> undecided;
    for (const call::Delivery& delivery : deliveries) {
        const auto route = twilio::parse_route(delivery.route);
        if (route && is_voice(*route) && taken.try_emplace(delivery.sid, false).second) {
            undecided.push_back(delivery.sid);
        }
    }
    if (undecided.empty()) {
        return;
    }
    try {
        for (const call::Call& call : m_store.find_all(undecided)) {
            taken[call.sid] = call::is_taken(call.facts);
        }
    } catch (const std::exception& error) {
        m_logger->error("calls_unread count={} error=\"{}\"", undecided.size(), error.what());
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
