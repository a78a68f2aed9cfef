#include "pg/call_store_adopt.hpp"

#include "call/progress.hpp"
#include "pg/call_store_row_writes.hpp"

#include <algorithm>

namespace callctl::pg {
namespace {

/// The work row of `sid`, made now if nobody has made it; nothing of the call is in it yet.
std::optional<base::CallId> claim_name(Transaction& transaction, const std::string& sid) {
    const auto created = create_work(transaction, std::span{&sid, 1});
    return created.empty() ? std::nullopt : std::optional{created.front().id};
}

/// Whether relink() has found another row.
enum class Link { kept, changed };

std::optional<StoredCall> known_call(Transaction& transaction, const std::string& sid, Link& link) {
    auto calls = read_calls(transaction, std::span{&sid, 1});
    if (calls.empty()) {
        return std::nullopt;
    }
    const std::int64_t before = calls.front().host.id;
    relink(transaction, calls);
    link = calls.front().host.id == before ? Link::kept : Link::changed;
    return std::move(calls.front());
}

/// \pre the work row is locked
std::optional<StoredCall> linked_call(Transaction& transaction, const std::string& sid) {
    Link link{};
    auto stored = known_call(transaction, sid, link);
    if (stored && link == Link::changed) {
        const CallUpdate update{stored->call, stored->host.id};
        write_calls(transaction, std::span{&update, 1});
    }
    return stored;
}

} // namespace

StoredCall adopted(const base::CallSid& sid, base::CallId id, const HostRow& row, base::Time now) {
    StoredCall stored{.call = {.id = id, .sid = sid}, .now = now};
    show_host(stored, row);
    const StatusWords words = inferred_statuses(row);
    stored.call.statuses = known_statuses(words);
    stored.call.facts = facts_of(row, words);
    // A clock that is ahead, or local time taken for UTC: nothing waits for a time to come.
    stored.call.created_at = std::min(row.created_at.value_or(now), now);
    const auto stage = call::first_undone(stored.call.statuses);
    stored.call.stage = stage.value_or(call::Stage::summary);
    stored.call.due_at = stage ? std::optional{now} : std::nullopt;
    return stored;
}

void relink(Transaction& transaction, std::vector<StoredCall>& calls) {
    std::vector<std::string> orphans;
    for (const StoredCall& stored : calls) {
        if (stored.host.id == 0) {
            orphans.push_back(stored.call.sid.str());
        }
    }
    for (NamedHostRow& found : read_hosts(transaction, orphans)) {
        const auto stored = std::ranges::find_if(
            calls, [&](const StoredCall& call) { return call.call.sid.str() == found.call_sid; });
        show_host(*stored, std::move(found.row));
    }
}

std::optional<StoredCall> look_up(Transaction& transaction, const base::CallSid& sid) {
    auto found = look_up_all(transaction, std::span{&sid, 1});
    return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<StoredCall> look_up_all(Transaction& transaction, std::span<const base::CallSid> sids) {
    std::vector<std::string> names(sids.size());
    std::ranges::transform(sids, names.begin(), &base::CallSid::str);
    auto calls = read_calls(transaction, names);
    relink(transaction, calls);
    for (const StoredCall& stored : calls) {
        std::erase(names, stored.call.sid.str());
    }
    const base::Time now = transaction_time(transaction);
    for (const NamedHostRow& host : read_hosts(transaction, names)) {
        auto stored =
            adopted(base::CallSid::parse(host.call_sid).value(), base::CallId{}, host.row, now);
        stored.call.due_at.reset();
        stored.call.statuses = known_statuses(host.row.statuses);
        calls.push_back(std::move(stored));
    }
    return calls;
}

std::optional<StoredCall> take_by_name(Transaction& transaction, const base::CallSid& sid) {
    const std::string& name = sid.str();
    if (!lock_work(transaction, std::span{&name, 1}).empty()) {
        return linked_call(transaction, name);
    }
    const auto hosts = read_hosts(transaction, std::span{&name, 1});
    if (hosts.empty()) {
        return std::nullopt;
    }
    const auto id = claim_name(transaction, name);
    if (!id) { // somebody else adopted it meanwhile
        lock_work(transaction, std::span{&name, 1});
        return linked_call(transaction, name);
    }
    auto stored = adopted(sid, *id, hosts.front().row, transaction_time(transaction));
    const CallUpdate update{stored.call, stored.host.id, adoption_change(stored.host)};
    write_calls(transaction, std::span{&update, 1});
    return stored;
}

} // namespace callctl::pg
