// Brings a database to the schema that this binary carries, and tells beforehand what that means.
#pragma once

#include "pg/connection.hpp"
#include "pg/host_table.hpp"
#include "pg/ledger.hpp"
#include "pg/migrations.hpp"
#include "pg/status_inference.hpp"
#include "port/clock.hpp"

#include <chrono>
#include <functional>
#include <optional>
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
    std::chrono::milliseconds lock_timeout{1'000};
    int lock_attempts{30};
    /// CREATE INDEX CONCURRENTLY waits for open transactions without being in anybody's way.
    std::chrono::milliseconds concurrent_lock_timeout{300'000};
    int concurrent_attempts{3};
    int page{5'000}; ///< rows of one transaction of the inference
    std::function<void(const MigrationProgress&)> progress{};
};

struct PlannedMigration {
    int number{0};
    std::string name{};
    std::optional<LedgerEntry> applied{}; ///< nothing: pending
    bool in_transaction{true};
    /// Of a pending one: the SQL that would run on the database as it is now.
    std::vector<std::string> statements{};
};

struct MigrationPlan {
    std::vector<PlannedMigration> migrations{};
    HostTable host{};
    InferencePreview inference{};
    /// Why run() would refuse; empty when it would not.
    std::vector<std::string> refusals{};

    [[nodiscard]] std::size_t pending() const;
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

  private:
    ConnectOptions m_connect;
    port::Clock& m_clock;
    MigrateOptions m_options;
};

} // namespace callctl::pg
