// The schema that this binary carries.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::pg {

struct Migration {
    int number{0};
    std::string_view name{};   ///< `call_log` of `0002_call_log.sql`
    std::string_view sql{};    ///< the whole file
    std::string_view undo{};   ///< its `.down.sql`, run in a transaction
    std::string_view sha256{}; ///< of the file, lower-case hexadecimal
};

/// In order, numbered from 1 without gaps.
[[nodiscard]] std::span<const Migration> embedded_migrations();

/// The file says `-- no-transaction`: each statement stands alone, and the file can be run again
/// from its beginning after any of them.
[[nodiscard]] bool without_transaction(const Migration& migration);

/// The statements of a script, without the semicolons and the comments around them. Knows quoted
/// text and names, dollar quotes, and both kinds of comments.
[[nodiscard]] std::vector<std::string> split_statements(std::string_view script);

/// A SELECT in a migration is a question: each row of its one column is a statement to run (as with
/// psql's \gexec), so that what is already there need not be touched.
[[nodiscard]] bool is_question(std::string_view statement);

} // namespace callctl::pg
