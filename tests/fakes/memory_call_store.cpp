#include "fakes/memory_call_store.hpp"

#include "base/exception.hpp"
#include "call/progress.hpp"

#include <algorithm>
#include <utility>

namespace callctl::fakes {
namespace {

call::Change parked(const call::Change& change) {
    call::Change parked = change;
    parked.stage = call::refused_stage(change);
    parked.statuses = {};
    parked.statuses[static_cast<std::size_t>(parked.stage)] = call::Status::failed;
    parked.reason = call::Reason::rejected;
    parked.detail = "the host's table refused the row";
    parked.due_at = std::nullopt;
    return parked;
}

/// The end of an attempt that could not even be shown as begun.
call::Change refused_beginning(const call::Call& call, call::Stage stage) {
    call::Change change{
        .stage = stage, .attempts = call.attempts, .crashes = call.crashes, .seen_news = call.news};
    change.attempt = call::AttemptEnd{.reason = call::Reason::rejected, .burnt = false};
    return parked(change);
}

void set_texts(HostRow& row, const std::vector<call::Artefact>& artefacts) {
    for (const auto& artefact : artefacts) {
        if (!artefact.text.empty()) {
            (artefact.stage == call::Stage::summary ? row.summary : row.final_transcript) =
                artefact.text;
        }
    }
}

void keep_artefacts(MemoryState& state, base::CallId id, const call::Change& change) {
    for (const auto& artefact : change.artefacts) {
        const auto version =
            1 + std::count_if(state.artefacts.begin(), state.artefacts.end(),
                              [&](const ArtefactRow& row) {
                                  return row.call == id && row.artefact.stage == artefact.stage;
                              });
        const auto status = change.statuses[static_cast<std::size_t>(artefact.stage)];
        if (status && call::is_done(*status)) {
            state.drop_pieces(id, artefact.stage);
        }
        state.artefacts.push_back({id, artefact,
                                   port::ArtefactLine{.stage = artefact.stage,
                                                      .version = static_cast<int>(version),
                                                      .created_at = state.now,
                                                      .model = artefact.model,
                                                      .language = artefact.language,
                                                      .characters = characters(artefact.text)}});
    }
}

AttemptRow& open_attempt(MemoryState& state, const WorkRow& work, call::Stage stage) {
    const auto number =
        1 + std::count_if(state.attempts.begin(), state.attempts.end(),
                          [&](const AttemptRow& row) { return row.call == work.id; });
    return state.attempts.emplace_back(AttemptRow{work.id, work.lease_token,
                                                  port::AttemptLine{.number = number,
                                                                    .stage = stage,
                                                                    .worker = work.lease_owner,
                                                                    .started_at = state.now}});
}

void end_attempt(MemoryState& state, const WorkRow& work, const call::Change& change) {
    const auto open =
        std::find_if(state.attempts.begin(), state.attempts.end(), [&](const AttemptRow& row) {
            return row.call == work.id && row.token == work.lease_token && !row.line.finished_at;
        });
    AttemptRow& row =
        open == state.attempts.end() ? open_attempt(state, work, change.stage) : *open;
    row.line.finished_at = state.now;
    row.line.end = *change.attempt;
}

std::optional<call::Stage> open_stage_of(const WorkRow& work, const HostRow& row) {
    call::Call call{.sid = work.sid, .facts = work.facts};
    call.statuses = known_statuses(row);
    return call::open_stage(call);
}

bool has_ended(const HostRow& row, call::Stage stage) {
    const auto& word = row.statuses[static_cast<std::size_t>(stage)];
    return stage != call::Stage::recording && (word == "completed" || word == "skipped");
}

bool is_of_another_clock(const port::ProviderState& state, base::Time now) {
    return state.changed_at > now + std::chrono::minutes{1};
}

} // namespace

MemoryCallStore::MemoryCallStore(std::string account_sid) {
    m_state.now = base::Time{std::chrono::seconds{1'767'225'600}}; // 2026-01-01T00:00:00Z
    m_state.account_sid = std::move(account_sid);
    for (const auto provider : call::k_providers) {
        m_state.providers[static_cast<std::size_t>(provider)].provider = provider;
    }
}

std::unique_lock<std::mutex> MemoryCallStore::entered() {
    std::unique_lock lock{m_mutex};
    if (!m_available) {
        throw base::StoreError{"the database cannot be reached"};
    }
    return lock;
}

base::Time MemoryCallStore::now() {
    const auto lock = entered();
    return m_state.now;
}

std::vector<WorkRow*> MemoryCallStore::due_rows(const port::ClaimRequest& request) {
    std::vector<WorkRow*> rows;
    for (auto& [sid, row] : m_state.work) {
        const bool is_free =
            row.lease_owner.empty() || (request.take_over && !m_state.is_held(row));
        const bool due = row.due_at && *row.due_at <= m_state.now && is_free;
        const bool wanted = (!request.stage || row.stage == *request.stage) &&
                            (!request.since || row.created_at >= m_state.now - *request.since) &&
                            !(request.skip_closed_providers && m_state.closed_until(row.stage));
        if (due && wanted) {
            rows.push_back(&row);
        }
    }
    std::sort(rows.begin(), rows.end(), [&](const WorkRow* left, const WorkRow* right) {
        return request.order == port::ClaimOrder::newest
                   ? std::pair{right->created_at, left->id} < std::pair{left->created_at, right->id}
                   : std::pair{left->due_at, left->id} < std::pair{right->due_at, right->id};
    });
    auto room = m_state.room(request.places);
    std::erase_if(rows, [&](const WorkRow* row) {
        auto& places = room.at(static_cast<std::size_t>(row->stage));
        return places && (*places)-- <= 0;
    });
    rows.resize(std::min(rows.size(), static_cast<std::size_t>(std::max(request.limit, 0))));
    return rows;
}

port::Claim MemoryCallStore::claimed(WorkRow& work, const port::ClaimRequest& request) {
    if (!work.lease_owner.empty() && !m_state.is_held(work)) {
        ++work.crashes;
        ++work.news;
    }
    m_state.close_open_attempts(work.id, "the worker's lease ran out");
    work.lease_owner = request.worker;
    work.lease_until = m_state.now + request.lease;
    ++work.lease_token;
    return {port::Lease{work.id, work.lease_token, *work.lease_until}, m_state.view(work)};
}

std::vector<port::Claim> MemoryCallStore::claim_due(const port::ClaimRequest& request) {
    const auto lock = entered();
    std::vector<port::Claim> claims;
    for (auto rows = due_rows(request); claims.empty() && !rows.empty(); rows = due_rows(request)) {
        for (WorkRow* const work : rows) {
            if (m_state.host_of(*work) == nullptr) {
                m_state.retire(*work);
                continue;
            }
            claims.push_back(claimed(*work, request));
        }
    }
    return claims;
}

base::Result<port::Claim> MemoryCallStore::claim_call(const base::CallSid& sid,
                                                      const port::ClaimRequest& request) {
    const auto lock = entered();
    WorkRow* const work = m_state.by_name(sid);
    if (work == nullptr) {
        return base::fail(base::ErrorKind::not_found, "no call " + sid.str());
    }
    if (m_state.is_held(*work) && work->lease_owner != request.worker) {
        return base::fail(base::ErrorKind::conflict,
                          "call " + sid.str() + " is held by " + work->lease_owner);
    }
    return claimed(*work, request);
}

std::optional<call::Call> MemoryCallStore::find(const base::CallSid& sid) {
    const auto lock = entered();
    return m_state.shown(sid);
}

std::vector<call::Call> MemoryCallStore::find_all(std::span<const base::CallSid> sids) {
    const auto lock = entered();
    std::vector<call::Call> calls;
    for (const base::CallSid& sid : sids) {
        if (auto call = m_state.shown(sid)) {
            calls.push_back(std::move(*call));
        }
    }
    return calls;
}

std::optional<call::Call> MemoryCallStore::reread(const port::Lease& lease) {
    const auto lock = entered();
    const WorkRow* const work = m_state.fenced(lease);
    return work == nullptr ? std::nullopt : std::optional{m_state.view(*work)};
}

HostRow MemoryCallStore::processing(HostRow row, call::Stage stage) const {
    row.statuses[static_cast<std::size_t>(stage)] = "processing";
    row.updated_at = m_state.now;
    return row;
}

port::Written MemoryCallStore::begin_attempt(const port::Lease& lease, call::Stage stage,
                                             std::int64_t seen_news) {
    const auto lock = entered();
    WorkRow* const work = m_state.fenced(lease);
    if (work == nullptr) {
        return port::Written::superseded;
    }
    HostRow* const row = m_state.host_of(*work);
    if (work->news > seen_news || (row != nullptr && has_ended(*row, stage))) {
        return port::Written::outdated;
    }
    if (stage == call::Stage::recording) {
        work->facts.asked_by_rest_at = m_state.now;
    }
    m_state.close_open_attempts(work->id, "another attempt began before it ended");
    if (stage != call::Stage::recording && row != nullptr) {
        HostRow shown = processing(*row, stage);
        if (m_state.refuses && m_state.refuses(shown)) {
            const call::Change change = refused_beginning(m_state.view(*work), stage);
            write_to(*work, change);
            return port::Written::refused;
        }
        *row = std::move(shown);
    }
    open_attempt(m_state, *work, stage);
    return port::Written::done;
}

std::optional<port::Advanced> MemoryCallStore::advance(const port::Lease& lease,
                                                       const call::Change& change,
                                                       const BeginsNext& begins_next) {
    if (write(lease, change) != port::Written::done) {
        return std::nullopt;
    }
    const auto lock = entered();
    WorkRow* const work = m_state.fenced(lease);
    if (work == nullptr) {
        return std::nullopt;
    }
    port::Advanced next{m_state.view(*work)};
    HostRow* const row = m_state.host_of(*work);
    if (work->news > change.seen_news || row == nullptr || !begins_next ||
        !begins_next(next.call)) {
        return next;
    }
    const auto shown = processing(*row, work->stage);
    if (m_state.refuses && m_state.refuses(shown)) {
        return next;
    }
    *row = shown;
    open_attempt(m_state, *work, work->stage);
    return port::Advanced{m_state.view(*work), true};
}

port::Finished MemoryCallStore::finish(const port::Lease& lease, const call::Change& change) {
    const auto written = write(lease, change);
    auto left = reread(lease);
    release(lease);
    return {written, std::move(left)};
}

port::Written MemoryCallStore::write(const port::Lease& lease, const call::Change& change) {
    const auto lock = entered();
    WorkRow* const work = m_state.fenced(lease);
    if (work == nullptr) {
        return port::Written::superseded;
    }
    write_to(*work, change);
    return port::Written::done;
}

void MemoryCallStore::write_to(WorkRow& work, const call::Change& wanted) {
    const bool has_news = work.news > wanted.seen_news;
    HostRow* const row = m_state.host_of(work);
    HostRow shown = row == nullptr ? HostRow{} : *row;
    const call::Change change = call::heeding(wanted, known_statuses(shown), m_state.now);
    const HostRow before = shown;
    WorkRow next = work;
    m_state.apply(next, shown, change);
    set_texts(shown, change.artefacts);
    const bool refused = m_state.refuses && m_state.refuses(shown);
    if (refused) {
        shown = before;
        next = work;
        m_state.apply(next, shown, parked(change));
        if (m_state.refuses(shown)) {
            shown = before; // nothing at all can be written to it
        }
    }
    if (has_news) {
        if (open_stage_of(next, shown) == call::Stage::recording) {
            show_opened(shown, next, call::Stage::recording);
        }
        next.due_at = m_state.now;
        next.stage = open_stage_of(next, shown).value_or(next.stage);
        if (!work.due_at) {
            next.reason = work.reason;
        }
    }
    work = std::move(next);
    if (row != nullptr) {
        *row = std::move(shown);
    } else {
        work.due_at.reset();
        work.reason = call::Reason::not_eligible;
    }
    keep_artefacts(m_state, work.id, refused ? parked(wanted) : wanted);
    if (change.attempt) {
        end_attempt(m_state, work, change);
    }
}

void MemoryCallStore::release(const port::Lease& lease) {
    const auto lock = entered();
    if (WorkRow* const work = m_state.fenced(lease)) {
        m_state.close_open_attempts(work->id, "given back before it ended");
        work->lease_owner.clear();
        work->lease_until.reset();
    }
}

void MemoryCallStore::set_aside(const port::Lease& lease, const port::Aside& aside) {
    const auto lock = entered();
    if (WorkRow* const work = m_state.fenced(lease)) {
        m_state.close_open_attempts(work->id, aside.why);
        work->lease_owner.clear();
        work->lease_until.reset();
        work->crashes += aside.crashed ? 1 : 0;
        work->detail = aside.why;
        if (work->due_at) {
            work->due_at = m_state.now + aside.pause;
        }
    }
}

std::vector<port::Lease> MemoryCallStore::renew(std::span<const port::Lease> leases,
                                                std::chrono::milliseconds lease,
                                                const call::StageDeadlines& deadlines) {
    const auto lock = entered();
    std::vector<port::Lease> lost;
    for (const auto& held : leases) {
        WorkRow* const work = m_state.fenced(held);
        if (work != nullptr && !m_state.is_overdue(work->id, deadlines)) {
            work->lease_until = m_state.now + lease;
        } else {
            lost.push_back(held);
        }
    }
    return lost;
}

std::optional<base::Time> MemoryCallStore::listed_until() {
    const auto lock = entered();
    return m_state.listed_until;
}

void MemoryCallStore::set_listed_until(base::Time until) {
    const auto lock = entered();
    m_state.listed_until = std::max(until, m_state.listed_until.value_or(until));
}

std::vector<port::ProviderState> MemoryCallStore::providers() {
    const auto lock = entered();
    std::vector<port::ProviderState> states{m_state.providers.begin(), m_state.providers.end()};
    for (auto& state : states) {
        state.half_open = state.closed_until && *state.closed_until <= m_state.now;
        if (state.half_open) {
            state.closed_until.reset();
        }
    }
    return states;
}

void MemoryCallStore::close_provider(call::Provider provider, call::Reason reason,
                                     const std::string& detail, std::chrono::milliseconds pause,
                                     base::Time asked) {
    count_failure(provider, reason, detail, {.pause = pause}, asked);
}

int MemoryCallStore::count_failure(call::Provider provider, call::Reason reason,
                                   const std::string& detail, const port::FailuresInRow& in_row,
                                   base::Time asked) {
    const auto lock = entered();
    auto& state = m_state.providers[static_cast<std::size_t>(provider)];
    const bool counts =
        !state.closed_until || asked >= state.changed_at || is_of_another_clock(state, m_state.now);
    const bool closes = in_row.most <= 1 || (counts && state.failures + 1 >= in_row.most);
    const std::chrono::milliseconds pause = closes ? in_row.pause : std::chrono::milliseconds{0};
    const base::Time until = m_state.now + pause;
    if (counts) {
        ++state.failures;
        state.changed_at = m_state.now;
    }
    if (!state.closed_until || *state.closed_until <= until) {
        state.reason = reason;
        state.detail = detail;
        if (pause > std::chrono::milliseconds{0}) {
            state.closed_until = until;
        }
    }
    return state.failures - 1;
}

void MemoryCallStore::open_provider(call::Provider provider, base::Time asked) {
    const auto lock = entered();
    auto& state = m_state.providers[static_cast<std::size_t>(provider)];
    if ((state.changed_at <= asked || is_of_another_clock(state, m_state.now)) &&
        (state.failures > 0 || state.closed_until)) {
        state = port::ProviderState{.provider = provider, .changed_at = m_state.now};
    }
}

std::optional<base::Time> MemoryCallStore::take_probe(call::Provider provider,
                                                      std::chrono::milliseconds pause) {
    const auto lock = entered();
    auto& until = m_state.providers[static_cast<std::size_t>(provider)].closed_until;
    if (!until || *until > m_state.now) {
        return std::nullopt;
    }
    until = m_state.now + pause;
    return until;
}

void MemoryCallStore::end_probe(call::Provider provider, base::Time until,
                                std::chrono::milliseconds pause) {
    const auto lock = entered();
    auto& closed_until = m_state.providers[static_cast<std::size_t>(provider)].closed_until;
    if (closed_until == until) {
        closed_until = m_state.now + pause;
    }
}

std::chrono::milliseconds MemoryCallStore::reserve_request(call::Provider provider,
                                                           const call::Pace& pace) {
    const auto lock = entered();
    auto& next = m_state.next_request_at[static_cast<std::size_t>(provider)];
    const base::Time at = std::max(next, m_state.now - (pace.depth - 1) * pace.interval);
    if (at - m_state.now <= pace.ahead) {
        next = at + pace.interval;
    }
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(at - m_state.now),
                    std::chrono::milliseconds{0});
}

bool MemoryCallStore::take_place(const port::Lease& lease, call::Provider provider, int places) {
    const auto lock = entered();
    if (m_state.fenced(lease) == nullptr) {
        return false;
    }
    std::erase_if(m_state.places, [&](const PlaceRow& place) {
        const WorkRow* const work = m_state.fenced(place.lease);
        return place.provider == provider &&
               (place.lease.call == lease.call || work == nullptr || !m_state.is_held(*work));
    });
    const auto taken = std::ranges::count(m_state.places, provider, &PlaceRow::provider);
    if (taken >= places) {
        return false;
    }
    m_state.places.push_back({provider, lease});
    return true;
}

void MemoryCallStore::leave_place(const port::Lease& lease, call::Provider provider) {
    const auto lock = entered();
    std::erase_if(m_state.places, [&](const PlaceRow& place) {
        return place.provider == provider && place.lease.call == lease.call &&
               place.lease.token == lease.token;
    });
}

} // namespace callctl::fakes
