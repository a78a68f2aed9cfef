#include "migrate_words.hpp"

#include "table.hpp"
#include "terminal_text.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

namespace callctl::cmd {
namespace {

struct Explained {
    std::string_view fate;
    std::string_view means;
};

constexpr std::array k_fates{
    Explained{"taken up", "the next passes of reconcile work on it"},
    Explained{"complete", "nothing is left to do"},
    Explained{"known", "callctl works on it already"},
    Explained{"too old", "older than pipeline.adoption_horizon; retry takes it up by name"},
    Explained{"no SID", "Twilio cannot be asked about it"},
    Explained{"not a call SID", "Twilio cannot be asked about it"},
    Explained{"duplicate SID", "the row with the lowest id counts"},
};

std::string_view meaning_of(std::string_view fate) {
    for (const Explained& explained : k_fates) {
        if (explained.fate == fate) {
            return explained.means;
        }
    }
    return "";
}

// Names of the host's catalogue are the host's, and its users'.
void print_line(Runner& runner, const std::string& title, const std::string& text,
                const std::string& rest = "") {
    runner.out << title << runner.screen().text(text) << rest << '\n';
}

// The lines stay lines.
void print_statement(Runner& runner, const std::string& indent, const std::string& statement) {
    std::istringstream lines{statement};
    std::string line;
    std::string text;
    while (std::getline(lines, line)) {
        text += (text.empty() ? "" : "\n") + runner.screen().text(line);
    }
    runner.out << indent << text << ";\n";
}

void print_problems(Runner& runner, const std::string& title,
                    const std::vector<pg::Problem>& problems) {
    for (const pg::Problem& problem : problems) {
        print_line(runner, title, problem.what);
        print_line(runner, "    fix: ", problem.fix);
    }
}

void print_recognised(Runner& runner, const pg::MigrationPlan& plan,
                      const pg::AdoptionSurvey& survey) {
    constexpr std::int64_t k_megabyte = 1'000'000;
    runner.out << fmt::format("{}: generation {}", runner.screen().text(plan.host.name),
                              to_string(survey.recognised.generation));
    if (!survey.recognised.by.empty()) {
        runner.out << fmt::format(" (it has {})", base::joined(survey.recognised.by));
    }
    runner.out << (survey.counted ? fmt::format(", {} rows, {} MB\n", survey.rows,
                                                (survey.bytes + k_megabyte - 1) / k_megabyte)
                                  : ", its rows not looked at while something is in the way\n");
}

void print_additions(Runner& runner, const pg::MigrationPlan& plan,
                     const pg::AdoptionSurvey& survey) {
    for (const std::string& column : plan.host.missing) {
        runner.out << "  adds column " << column << '\n';
    }
    if (survey.builds_index) {
        runner.out << "  adds index callctl_call_log_call_sid on call_sid\n";
    }
    if (plan.pending() > 0) {
        runner.out << fmt::format("  adds to schema callctl: {} migrations\n", plan.pending());
    }
    for (const std::string& trigger : survey.resting_triggers) {
        print_line(runner, "  does not fire trigger ", trigger,
                   " for the rows whose statuses are inferred");
    }
    for (const std::string& note : plan.host.notes) {
        print_line(runner, "  note: ", note);
    }
}

void print_inference(Runner& runner, const pg::InferencePreview& inference) {
    if (inference.counts.empty()) {
        runner.out << "\nno statuses to infer\n";
        return;
    }
    runner.out << fmt::format("\nstatuses to infer, in {} rows\n", inference.rows);
    Table table{{"COLUMN", "STATUS", "ROWS"}};
    for (const pg::InferredCount& count : inference.counts) {
        table.add({{count.column}, {count.status}, {std::to_string(count.rows)}});
    }
    table.print(runner.out, runner.width, runner.colour);
}

void print_fates(Runner& runner, const pg::AdoptionSurvey& survey) {
    if (survey.fates.empty()) {
        return;
    }
    runner.out << "\nwhat becomes of the rows\n";
    Table table{{"ROWS", "", "MEANS"}};
    for (const pg::RowFate& fate : survey.fates) {
        table.add({{std::to_string(fate.rows)}, {fate.fate}, {std::string{meaning_of(fate.fate)}}});
    }
    table.print(runner.out, runner.width, runner.colour);
}

void print_locks(Runner& runner, const pg::AdoptionSurvey& survey) {
    if (survey.locks.empty()) {
        return;
    }
    runner.out << "\nlocks; a write of the application waits for so long at the most, about\n";
    Table table{{"STATEMENT", "LOCK", "ON", "WAITS", "TAKES"}};
    for (const pg::ExpectedLock& lock : survey.locks) {
        table.add({{lock.statement},
                   {lock.mode},
                   {runner.screen().text(lock.on)},
                   {lock.blocks.count() == 0 ? "never" : fmt::format("{} ms", lock.blocks.count())},
                   {base::format_duration(std::max(lock.takes, std::chrono::seconds{1}))}});
    }
    table.print(runner.out, runner.width, runner.colour);
}

} // namespace

void print_migrations(Runner& runner, const pg::MigrationPlan& plan) {
    Table table{{"NUMBER", "STATE", "APPLIED", "NAME"}};
    for (const pg::PlannedMigration& migration : plan.migrations) {
        const bool applied = migration.applied.has_value();
        table.add({{std::to_string(migration.number)},
                   {applied ? "applied" : "pending", applied ? Colour::green : Colour::yellow},
                   {applied ? base::format_iso8601(migration.applied->applied_at) : "-"},
                   {migration.name}});
    }
    table.print(runner.out, runner.width, runner.colour);
    runner.out << "statuses of existing rows: ";
    if (!plan.host.problems.empty()) {
        runner.out << "not counted while something is in the way, see callctl doctor\n";
    } else if (plan.inference.done) {
        runner.out << "inferred\n";
    } else {
        runner.out << plan.inference.rows << " to infer\n";
    }
}

void print_statements(Runner& runner, const pg::MigrationPlan& plan) {
    for (const pg::PlannedMigration& migration : plan.migrations) {
        if (migration.applied) {
            continue;
        }
        runner.out << "\n-- " << migration.number << " " << migration.name
                   << (migration.in_transaction ? "" : " (outside a transaction)") << '\n';
        for (const std::string& statement : migration.statements) {
            print_statement(runner, "", statement);
        }
    }
    for (const pg::InferredCount& count : plan.inference.counts) {
        runner.out << "-- would set " << count.column << " to " << count.status << " in "
                   << count.rows << " rows\n";
    }
}

void print_progress(std::ostream& err, const pg::MigrationProgress& progress) {
    using Event = pg::MigrationProgress::Event;
    switch (progress.event) {
    case Event::waiting_for_run:
        err << "callctl: waiting for another migrate to end\n";
        break;
    case Event::applying:
        err << "callctl: applying " << progress.number << " " << progress.name << '\n';
        break;
    case Event::waiting_for_lock:
        err << "callctl: waiting for a lock: " << printable_text(progress.detail) << '\n';
        break;
    case Event::applied:
        break;
    case Event::inferring:
        if (progress.rows == 0) {
            break;
        }
        err << "callctl: inferred the statuses of " << progress.rows << " rows\n";
        break;
    }
}

void print_host(Runner& runner, const pg::MigrationPlan& plan) {
    const auto list = [&runner](const std::string& title, const std::vector<std::string>& items) {
        for (const std::string& item : items) {
            print_line(runner, title, item);
        }
    };
    const std::string absent = plan.refusals.empty() ? "not there, will be created" : "not there";
    print_line(runner, "call_log: ", plan.host.exists ? plan.host.name : absent);
    list("  lacks column ", plan.host.missing);
    list("  requires a value for column ", plan.host.required);
    list("  note: ", plan.host.notes);
    print_problems(runner, "  problem: ", plan.host.problems);
    print_problems(runner, "refused: ", plan.refusals);
}

void print_survey(Runner& runner, const pg::MigrationPlan& plan, const pg::AdoptionSurvey& survey) {
    if (!plan.host.exists) {
        runner.out << "there is no call_log"
                   << (survey.obstacles.empty() ? ": one is created\n" : "\n");
    } else {
        print_recognised(runner, plan, survey);
        print_additions(runner, plan, survey);
        if (survey.counted) {
            print_inference(runner, plan.inference);
        }
        print_fates(runner, survey);
        print_locks(runner, survey);
    }
    if (!survey.obstacles.empty()) {
        runner.out << '\n';
    }
    print_problems(runner, "in the way: ", survey.obstacles);
}

void print_undo(Runner& runner, const pg::UndoPlan& plan) {
    if (!plan.statements.empty()) {
        runner.out << "in one transaction:\n";
    }
    for (const std::string& statement : plan.statements) {
        print_statement(runner, "  ", statement);
    }
    for (const pg::Loss& loss : plan.losses) {
        runner.out << fmt::format("lost: {} {}\n", loss.rows, loss.what);
    }
    for (const std::string& kept : plan.kept) {
        print_line(runner, "stays: ", kept);
    }
    for (const std::string& worker : plan.at_work) {
        print_line(runner, "at work: ", worker);
    }
    print_problems(runner, "in the way: ", plan.refusals);
}

} // namespace callctl::cmd
