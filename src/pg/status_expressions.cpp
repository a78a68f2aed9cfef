#include "pg/status_expressions.hpp"

#include <fmt/format.h>

namespace callctl::pg {
namespace {

// In characters. Of a long text only the beginning is read, and unpacked.
std::string longer_than(int characters, const std::string& column) {
    return fmt::format("length(substr({}, 1, {})) > {}", column, characters + 1, characters);
}

} // namespace

std::string StatusExpressions::column(const char* name) const {
    return m_host.has(name) ? name : "NULL::text";
}

std::string StatusExpressions::inferred(std::size_t stage) const {
    switch (stage) {
    case 0:
        return fmt::format("CASE WHEN nullif({}, '') IS NOT NULL THEN 'completed' "
                           "WHEN nullif({}, '') IS NOT NULL THEN 'recording' ELSE 'pending' END",
                           column("recording_url"), column("recording_sid"));
    case 1:
        return fmt::format("CASE WHEN {} OR {} THEN 'completed' ELSE 'pending' END",
                           longer_than(50, column("final_transcript")),
                           longer_than(50, column("transcription")));
    default:
        return fmt::format("CASE WHEN {} THEN 'completed' ELSE 'pending' END",
                           longer_than(20, column("summary")));
    }
}

std::string StatusExpressions::effective(std::size_t stage) const {
    return fmt::format("coalesce({}, {})", column(k_status_columns[stage]), inferred(stage));
}

std::string StatusExpressions::one_of_ours_is_open() const {
    return open(/*ours=*/true);
}

std::string StatusExpressions::one_of_the_hosts_is_open() const {
    const std::string condition = open(/*ours=*/false);
    return condition.empty() ? "false" : condition;
}

std::string StatusExpressions::open(bool ours) const {
    std::string any;
    for (const char* const name : k_status_columns) {
        if (m_host.is_ours(name) == ours) {
            any += fmt::format("{}{} IS NULL", any.empty() ? "(" : " OR ", column(name));
        }
    }
    return any.empty() ? any : any + ")";
}

} // namespace callctl::pg
