// What monitoring is told.
#include "fakes/memory_call_store.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace callctl::fakes {
namespace {

using call::Stage;
using call::Status;

bool is_unrecorded(const WorkRow& work) {
    return !work.due_at &&
           (work.reason == call::Reason::not_recorded || work.reason == call::Reason::absent);
}

void add_head_loss(const WorkRow& work, port::Figures& figures) {
    const auto add = [&figures](port::HeadLoss loss) {
        ++figures.head_losses.at(static_cast<std::size_t>(loss));
    };
    const auto loss = call::head_loss(work.facts);
    if (is_unrecorded(work)) {
        add(port::HeadLoss::unrecorded);
    } else if (loss) {
        add(port::head_loss_of(*loss));
    }
    if (loss) {
        figures.largest_head_loss = std::max(figures.largest_head_loss.value_or(*loss), *loss);
    }
}

/// Nothing: at rest for longer than figures look back.
std::optional<Status> status_of(const WorkRow& work, bool held, bool recent) {
    if (work.due_at) {
        return held ? Status::processing : Status::pending;
    }
    const bool nothing_to_do =
        !work.reason || call::class_of(*work.reason) == call::ReasonClass::nothing;
    if (!nothing_to_do) {
        return Status::failed;
    }
    if (!recent) {
        return std::nullopt;
    }
    return work.reason ? Status::skipped : Status::completed;
}

std::vector<port::AttemptCount> counted(const std::vector<AttemptRow>& rows, base::Time from) {
    std::map<std::tuple<Stage, bool, std::optional<call::Reason>>, port::AttemptCount> counts;
    for (const AttemptRow& row : rows) {
        if (row.line.started_at < from) {
            continue;
        }
        const bool open = !row.line.finished_at;
        auto& count = counts[{row.line.stage, open, row.line.end.reason}];
        count.stage = row.line.stage;
        count.reason = row.line.end.reason;
        count.open = open;
        ++count.attempts;
        count.requests += row.line.end.requests;
        count.audio_ms += row.line.end.audio_ms;
        count.cost_micros += row.line.end.cost_micros;
    }
    std::vector<port::AttemptCount> list;
    for (const auto& [key, count] : counts) {
        list.push_back(count);
    }
    return list;
}

} // namespace

port::Figures MemoryCallStore::figures() {
    const auto lock = entered();
    port::Figures figures{
        .now = m_state.now, .swept_at = m_state.swept_at, .listed_until = m_state.listed_until};
    std::map<std::pair<Stage, Status>, std::int64_t> counts;
    std::map<std::pair<Stage, call::Reason>, std::int64_t> given_up;
    for (const auto& [sid, work] : m_state.work) {
        const bool held = work.due_at && m_state.is_held(work);
        const bool recent = work.created_at >= m_state.now - port::k_calls_window;
        if (const auto status = status_of(work, held, recent)) {
            ++counts[{work.stage, *status}];
            given_up[{work.stage, work.reason.value_or(call::Reason{})}] +=
                *status == Status::failed ? 1 : 0;
        }
        figures.leased += held ? 1 : 0;
        if (work.due_at && !held && *work.due_at <= m_state.now) {
            ++figures.due_now;
            figures.stuck += *work.due_at <= m_state.now - port::k_stuck_after ? 1 : 0;
            figures.oldest_due = std::min(figures.oldest_due.value_or(*work.due_at), *work.due_at);
        }
        if (recent) {
            add_head_loss(work, figures);
        }
    }
    for (const auto& [key, calls] : counts) {
        figures.counts.push_back({key.first, key.second, calls});
    }
    std::erase_if(given_up, [](const auto& entry) { return entry.second == 0; });
    for (const auto& [key, calls] : given_up) {
        figures.given_up.push_back({key.first, key.second, calls, /*gave_up=*/true});
    }
    figures.inbox_unapplied = std::count_if(m_state.inbox.begin(), m_state.inbox.end(),
                                            [](const InboxRow& row) { return !row.applied; });
    figures.attempts = counted(m_state.attempts, m_state.now - port::k_attempts_window);
    for (const auto& state : m_state.providers) {
        figures.providers.push_back(m_state.line_of(state));
    }
    return figures;
}

} // namespace callctl::fakes
