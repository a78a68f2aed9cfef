#include "pg/ledger.hpp"

#include "pg/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace callctl::pg {
namespace {

constexpr const char* k_has_ledger = "SELECT to_regclass('callctl.migration') IS NOT NULL AS found";

constexpr const char* k_read = R"(
SELECT number, name, sha256, applied_at, duration_ms, binary_version
FROM callctl.migration
ORDER BY number)";

constexpr const char* k_write = R"(
INSERT INTO callctl.migration (number, name, sha256, duration_ms, binary_version)
VALUES ($1::integer, $2, $3, $4::bigint, $5))";

const Migration* find(std::span<const Migration> migrations, int number) {
    const auto found = std::ranges::find(migrations, number, &Migration::number);
    return found == migrations.end() ? nullptr : &*found;
}

} // namespace

std::vector<LedgerEntry> read_ledger(Transaction& transaction) {
    if (!transaction.exec(k_has_ledger).one()["found"].boolean()) {
        return {};
    }
    std::vector<LedgerEntry> ledger;
    const Rows rows = transaction.exec(k_read);
    for (const Row row : rows) {
        ledger.push_back({.number = static_cast<int>(row["number"].integer()),
                          .name = row["name"].text(),
                          .sha256 = row["sha256"].text(),
                          .applied_at = row["applied_at"].time(),
                          .duration = std::chrono::milliseconds{row["duration_ms"].integer()},
                          .binary_version = row["binary_version"].text()});
    }
    return ledger;
}

void write_ledger(Transaction& transaction, const Migration& migration,
                  std::chrono::milliseconds duration, const std::string& binary_version) {
    transaction.exec(k_write,
                     {param(migration.number), param(migration.name), param(migration.sha256),
                      param(duration.count()), param(binary_version)});
}

std::optional<std::string> disagreement(std::span<const LedgerEntry> ledger,
                                        std::span<const Migration> migrations) {
    for (const LedgerEntry& entry : ledger) {
        const Migration* const known = find(migrations, entry.number);
        if (known == nullptr && entry.name.starts_with(k_additive)) {
            continue;
        }
        if (known == nullptr) {
            return fmt::format(
                "the schema has migration {} ({}) of callctl {}, which is newer than "
                "this callctl",
                entry.number, entry.name, entry.binary_version);
        }
        if (known->sha256 != entry.sha256) {
            return fmt::format("migration {} was applied as {} with SHA-256 {:.12}..., but this "
                               "callctl has {} with {:.12}...",
                               entry.number, entry.name, entry.sha256, known->name, known->sha256);
        }
    }
    return std::nullopt;
}

void require_schema(Transaction& transaction, std::span<const Migration> migrations) {
    const auto ledger = read_ledger(transaction);
    if (const auto reason = disagreement(ledger, migrations)) {
        throw base::SchemaError{*reason, k_disagreement_hint};
    }
    if (ledger.empty()) {
        throw base::SchemaError{"the database has no callctl schema", k_migrate_hint};
    }
    const auto known = std::ranges::count_if(ledger, [&](const LedgerEntry& entry) {
        return find(migrations, entry.number) != nullptr;
    });
    if (known < std::ssize(migrations)) {
        throw base::SchemaError{
            fmt::format("the database has {} of the {} migrations of this callctl", known,
                        migrations.size()),
            k_migrate_hint};
    }
}

} // namespace callctl::pg
