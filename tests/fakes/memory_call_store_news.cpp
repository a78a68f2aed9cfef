// What others than workers write: webhooks, the sweep, operators, and the test itself as the host.
#include "base/exception.hpp"
#include "call/progress.hpp"
#include "fakes/memory_call_store.hpp"
#include "port/claim_turns.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace callctl::fakes {
namespace {

InboxRow* find_inbox(MemoryState& state, const std::string& digest) {
    const auto found =
        std::find_if(state.inbox.begin(), state.inbox.end(),
                     [&](const InboxRow& row) { return row.delivery.digest == digest; });
    return found == state.inbox.end() ? nullptr : &*found;
}

HostRow fresh_host(const base::CallSid& sid, base::Time now) {
    HostRow row;
    row.call_sid = sid.str();
    row.direction = "unknown";
    row.created_at = now;
    return row;
}

} // namespace

bool MemoryCallStore::try_apply(const call::Delivery& delivery, const DecideNews& decide) {
    const auto known = m_state.work.find(delivery.sid);
    HostRow* const existing = m_state.host_of(delivery.sid);
    const bool is_new_row = existing == nullptr && known == m_state.work.end();
    HostRow row = existing == nullptr ? fresh_host(delivery.sid, m_state.now) : *existing;
    if (is_new_row) {
        row.id = m_state.last_host + 1;
    }
    WorkRow work = known == m_state.work.end() ? m_state.adopted(row) : known->second;
    if (known == m_state.work.end()) {
        work.facts.heard_at = m_state.now;
    } else if (m_state.host_of(work) == nullptr && existing != nullptr) {
        m_state.relink(work, *existing);
    }
    call::Call call = m_state.view(work);
    call.statuses = known_statuses(row);
    const call::Change change = decide(call, delivery.news, m_state.now);
    const bool matters = call::matters(call, call::merged(call.facts, change.facts));
    m_state.apply(work, row, change);
    work.news += matters ? 1 : 0;
    if (m_state.refuses && m_state.refuses(row)) {
        return false;
    }
    if (is_new_row) {
        m_state.last_host = row.id;
    }
    if (is_new_row || existing != nullptr) {
        m_state.host.insert_or_assign(row.id, row);
    }
    if (known == m_state.work.end()) {
        m_state.insert(std::move(work));
    } else {
        known->second = std::move(work);
    }
    return true;
}

void MemoryCallStore::count(port::IngestReport& report, const call::Delivery& delivery,
                            const DecideNews& decide) {
    InboxRow* row = find_inbox(m_state, delivery.digest);
    if (row == nullptr) {
        row =
            &m_state.inbox.emplace_back(InboxRow{.delivery = delivery, .received_at = m_state.now});
    }
    ++row->deliveries;
    if (row->applied) {
        ++report.duplicates;
        return;
    }
    const bool locked = m_state.locked.contains(delivery.sid);
    report.locked += locked ? 1U : 0U;
    row->applied = !locked && try_apply(delivery, decide);
    row->error = row->applied ? "" : "the host's table refused the row";
    ++(row->applied ? report.applied : report.kept);
}

port::IngestReport MemoryCallStore::ingest(std::span<const call::Delivery> deliveries,
                                           const DecideNews& decide) {
    const auto lock = entered();
    port::IngestReport report;
    for (const auto& delivery : deliveries) {
        count(report, delivery, decide);
    }
    return report;
}

port::KeptReport MemoryCallStore::apply_kept(const DecideNews& decide, int most) {
    const auto lock = entered();
    std::vector<base::CallSid> touched;
    return {.applied = most > 0 ? replay(decide, touched) : 0};
}

std::size_t MemoryCallStore::replay(const DecideNews& decide, std::vector<base::CallSid>& touched) {
    std::size_t replayed = 0;
    for (auto& row : m_state.inbox) {
        if (!row.applied && try_apply(row.delivery, decide)) {
            row.applied = true;
            row.error.clear();
            touched.push_back(row.delivery.sid);
            ++replayed;
        }
    }
    return replayed;
}

