// What reading commands are told.
#include "call/progress.hpp"
#include "fakes/memory_call_store.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace callctl::fakes {
namespace {

std::string digits(const std::string& text) {
    std::string found;
    std::copy_if(text.begin(), text.end(), std::back_inserter(found),
                 [](char c) { return c >= '0' && c <= '9'; });
    return found;
}

call::Status shown_status(const call::Call& call) {
    return call.status(call.stage).value_or(call::Status::pending);
}

bool is_phone_of(const call::Call& call, const std::string& phone) {
    const std::string wanted = digits(phone);
    return !wanted.empty() &&
           (digits(call.facts.from) == wanted || digits(call.facts.to) == wanted);
}

void count_status(std::vector<port::CountRow>& rows, call::Stage stage, call::Status status) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const port::CountRow& row) {
        return row.stage == stage && row.status == status;
    });
    if (found == rows.end()) {
        rows.push_back({stage, status, 1});
    } else {
        ++found->calls;
    }
}

void count_reason(std::vector<port::ReasonCount>& rows, call::Stage stage, call::Reason reason,
                  bool gave_up) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const port::ReasonCount& row) {
        return row.stage == stage && row.reason == reason && row.gave_up == gave_up;
    });
    if (found == rows.end()) {
        rows.push_back({stage, reason, 1, gave_up});
    } else {
        ++found->calls;
    }
}

bool gave_up(const WorkRow& work) {
    return !work.due_at && work.reason &&
           call::class_of(*work.reason) != call::ReasonClass::nothing;
}

void earliest(std::optional<base::Time>& best, base::Time time) {
    best = best ? std::min(*best, time) : time;
}

/// Overdue and due calls by their time, then calls at rest, the newest first.
bool more_urgent(const WorkRow* left, const WorkRow* right) {
    if (left->due_at.has_value() != right->due_at.has_value()) {
        return left->due_at.has_value();
    }
    if (left->due_at) {
        return std::pair{left->due_at, left->id} < std::pair{right->due_at, right->id};
    }
    if (gave_up(*left) != gave_up(*right)) {
        return gave_up(*left);
    }
    return std::pair{left->created_at, left->id} > std::pair{right->created_at, right->id};
}

template <class Row>
void cut(std::vector<Row>& rows, int limit) {
    rows.erase(rows.begin() + std::min(static_cast<std::ptrdiff_t>(rows.size()),
                                       static_cast<std::ptrdiff_t>(std::max(limit, 0))),
               rows.end());
}

} // namespace

call::Call MemoryCallStore::reported(const WorkRow& work) {
    call::Call call = m_state.view(work);
    if (!call.due_at && m_state.host_of(work) == nullptr) {
        call.statuses.at(static_cast<std::size_t>(call.stage)) = call::end_of(call.reason);
    }
    return call;
}

bool MemoryCallStore::matches(const WorkRow& work, const port::CallFilter& filter) {
    const call::Call call = reported(work);
    return (!filter.stage || call.stage == *filter.stage) &&
           (!filter.status || shown_status(call) == *filter.status) &&
           (!filter.reason || call.reason == filter.reason) &&
           (!filter.since || call.created_at >= m_state.now - *filter.since) &&
           (filter.phone.empty() || is_phone_of(call, filter.phone));
}

std::vector<base::CallSid> MemoryCallStore::list(const port::CallFilter& filter) {
    const auto lock = entered();
    std::vector<const WorkRow*> rows;
    for (const auto& [sid, work] : m_state.work) {
        if (matches(work, filter)) {
            rows.push_back(&work);
        }
    }
    std::sort(rows.begin(), rows.end(), [](const WorkRow* left, const WorkRow* right) {
        return std::pair{left->created_at, left->id} < std::pair{right->created_at, right->id};
    });
    if (filter.order == port::ListOrder::newest_first) {
        std::reverse(rows.begin(), rows.end());
    }
    cut(rows, filter.limit);
    std::vector<base::CallSid> sids;
    for (const WorkRow* const row : rows) {
        sids.push_back(row->sid);
    }
    return sids;
}

bool MemoryCallStore::is_chosen(const WorkRow& work, const port::CallChoice& choice) {
    const call::Call call = m_state.view(work);
    const auto status = call.status(choice.stage).value_or(call::Status::pending);
    const bool tried_since =
        choice.untried_since &&
        std::any_of(m_state.attempts.begin(), m_state.attempts.end(), [&](const AttemptRow& row) {
            return row.call == call.id && row.line.stage >= choice.stage &&
                   row.line.started_at >= *choice.untried_since;
        });
    return call.stage >= choice.stage && (!choice.status || status == *choice.status) &&
           (!choice.reason || (call.reason == choice.reason && call.stage == choice.stage)) &&
           (!choice.since || call.created_at >= m_state.now - *choice.since) &&
           (!choice.until || call.created_at < m_state.now - *choice.until) &&
           (choice.phone.empty() || is_phone_of(call, choice.phone)) && !tried_since;
}

port::Choice MemoryCallStore::choose(const port::CallChoice& choice) {
    const auto lock = entered();
    std::vector<const WorkRow*> rows;
    for (const auto& [sid, work] : m_state.work) {
        if (is_chosen(work, choice)) {
            rows.push_back(&work);
        }
    }
    std::sort(rows.begin(), rows.end(), [](const WorkRow* left, const WorkRow* right) {
        return std::pair{left->created_at, left->id} < std::pair{right->created_at, right->id};
    });
    port::Choice chosen{.at = m_state.now,
                        .more = rows.size() > static_cast<std::size_t>(choice.limit)};
    cut(rows, choice.limit);
    for (const WorkRow* const row : rows) {
        const call::Call call = m_state.view(*row);
        chosen.calls.push_back({row->sid, call::SeenStage{call.status(choice.stage), call.news}});
    }
    return chosen;
}

