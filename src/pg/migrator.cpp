#include "pg/migrator.hpp"

#include "base/exception.hpp"
#include "pg/errors.hpp"
#include "pg/marks.hpp"
#include "pg/migration_lock.hpp"
#include "pg/migration_planning.hpp"
#include "pg/transaction.hpp"
#include "pg/way_giver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace callctl::pg {
namespace {

using Event = MigrationProgress::Event;
using std::chrono::milliseconds;

/// Of the first batch of the inference, before it is known how long one takes.
constexpr int k_first_page = 250;

/// Statements here end by their lock_timeout or by their size, not by a clock.
ConnectOptions session_options(ConnectOptions connect, milliseconds lock_timeout) {
    connect.statement_timeout = milliseconds{0};
    connect.lock_timeout = lock_timeout;
    return connect;
}

/// Longer with every attempt, and never the same for two runs.
milliseconds pause_before(int attempt) {
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<int> spread{100, std::clamp(200 * attempt, 200, 2'000)};
    return milliseconds{spread(random)};
}

/// The lock was not to be had, or we gave way; nothing else ends a statement of these sessions.
bool is_passing(const BusyError& error) {
    return error.sqlstate() == k_lock_not_available || error.sqlstate() == k_query_canceled ||
           error.worth_repeating();
}

void carry_out(Transaction& transaction, const std::vector<std::string>& statements) {
    constexpr std::string_view k_dependent_objects_still_exist = "2BP01";
    try {
        for (const std::string& statement : statements) {
            transaction.exec(statement);
        }
    } catch (const SqlError& error) {
        if (error.sqlstate() != k_dependent_objects_still_exist) {
            throw;
        }
        throw base::SchemaError{error.what(),
                                "drop what others have built upon it first; it stays as it was"};
    }
}

/// One run of `callctl migrate`, from the lock to the last batch. The steps return false when a
/// stop was asked for.
class Run {
  public:
    Run(const ConnectOptions& connect, port::Clock& clock, const MigrateOptions& options)
        : m_connect{connect}, m_clock{clock}, m_options{options}, m_session{session_options(
                                                                      connect,
                                                                      options.lock_timeout)} {}

    MigrationReport go();
    /// False when a stop was asked for.
    bool undo();

  private:
    using Holders = std::string (*)(Connection&);

    bool wait_for_turn(MigrationLock& lock);
    std::vector<const Migration*> pending();
    bool apply(const Migration& migration);
    void apply_in_transaction(const Migration& migration);
    void apply_alone(const Migration& migration);
    void note(Transaction& transaction, const Migration& migration, port::Clock::Monotonic begun);
    bool infer();
    bool patiently(const std::string& what, int attempts, Holders holders,
                   const std::function<void()>& step);
    void tell(const MigrationProgress& progress) const;
    [[nodiscard]] milliseconds since(port::Clock::Monotonic begun) {
        return std::chrono::duration_cast<milliseconds>(m_clock.monotonic() - begun);
    }
    template <class Work>
    auto in_transaction(Work&& work) {
        Transaction transaction{m_session};
        hold_step(transaction);
        auto result = work(transaction);
        transaction.commit();
        return result;
    }

    ConnectOptions m_connect;
    port::Clock& m_clock;
    const MigrateOptions& m_options;
    Connection m_session;
    MigrationReport m_report;
    std::vector<LedgerEntry> m_ledger; ///< as it was at the beginning
};

MigrationReport Run::go() {
    Connection lock_session{session_options(m_connect, m_options.lock_timeout)};
    MigrationLock lock{lock_session};
    m_report.stopped = !wait_for_turn(lock);
    if (m_report.stopped) {
        return m_report;
    }
    const auto todo = pending();
    m_report.stopped =
        !std::ranges::all_of(todo, [this](const Migration* next) { return apply(*next); }) ||
        !infer();

    Transaction transaction{m_session, Access::read_only};
    for (LedgerEntry& entry : read_ledger(transaction)) {
        if (std::ranges::find(todo, entry.number, &Migration::number) != todo.end()) {
            m_report.applied.push_back(std::move(entry));
        }
    }
    return m_report;
}

bool Run::undo() {
    Connection lock_session{session_options(m_connect, m_options.lock_timeout)};
    MigrationLock lock{lock_session};
    return wait_for_turn(lock) &&
           patiently("the undoing", m_options.lock_attempts, &lock_holders, [this] {
               Transaction transaction{m_session};
               transaction.exec("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
               hold_step(transaction);
               const UndoPlan plan = plan_undo_for_good(transaction, m_options.migrations,
                                                        m_connect.application_name);
               if (!plan.refusals.empty()) {
                   throw base::SchemaError{plan.refusals.front().what, plan.refusals.front().fix};
               }
               carry_out(transaction, plan.statements);
               transaction.commit();
           });
}

bool Run::wait_for_turn(MigrationLock& lock) {
    for (int attempt = 1; !lock.try_acquire(); ++attempt) {
        if (attempt == 1) {
            tell({.event = Event::waiting_for_run});
        }
        if (!m_clock.wait(pause_before(attempt))) {
            return false;
        }
    }
    return true;
}

std::vector<const Migration*> Run::pending() {
    Transaction transaction{m_session, Access::read_only};
    m_ledger = read_ledger(transaction);
    const HostTable host = inspect_host_table(transaction);
    const auto reasons = refusals(m_ledger, host, m_options.migrations);
    if (!reasons.empty()) {
        throw base::SchemaError{reasons.front().what, reasons.front().fix};
    }
    std::vector<const Migration*> todo;
    for (const Migration& migration : m_options.migrations) {
        if (entry_of(migration, m_ledger, host) == nullptr) {
            todo.push_back(&migration);
        }
    }
    return todo;
}

bool Run::apply(const Migration& migration) {
    tell({.event = Event::applying,
          .number = migration.number,
          .name = std::string{migration.name}});
    const std::string what = fmt::format("migration {} ({})", migration.number, migration.name);
    const bool done = without_transaction(migration)
                          ? patiently(what, m_options.concurrent_attempts, &open_transactions,
                                      [&] { apply_alone(migration); })
                          : patiently(what, m_options.lock_attempts, &lock_holders,
                                      [&] { apply_in_transaction(migration); });
    if (done) {
        tell({.event = Event::applied,
              .number = migration.number,
              .name = std::string{migration.name}});
    }
    return done;
}

void Run::apply_in_transaction(const Migration& migration) {
    const auto begun = m_clock.monotonic();
    Transaction transaction{m_session};
    hold_step(transaction);
    for (const std::string& statement : split_statements(migration.sql)) {
        if (!is_question(statement)) {
            transaction.exec_script(statement);
            continue;
        }
        for (const std::string& answer : answers(transaction, statement)) {
            transaction.exec_script(answer);
        }
    }
    mark_additions(transaction);
    note(transaction, migration, begun);
    transaction.commit();
}

void Run::apply_alone(const Migration& migration) {
    const auto begun = m_clock.monotonic();
    Connection session{session_options(m_connect, m_options.concurrent_lock_timeout)};
    const WayGiver way_giver{m_connect};
    for (const std::string& statement : split_statements(migration.sql)) {
        std::vector<std::string> statements{statement};
        if (is_question(statement)) {
            Transaction question{session, Access::read_only};
            statements = answers(question, statement);
        }
        for (const std::string& each : statements) {
            exec_alone(session, each);
        }
    }
    Transaction transaction{session};
    hold_step(transaction);
    note(transaction, migration, begun);
    transaction.commit();
}

// One that is made again stays as it was noted.
void Run::note(Transaction& transaction, const Migration& migration, port::Clock::Monotonic begun) {
    if (std::ranges::find(m_ledger, migration.number, &LedgerEntry::number) == m_ledger.end()) {
        write_ledger(transaction, migration, since(begun), m_options.binary_version);
    }
}

bool Run::infer() {
    const HostTable host =
        in_transaction([](auto& transaction) { return inspect_host_table(transaction); });
    InferenceBatch batch{.done = !in_transaction([&host](auto& transaction) {
                             return begin_inference(transaction, host);
                         })};
    int page = std::min(k_first_page, m_options.page);
    while (!batch.done) {
        const bool went_on =
            patiently("the inference of statuses", m_options.lock_attempts, &lock_holders, [&] {
                const auto begun = m_clock.monotonic();
                batch = in_transaction(
                    [&](auto& transaction) { return infer_batch(transaction, host, page); });
                page = next_page(page, since(begun), m_options.page);
            });
        if (!went_on) {
            return false;
        }
        m_report.inferred_rows += batch.rows;
        tell({.event = Event::inferring, .rows = m_report.inferred_rows});
    }
    return true;
}

/// Tries `step` again while somebody else holds a lock that it needs.
bool Run::patiently(const std::string& what, int attempts, Holders holders,
                    const std::function<void()>& step) {
    for (int attempt = 1; !m_clock.stopping(); ++attempt) {
        try {
            step();
            return true;
        } catch (const BusyError& error) {
            if (!is_passing(error)) {
                throw;
            }
            const std::string held_by = holders(m_session);
            if (attempt >= attempts) {
                throw base::StoreError{
                    fmt::format("{} did not get its lock in {} attempts: held by {}", what,
                                attempts, held_by.empty() ? "nobody any more" : held_by),
                    "end that session, or run callctl migrate again when it is done"};
            }
            tell({.event = Event::waiting_for_lock, .detail = held_by});
        }
        if (!m_clock.wait(pause_before(attempt))) {
            return false;
        }
    }
    return false;
}

void Run::tell(const MigrationProgress& progress) const {
    if (m_options.progress) {
        m_options.progress(progress);
    }
}

} // namespace

Migrator::Migrator(ConnectOptions connect, port::Clock& clock, MigrateOptions options)
    : m_connect{std::move(connect)}, m_clock{clock}, m_options{std::move(options)} {}

MigrationPlan Migrator::plan() const {
    Connection connection{session_options(m_connect, m_options.lock_timeout)};
    return plan_migrations(connection, m_options.migrations);
}

MigrationReport Migrator::run() {
    return Run{m_connect, m_clock, m_options}.go();
}

UndoPlan Migrator::undo_plan() const {
    Connection connection{session_options(m_connect, m_options.lock_timeout)};
    Transaction transaction{connection, Access::read_only};
    return plan_undo(transaction, m_options.migrations, m_connect.application_name);
}

bool Migrator::undo() {
    return Run{m_connect, m_clock, m_options}.undo();
}

std::vector<Problem> Migrator::host_problems(const AdoptionNeeds& needs) const {
    Connection connection{session_options(m_connect, m_options.lock_timeout)};
    const Rows setting = exec_alone(connection, "SELECT current_setting('transaction_read_only')");
    Transaction transaction{connection, Access::read_only};
    const HostTable host = inspect_host_table(transaction);
    std::vector<Problem> problems = host.problems;
    if (setting.one().at(0).view() == "on") {
        problems.push_back(
            {fmt::format("the database is read-only: nothing can be written to {}", host.name),
             std::string{k_name_the_primary}});
    }
    const std::vector<Problem> refusals = refusals_of(transaction, host, needs);
    problems.insert(problems.end(), refusals.begin(), refusals.end());
    return problems;
}

AdoptionSurvey Migrator::survey(const MigrationPlan& plan, const AdoptionNeeds& needs) const {
    Connection connection{session_options(m_connect, m_options.lock_timeout)};
    Transaction transaction{connection, Access::read_only};
    return survey_adoption(transaction, plan, needs, m_options.lock_timeout);
}

} // namespace callctl::pg