// Half of the limit goes to the newest rows, the other half goes on where the last pass ended, so
// that neither fresh rows nor old ones wait for ever; after a part that came to nothing one of the
// whole table has its turn.
std::vector<std::int64_t> MemoryCallStore::sweep_ids(const port::SweepRequest& request) {
    const auto half = static_cast<std::size_t>(std::max(request.limit, 2)) / 2;
    const base::Time oldest = m_state.now - request.horizon;
    std::vector<std::int64_t> ids;
    for (auto row = m_state.host.rbegin(); row != m_state.host.rend() && ids.size() < half; ++row) {
        ids.push_back(row->first);
    }
    const std::int64_t end = ids.empty() ? 0 : ids.back();
    bool in_horizon = false;
    const auto walk = [&](std::int64_t position, std::int64_t newest) {
        std::size_t looked_at = 0;
        auto row = m_state.host.lower_bound(position != 0 ? std::min(position, newest) : newest);
        while (row != m_state.host.begin()) {
            --row;
            ids.push_back(row->first);
            in_horizon = in_horizon || row->second.created_at.value_or(m_state.now) >= oldest;
            if (++looked_at == half) {
                return row->first;
            }
        }
        return std::int64_t{0};
    };
    if (m_state.sweep_in_vain) {
        m_state.sweep_in_vain = false;
        m_state.whole_sweep_position = walk(m_state.whole_sweep_position, end);
        return ids;
    }
    const std::int64_t rest = walk(m_state.sweep_position, end);
    m_state.sweep_in_vain = !in_horizon && rest != 0;
    m_state.sweep_position = in_horizon ? rest : 0;
    return ids;
}

void MemoryCallStore::show_opened(HostRow& row, const WorkRow& work, call::Stage done) {
    const call::StageStatuses before = known_statuses(row);
    call::Call opened{
        .sid = work.sid, .statuses = before, .stage = work.stage, .reason = work.reason};
    call::open_skipped(opened, done);
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (opened.statuses[i] != before[i]) {
            row.statuses[i] = std::string{call::to_string(*opened.statuses[i])};
        }
    }
}

void MemoryCallStore::visit(HostRow& row, const port::SweepRequest& request,
                            const std::vector<base::CallSid>& touched, port::SweepReport& report) {
    const auto sid = base::CallSid::parse(row.call_sid.value_or(""));
    const bool recent = row.created_at.value_or(m_state.now) >= m_state.now - request.horizon;
    if (!sid || !recent || m_state.host_of(*sid) != &row ||
        std::find(touched.begin(), touched.end(), *sid) != touched.end()) {
        return;
    }
    const auto known = m_state.work.find(*sid);
    if (known == m_state.work.end()) {
        HostRow inferred = row;
        WorkRow work = m_state.adopted(inferred);
        if (!work.due_at && inferred.statuses == row.statuses) {
            return;
        }
        inferred.updated_at = m_state.now;
        if (!take_host(row, inferred, report)) {
            return;
        }
        m_state.insert(std::move(work));
        ++report.adopted;
        return;
    }
    WorkRow& work = known->second;
    if (work.due_at || m_state.is_held(work)) {
        return;
    }
    call::Call heeded = m_state.view(work);
    heeded.statuses = known_statuses(row);
    switch (call::heed_statuses(heeded, m_state.now)) {
    case call::Heeded::nothing:
        return;
    case call::Heeded::given_up:
        m_state.relink(work, row);
        work.stage = heeded.stage;
        work.reason = heeded.reason;
        work.detail = heeded.detail;
        return;
    case call::Heeded::begun_again:
        break;
    }
    HostRow cleared = row;
    m_state.relink(work, row);
    show_opened(cleared, work, heeded.stage);
    cleared.last_error.clear();
    cleared.retry_count = 0;
    cleared.updated_at = m_state.now;
    if (!take_host(row, cleared, report)) {
        return;
    }
    work.stage = heeded.stage;
    work.reason.reset();
    work.detail.clear();
    work.attempts = 0;
    work.crashes = 0;
    work.due_at = m_state.now;
    work.lease_owner.clear();
    work.lease_until.reset();
    ++work.news;
    call::forget_verdicts(work.facts, work.stage);
    ++report.reset;
}

