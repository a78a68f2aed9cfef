// A migrator on a database of the test's own, with a clock that the test moves.
#pragma once

#include "fakes/manual_clock.hpp"
#include "pg/migrator.hpp"
#include "support/pg_test.hpp"

#include <functional>
#include <string>
#include <vector>

namespace callctl::pg {

class MigratorTest : public test::PgEmptyDatabaseTest {
  protected:
    using Event = MigrationProgress::Event;

    /// Locks are given up at once, and every wait is over at once.
    [[nodiscard]] MigrateOptions options() {
        MigrateOptions options;
        options.binary_version = "1.2.3";
        options.lock_timeout = std::chrono::milliseconds{20};
        options.lock_attempts = 3;
        options.concurrent_lock_timeout = std::chrono::milliseconds{20};
        options.progress = [this](const MigrationProgress& progress) {
            m_events.push_back(progress);
            if (m_on_event) {
                m_on_event(progress);
            }
        };
        return options;
    }
    [[nodiscard]] Migrator migrator() { return migrator(options()); }
    [[nodiscard]] Migrator migrator(MigrateOptions options) {
        return {connect_options(), m_clock, std::move(options)};
    }

    void load_host_before_migration_44() { exec_file("host_s_before.sql"); }
    void load_host_after_migration_44() {
        exec_file("host_s_before.sql");
        exec_file("host_s_after.sql");
    }

    /// A session with a name, as lock holders are reported.
    [[nodiscard]] ConnectOptions session_named(const std::string& name) const {
        ConnectOptions options = connect_options();
        options.application_name = name;
        return options;
    }
    /// One character a stage: `p`ending, `r`ecording, `c`ompleted, ..., `-` for NULL.
    [[nodiscard]] std::string statuses(int id) {
        return value("SELECT coalesce(left(recording_status, 1), '-') ||"
                     " coalesce(left(transcript_status, 1), '-') ||"
                     " coalesce(left(summary_status, 1), '-') FROM call_log WHERE id = $1::integer",
                     {param(id)});
    }
    [[nodiscard]] std::size_t count(Event event) const {
        std::size_t found = 0;
        for (const MigrationProgress& progress : m_events) {
            found += progress.event == event ? 1U : 0U;
        }
        return found;
    }

    fakes::ManualClock m_clock;
    std::vector<MigrationProgress> m_events;
    std::function<void(const MigrationProgress&)> m_on_event;
};

} // namespace callctl::pg
