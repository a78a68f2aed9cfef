// The JSON of `callctl migrate`; callctl-migrate(1) lists the fields.
#pragma once

#include "pg/migrator.hpp"

#include <nlohmann/json_fwd.hpp>

namespace callctl::cmd {

[[nodiscard]] nlohmann::ordered_json to_json(const pg::MigrationPlan& plan, bool with_sql);
[[nodiscard]] nlohmann::ordered_json to_json(const pg::MigrationReport& report);
[[nodiscard]] nlohmann::ordered_json to_json(const pg::AdoptionSurvey& survey);
[[nodiscard]] nlohmann::ordered_json to_json(const pg::UndoPlan& plan);

} // namespace callctl::cmd