bool MemoryCallStore::take_host(HostRow& row, const HostRow& changed, port::SweepReport& report) {
    if (m_state.refuses && m_state.refuses(changed)) {
        ++report.refused;
        report.refusal = "the host's table refused the row";
        return false;
    }
    row = changed;
    return true;
}

port::SweepReport MemoryCallStore::swept(const port::SweepRequest& request,
                                         const DecideNews& decide) {
    port::SweepReport report;
    std::vector<base::CallSid> touched;
    for (const auto& [sid, work] : m_state.work) {
        const bool ran_out = work.due_at && !work.lease_owner.empty() && !m_state.is_held(work);
        report.expired_leases += ran_out ? 1U : 0U;
    }
    report.replayed = replay(decide, touched);
    for (const std::int64_t id : sweep_ids(request)) {
        visit(m_state.host.at(id), request, touched, report);
    }
    for (auto& [sid, work] : m_state.work) {
        const bool gave_up = !work.due_at && call::end_of(work.reason) == call::Status::failed;
        if (!gave_up || m_state.is_held(work)) {
            continue;
        }
        const HostRow* const row = m_state.host_of(work);
        if (row == nullptr) {
            m_state.retire(work);
        } else if (!call::first_undone(known_statuses(*row))) {
            work.stage = call::Stage::summary;
            work.reason.reset();
            work.detail.clear();
        }
    }
    m_state.swept_at = m_state.now;
    return report;
}

port::SweepReport MemoryCallStore::sweep(const port::SweepRequest& request,
                                         const DecideNews& decide) {
    const auto lock = entered();
    return swept(request, decide);
}

std::vector<call::Call> MemoryCallStore::due_calls(port::ClaimRequest request,
                                                   port::ClaimOrder order) {
    const auto limit = static_cast<std::size_t>(std::max(request.limit, 0));
    request.limit = std::numeric_limits<int>::max();
    request.order = order;
    std::vector<call::Call> calls;
    for (const WorkRow* const work : due_rows(request)) {
        if (m_state.host_of(*work) != nullptr && calls.size() < limit) {
            calls.push_back(m_state.view(*work));
        }
    }
    return calls;
}

port::Rehearsal MemoryCallStore::rehearse(const port::RehearsalRequest& request,
                                          const DecideNews& decide) {
    const auto lock = entered();
    MemoryState before = m_state;
    port::IngestReport ingested;
    for (const call::Delivery& delivery : request.news) {
        count(ingested, delivery, decide);
    }
    port::Rehearsal rehearsal{.sweep = swept(request.sweep, decide)};
    rehearsal.due = port::taken_in_turns(due_calls(request.claim, port::ClaimOrder::most_overdue),
                                         due_calls(request.claim, port::ClaimOrder::newest));
    m_state = std::move(before);
    return rehearsal;
}

std::vector<port::ReopenedCall> MemoryCallStore::reopen(std::span<const port::NamedCall> calls,
                                                        const port::ReopenRequest& request) {
    const auto lock = entered();
    std::vector<port::ReopenedCall> results;
    for (const port::NamedCall& named : calls) {
        const auto call = m_state.shown(named.sid);
        if (!call) {
            results.push_back({port::Reopened::unknown_call});
            continue;
        }
        const auto known = m_state.work.find(named.sid);
        const bool held = known != m_state.work.end() && m_state.is_held(known->second);
        const bool row_deleted = m_state.host_of(named.sid) == nullptr;
        auto what = row_deleted ? port::Reopened::row_deleted
                                : call::judged(*call, held, request.reopening, named.seen);
        std::string refusal;
        if (what == port::Reopened::done && !request.dry_run && !set_back(*call, request)) {
            what = port::Reopened::refused;
            refusal = "the host's table refused the row";
        }
        results.push_back({what, call, refusal});
    }
    return results;
}

