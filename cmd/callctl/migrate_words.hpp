// What `callctl migrate` tells an operator.
#pragma once

#include "runner.hpp"

#include "pg/migrator.hpp"

namespace callctl::cmd {

void print_migrations(Runner& runner, const pg::MigrationPlan& plan);
void print_host(Runner& runner, const pg::MigrationPlan& plan);
/// The SQL of what is pending, and what would be inferred.
void print_statements(Runner& runner, const pg::MigrationPlan& plan);
void print_survey(Runner& runner, const pg::MigrationPlan& plan, const pg::AdoptionSurvey& survey);
void print_undo(Runner& runner, const pg::UndoPlan& plan);
/// On standard error: standard output is for the result.
void print_progress(std::ostream& err, const pg::MigrationProgress& progress);

} // namespace callctl::cmd
