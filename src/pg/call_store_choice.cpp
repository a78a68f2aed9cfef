// Which calls an operator means.
#include "base/text.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/figures_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace callctl::pg {
namespace {

using std::chrono::milliseconds;

constexpr std::array k_shown_columns{"l.recording_status", "l.transcript_status",
                                     "l.summary_status"};

/// Only a call that is on the schedule, or was given up, can be meant: of those there are indexes,
/// while the others are the whole history.
bool is_of_undone(const port::CallChoice& choice) {
    const bool gave_up =
        choice.reason && call::class_of(*choice.reason) != call::ReasonClass::nothing;
    return gave_up || choice.status == call::Status::failed;
}

// Words that are not ours count as pending, as for `status`. $1 are the stages from the one that is
// meant on.
std::string choice_sql(const port::CallChoice& choice) {
    const std::string status = k_shown_columns.at(static_cast<std::size_t>(choice.stage));
    const std::string undone = fmt::format("(w.due_at IS NOT NULL OR "
                                           "(w.due_at IS NULL AND w.reason NOT IN ({}))) AND ",
                                           reasons_to_rest());
    return fmt::format(
        "SELECT w.call_sid, {0}, w.news FROM callctl.work w {1} "
        "WHERE {2}w.stage = ANY ($1::text[]) "
        "AND ($2::text IS NULL OR $2::text = CASE WHEN {0} IN ('recording', 'processing', "
        "'completed', 'failed', 'skipped') THEN {0} ELSE 'pending' END) "
        "AND ($3::text IS NULL OR (w.reason = $3::text AND w.stage = $8::text)) "
        "AND ($4::bigint IS NULL OR "
        "w.call_created_at >= now() - $4::bigint * interval '1 millisecond') "
        "AND ($5::bigint IS NULL OR "
        "w.call_created_at < now() - $5::bigint * interval '1 millisecond') "
        "AND ($6::text IS NULL OR ($6::text <> '' AND $6::text IN ("
        "regexp_replace(w.from_number, '[^0-9]', '', 'g'), "
        "regexp_replace(w.to_number, '[^0-9]', '', 'g')))) "
        "AND ($7::timestamptz IS NULL OR NOT EXISTS (SELECT FROM callctl.attempt a "
        "WHERE a.call_id = w.call_id AND a.stage = ANY ($1::text[]) "
        "AND a.started_at >= $7::timestamptz)) "
        "ORDER BY w.call_created_at, w.call_id LIMIT $9::bigint",
        status, k_host_join, is_of_undone(choice) ? undone : "");
}

Param stages_from(call::Stage first) {
    std::vector<std::string> names;
    for (const call::Stage stage : call::k_stages) {
        if (stage >= first) {
            names.emplace_back(call::to_string(stage));
        }
    }
    return text_array(names);
}

std::string phone_digits(const std::string& text) {
    std::string found;
    std::ranges::copy_if(text, std::back_inserter(found), base::is_digit);
    return found;
}

// One more than wanted says whether there are more.
Params params_of(const port::CallChoice& choice) {
    const auto interval = [](const std::optional<milliseconds>& length) {
        return length ? interval_param(*length) : Param{};
    };
    return {stages_from(choice.stage),
            choice.status ? param(call::to_string(*choice.status)) : Param{},
            choice.reason ? param(call::to_string(*choice.reason)) : Param{},
            interval(choice.since),
            interval(choice.until),
            choice.phone.empty() ? Param{} : param(phone_digits(choice.phone)),
            param(choice.untried_since),
            param(call::to_string(choice.stage)),
            param(static_cast<std::int64_t>(choice.limit) + 1)};
}

} // namespace

port::Choice PgCallStore::choose(const port::CallChoice& choice) {
    require_schema();
    return m_pool.transact(
        [&](Transaction& transaction) {
            port::Choice chosen{.at = transaction_time(transaction)};
            const Rows rows = transaction.exec(choice_sql(choice), params_of(choice));
            for (const Row row : rows) {
                chosen.calls.push_back(
                    {base::CallSid::parse(row.at(0).view()).value(),
                     call::SeenStage{call::parse_status(row.at(1).view()), row.at(2).integer()}});
            }
            chosen.more = chosen.calls.size() > static_cast<std::size_t>(choice.limit);
            if (chosen.more) {
                chosen.calls.pop_back();
            }
            return chosen;
        },
        Access::read_only);
}

} // namespace callctl::pg