bool MemoryCallStore::set_back(const call::Call& call, const port::ReopenRequest& request) {
    const HostRow* const shown = m_state.host_of(call.sid);
    if (shown != nullptr && m_state.refuses && m_state.refuses(*shown)) {
        return false;
    }
    m_state.reopen(*m_state.by_name(call.sid), request.reopening.stage);
    return true;
}

void MemoryState::reopen(WorkRow& row, call::Stage stage) {
    close_open_attempts(row.id, "an operator took the call back");
    row.stage = stage;
    row.reason.reset();
    row.detail.clear();
    row.attempts = 0;
    row.crashes = 0;
    row.due_at = now;
    row.lease_owner.clear();
    row.lease_until.reset();
    ++row.lease_token;
    ++row.news;
    call::forget_verdicts(row.facts, stage);
    for (const call::Stage done : call::done_from(stage, view(row).statuses)) {
        drop_pieces(row.id, done);
    }
    if (HostRow* const shown = host_of(row)) {
        for (std::size_t i = static_cast<std::size_t>(stage); i < shown->statuses.size(); ++i) {
            shown->statuses[i] = "pending";
        }
        shown->last_error.clear();
        shown->retry_count = 0;
        shown->updated_at = now;
    }
}

void MemoryCallStore::set_now(base::Time now) {
    const std::scoped_lock lock{m_mutex};
    m_state.now = now;
}

void MemoryCallStore::advance(std::chrono::microseconds duration) {
    const std::scoped_lock lock{m_mutex};
    m_state.now += duration;
}

void MemoryCallStore::set_available(bool available) {
    const std::scoped_lock lock{m_mutex};
    m_available = available;
}

std::int64_t MemoryCallStore::insert_host(HostRow row) {
    const std::scoped_lock lock{m_mutex};
    if (row.id == 0) {
        row.id = m_state.last_host + 1;
    }
    m_state.last_host = std::max(m_state.last_host, row.id);
    const std::int64_t id = row.id;
    m_state.host.insert_or_assign(id, std::move(row));
    return id;
}

void MemoryCallStore::change_host(const base::CallSid& sid,
                                  const std::function<void(HostRow&)>& change) {
    const std::scoped_lock lock{m_mutex};
    HostRow* const row = m_state.host_of(sid);
    if (row == nullptr) {
        throw base::BugError{"the host has no row " + sid.str()};
    }
    change(*row);
}

void MemoryCallStore::delete_host(const base::CallSid& sid) {
    const std::scoped_lock lock{m_mutex};
    if (const HostRow* const row = m_state.host_of(sid)) {
        m_state.host.erase(row->id);
    }
}

std::optional<HostRow> MemoryCallStore::host(const base::CallSid& sid) {
    const std::scoped_lock lock{m_mutex};
    const HostRow* const row = m_state.host_of(sid);
    return row == nullptr ? std::nullopt : std::optional{*row};
}

std::vector<HostRow> MemoryCallStore::hosts(const base::CallSid& sid) {
    const std::scoped_lock lock{m_mutex};
    std::vector<HostRow> rows;
    for (const auto& [id, row] : m_state.host) {
        if (row.call_sid == sid.str()) {
            rows.push_back(row);
        }
    }
    return rows;
}

void MemoryCallStore::lock(const base::CallSid& sid) {
    const auto lock = entered();
    m_state.locked.insert(sid);
}

void MemoryCallStore::unlock_all() {
    const auto lock = entered();
    m_state.locked.clear();
}

void MemoryCallStore::refuse(std::function<bool(const HostRow&)> refuses) {
    const std::scoped_lock lock{m_mutex};
    m_state.refuses = std::move(refuses);
}

} // namespace callctl::fakes
