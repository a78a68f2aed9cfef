#include "pg/call_store_new_calls.hpp"

#include "call/progress.hpp"
#include "pg/array_rows.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_row_writes.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace callctl::pg {
namespace {

using NewCalls = std::map<std::string, StoredCall>;

/// The host's row as the first news would have it begin. Which recording is the call's, all of them
/// tell.
HostRow first_row(const NewsItem& first, const HostRules& rules, base::Time now) {
    call::Call call{.sid = *first.sid, .facts = *first.facts};
    call.facts.recording = {};
    HostRow row = changed({}, host_change({}, call, rules));
    row.statuses.fill("pending");
    row.direction = call::to_string(first.facts->direction);
    row.created_at = now;
    return row;
}

/// As if the row were there and had just been adopted. It tells nothing that the news do not.
StoredCall begun(const NewsItem& first, const HostRules& rules, base::Time now) {
    StoredCall stored = adopted(*first.sid, base::CallId{}, first_row(first, rules, now), now);
    stored.call.facts = {};
    stored.call.facts.heard_at = now;
    return stored;
}

NewCalls decided(std::span<const NewsItem> news, const std::vector<std::string>& names,
                 const port::CallStore::DecideNews& decide, const HostRules& rules,
                 base::Time now) {
    NewCalls calls;
    for (const NewsItem& item : news) {
        const std::string& name = item.sid->str();
        if (!std::ranges::binary_search(names, name)) {
            continue;
        }
        auto found = calls.find(name);
        if (found == calls.end()) {
            found = calls.emplace(name, begun(item, rules, now)).first;
        }
        hear(found->second, *item.facts, decide);
    }
    return calls;
}

std::vector<Param> whole_row(const std::string& name, const HostRow& row) {
    const auto count = [](std::int64_t number) { return number == 0 ? Param{} : param(number); };
    return {param(name),
            text_param(row.parent),
            text_param(row.from),
            text_param(row.to),
            param(row.direction),
            text_param(row.call_status),
            row.statuses[0],
            row.statuses[1],
            row.statuses[2],
            param(row.retry_count),
            count(row.duration),
            text_param(row.recording_sid),
            text_param(row.recording_url),
            text_param(row.last_error)};
}

/// The ids of the rows that were made, by SID.
std::map<std::string, std::int64_t> insert_hosts(Transaction& transaction, const NewCalls& calls,
                                                 const HostRules& rules, const HostInsert& insert) {
    ArrayRows hosts;
    for (const auto& [name, stored] : calls) {
        const HostChange change = host_change(stored.host, stored.call, rules);
        hosts.add(whole_row(name, changed(stored.host, change)));
    }
    Params params = hosts.params();
    params.insert(params.end(), insert.values().begin(), insert.values().end());
    std::map<std::string, std::int64_t> ids;
    const Rows rows = transaction.exec_often(insert.whole_sql(), params);
    for (const Row row : rows) {
        ids.emplace(row.at(0).text(), row.at(1).integer());
    }
    return ids;
}

} // namespace

// The host's row first: its unique index makes two who have news of one new call wait for each
// other. A row that was made for a call whose work row somebody else has made is found by that one.
std::set<std::string> write_new_calls(Transaction& transaction, std::span<const NewsItem> news,
                                      const std::vector<std::string>& names,
                                      const port::CallStore::DecideNews& decide,
                                      const HostWriting& writing) {
    if (names.empty() || !writing.rules.takes_whole_rows || writing.insert.whole_sql().empty()) {
        return {};
    }
    NewCalls calls = decided(news, names, decide, writing.rules, writing.now);
    const auto ids = insert_hosts(transaction, calls, writing.rules, writing.insert);
    std::vector<CallUpdate> updates;
    for (auto& [name, stored] : calls) {
        const auto id = ids.find(name);
        if (id != ids.end()) {
            updates.push_back({.call = std::move(stored.call), .host_id = id->second});
        }
    }
    return insert_work(transaction, updates);
}

} // namespace callctl::pg
