// Brings a database to the schema that this binary carries, and tells beforehand what that means.
#pragma once

#include "pg/adoption.hpp"
#include "pg/connection.hpp"
#include "pg/migration_plan.hpp"
#include "pg/undo.hpp"
#include "port/clock.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace callctl::pg {

struct MigrationProgress {
    enum class Event {
        waiting_for_run,  ///< another run holds the lock
        applying,         ///< `number`, `name`
        waiting_for_lock, ///< `detail` says who holds it
        applied,          ///< `number`, `name`
        inferring,        ///< `rows` of so far; after each batch
    };
    Event event{};
    int number{0};
    std::string name{};
    std::string detail{};
    std::int64_t rows{0};
};

struct MigrateOptions {
    std::string binary_version{};
    /// Tests give others.
    std::span<const Migration> migrations{embedded_migrations()};
    /// How long a statement may make the host's queries queue behind it, and how often it is tried.
    /// Far below deadlock_timeout, so that of a deadlock with the host we are the victim.
    std::chrono::milliseconds lock_timeout{100};
    int lock_attempts{100};
    /// CREATE INDEX CONCURRENTLY waits for open transactions without being in anybody's way; where
    /// it is, it gives way and is tried again (WayGiver).
    std::chrono::milliseconds concurrent_lock_timeout{300'000};
    int concurrent_attempts{20};
    int page{5'000}; ///< rows of one transaction of the inference, at the most
    std::function<void(const MigrationProgress&)> progress{};
};

struct MigrationReport {
    std::vector<LedgerEntry> applied{}; ///< by this run
    std::int64_t inferred_rows{0};      ///< rows of call_log that got statuses in this run
    bool stopped{false};                ///< a stop was asked for; the next run goes on
};

/// Opens its own connections for each call; needs no session state, so a pooler in transaction mode
/// will do. Throws base::StoreError when the database cannot be reached or a lock is not to be had,
/// base::SchemaError when it must not touch this schema.
class Migrator {
  public:
    Migrator(ConnectOptions connect, port::Clock& clock, MigrateOptions options = {});

    /// Reads only. Takes no lock, so that it can be asked while a run goes on.
    [[nodiscard]] MigrationPlan plan() const;

    /// Applies what is pending, then infers the statuses of existing rows. Waits while another run
    /// is going on. After an interruption, the next run goes on where this one stopped.
    MigrationReport run();

    /// Reads only, as plan() does.
    [[nodiscard]] UndoPlan undo_plan() const;

    /// Takes back all that callctl has added, in one transaction: what is cut short has done
    /// nothing. base::SchemaError when the plan has refusals. False when a stop was asked for
    /// meanwhile.
    bool undo();

    /// What is wrong with the table that callctl works on, each with its fix; it may have become so
    /// since it was adopted. Reads catalogues only.
    [[nodiscard]] std::vector<Problem> host_problems(const AdoptionNeeds& needs) const;

    /// What adopting the table that is there would mean; \pre `plan` is this one's.
    [[nodiscard]] AdoptionSurvey survey(const MigrationPlan& plan,
                                        const AdoptionNeeds& needs) const;

  private:
    ConnectOptions m_connect;
    port::Clock& m_clock;
    MigrateOptions m_options;
};

} // namespace callctl::pg
