#include "pg/migration_planning.hpp"

#include "base/exception.hpp"

#include <algorithm>

namespace callctl::pg {
namespace {

/// The application's own migrations may have taken from its table what these had added; they ask
/// what is missing.
bool is_undone(const Migration& migration, const HostTable& host) {
    return (migration.name == "call_log" && !host.missing.empty()) ||
           (migration.name == "call_log_index" && host.lacks_index);
}

/// The statements as they would run now. A question about what an earlier migration has yet to make
/// stands for itself.
std::vector<std::string> preview(Connection& connection, const Migration& migration) {
    std::vector<std::string> statements;
    for (const std::string& statement : split_statements(migration.sql)) {
        if (!is_question(statement)) {
            statements.push_back(statement);
            continue;
        }
        try {
            Transaction transaction{connection, Access::read_only};
            const auto answered = answers(transaction, statement);
            statements.insert(statements.end(), answered.begin(), answered.end());
        } catch (const base::StoreError&) {
            throw;
        } catch (const base::Exception&) {
            statements.push_back(statement);
        }
    }
    return statements;
}

/// What a newer callctl has applied beside which this one works.
void add_newer(const std::vector<LedgerEntry>& ledger, MigrationPlan& plan) {
    for (const LedgerEntry& entry : ledger) {
        if (std::ranges::find(plan.migrations, entry.number, &PlannedMigration::number) ==
            plan.migrations.end()) {
            plan.migrations.push_back(
                {.number = entry.number, .name = entry.name, .applied = entry});
        }
    }
}

} // namespace

std::size_t MigrationPlan::pending() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        migrations, [](const PlannedMigration& migration) { return !migration.applied; }));
}

std::vector<Problem> refusals(const std::vector<LedgerEntry>& ledger, const HostTable& host,
                              std::span<const Migration> migrations) {
    std::vector<Problem> reasons = host.problems;
    const bool is_lost = !host.exists && std::ranges::any_of(ledger, [](const LedgerEntry& entry) {
        return entry.name == "call_log";
    });
    if (is_lost) {
        reasons.push_back({"there is no call_log any more, though callctl was set up with one",
                           "give it back its name, or its schema a place in the search_path"});
    }
    if (auto reason = disagreement(ledger, migrations)) {
        reasons.insert(reasons.begin(), {std::move(*reason), k_disagreement_hint});
    }
    return reasons;
}

const LedgerEntry* entry_of(const Migration& migration, const std::vector<LedgerEntry>& ledger,
                            const HostTable& host) {
    const auto found = std::ranges::find(ledger, migration.number, &LedgerEntry::number);
    return found == ledger.end() || is_undone(migration, host) ? nullptr : &*found;
}

std::vector<std::string> answers(Transaction& transaction, const std::string& question) {
    std::vector<std::string> statements;
    const Rows rows = transaction.exec(question);
    for (const Row row : rows) {
        statements.push_back(row.at(0).text());
    }
    return statements;
}

MigrationPlan plan_migrations(Connection& connection, std::span<const Migration> migrations) {
    MigrationPlan plan;
    std::vector<LedgerEntry> ledger;
    {
        Transaction transaction{connection, Access::read_only};
        ledger = read_ledger(transaction);
        plan.host = inspect_host_table(transaction);
        plan.refusals = refusals(ledger, plan.host, migrations);
        if (plan.host.problems.empty()) {
            plan.inference = preview_inference(transaction, plan.host);
        }
    }
    for (const Migration& migration : migrations) {
        PlannedMigration planned{.number = migration.number,
                                 .name = std::string{migration.name},
                                 .in_transaction = !without_transaction(migration)};
        if (const LedgerEntry* const entry = entry_of(migration, ledger, plan.host)) {
            planned.applied = *entry;
        } else {
            planned.statements = preview(connection, migration);
        }
        plan.migrations.push_back(std::move(planned));
    }
    add_newer(ledger, plan);
    return plan;
}

} // namespace callctl::pg