std::optional<base::Time> MemoryCallStore::next_due(const port::ClaimRequest& request) {
    const auto lock = entered();
    std::optional<base::Time> next;
    const auto room = m_state.room(request.places);
    for (const auto& [sid, work] : m_state.work) {
        const bool wanted = (!request.stage || work.stage == *request.stage) &&
                            (!request.since || work.created_at >= m_state.now - *request.since);
        if (!work.due_at || !wanted) {
            continue;
        }
        base::Time at = *work.due_at;
        if (m_state.is_held(work)) {
            at = std::max(at, *work.lease_until);
        }
        at = std::max(at, m_state.closed_until(work.stage).value_or(at));
        if (room.at(static_cast<std::size_t>(work.stage)).value_or(1) <= 0) {
            at = std::max(at, m_state.now + std::chrono::seconds{1});
        }
        earliest(next, at);
    }
    return next;
}

void MemoryCallStore::count_row(const WorkRow& work, port::Overview& overview) {
    const call::Call call = reported(work);
    const call::Status status = shown_status(call);
    count_status(overview.counts, call.stage, status);
    if (call.reason && status != call::Status::completed) {
        count_reason(overview.reasons, call.stage, *call.reason, !call.due_at);
    }
    if (!call.due_at) {
        return;
    }
    if (m_state.is_held(work)) {
        ++overview.leased;
    } else if (*call.due_at <= m_state.now) {
        ++overview.due_now;
        overview.stuck += *call.due_at <= m_state.now - port::k_stuck_after ? 1 : 0;
        earliest(overview.oldest_due, *call.due_at);
    } else {
        earliest(overview.next_due, *call.due_at);
    }
}

port::Overview MemoryCallStore::overview(const port::CallFilter& filter) {
    const auto lock = entered();
    const auto window = filter.since.value_or(port::k_report_window);
    port::Overview overview{.now = m_state.now, .window = window, .swept_at = m_state.swept_at};
    std::vector<WorkRow*> shown;
    for (auto& [sid, work] : m_state.work) {
        if (!work.due_at && !gave_up(work) && work.created_at < m_state.now - window) {
            continue;
        }
        count_row(work, overview);
        if (matches(work, filter)) {
            shown.push_back(&work);
        }
    }
    std::sort(overview.counts.begin(), overview.counts.end(), [](const auto& a, const auto& b) {
        return std::tie(a.stage, a.status) < std::tie(b.stage, b.status);
    });
    std::sort(overview.reasons.begin(), overview.reasons.end(), [](const auto& a, const auto& b) {
        return std::tie(a.stage, a.reason, a.gave_up) < std::tie(b.stage, b.reason, b.gave_up);
    });
    std::sort(shown.begin(), shown.end(), more_urgent);
    cut(shown, filter.limit);
    for (const WorkRow* const work : shown) {
        call::Call call = reported(*work);
        call.transcript.clear();
        call.live_transcript.clear();
        call.summary.clear();
        overview.calls.push_back(
            {std::move(call), m_state.is_held(*work) ? work->lease_owner : ""});
    }
    const auto kept = std::ranges::find(m_state.inbox, false, &InboxRow::applied);
    overview.inbox_error = kept == m_state.inbox.end() ? "" : kept->error;
    overview.inbox_unapplied = std::count_if(m_state.inbox.begin(), m_state.inbox.end(),
                                             [](const InboxRow& row) { return !row.applied; });
    for (const auto& state : m_state.providers) {
        overview.providers.push_back(m_state.line_of(state));
    }
    return overview;
}

std::optional<port::CallStory> MemoryCallStore::story(const base::CallSid& sid) {
    const auto lock = entered();
    const auto call = m_state.shown(sid);
    if (!call) {
        return std::nullopt;
    }
    port::CallStory story{.now = m_state.now, .call = *call};
    if (const HostRow* const row = m_state.host_of(sid)) {
        story.words = row->statuses;
    }
    if (const auto found = m_state.work.find(sid); found != m_state.work.end()) {
        const WorkRow& work = found->second;
        story.call = reported(work);
        story.row_deleted = m_state.host_of(work) == nullptr;
        if (m_state.is_held(work)) {
            story.worker = work.lease_owner;
            story.lease_until = work.lease_until;
        }
    }
    story.deliveries = m_state.deliveries_of(sid);
    for (const auto& row : m_state.attempts) {
        if (row.call == call->id) {
            story.attempts.push_back(row.line);
        }
    }
    for (const auto& row : m_state.artefacts) {
        if (row.call == call->id) {
            story.artefacts.push_back(row.line);
        }
    }
    for (const auto& state : m_state.providers) {
        story.providers.push_back(m_state.line_of(state));
    }
    return story;
}

std::vector<port::DeliveryLine> MemoryCallStore::deliveries(const base::CallSid& sid) {
    const auto lock = entered();
    return m_state.deliveries_of(sid);
}

std::vector<call::Artefact> MemoryCallStore::artefacts(const base::CallSid& sid) {
    const std::scoped_lock lock{m_mutex};
    std::vector<call::Artefact> found;
    const auto work = m_state.work.find(sid);
    for (const auto& row : m_state.artefacts) {
        if (work != m_state.work.end() && row.call == work->second.id) {
            found.push_back(row.artefact);
        }
    }
    return found;
}

std::vector<call::Call> MemoryCallStore::all() {
    const std::scoped_lock lock{m_mutex};
    std::vector<call::Call> calls;
    for (const auto& [sid, work] : m_state.work) {
        calls.push_back(m_state.view(work));
    }
    return calls;
}

} // namespace callctl::fakes
