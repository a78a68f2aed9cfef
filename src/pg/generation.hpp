// Of which make the host application's table is.
#pragma once

#include "pg/host_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace callctl::pg {

enum class Generation {
    none, ///< there is no table
    s,    ///< the application of the pipeline's document, with or without its five status columns
    m,    ///< its sibling, which never got them and has grown columns of its own
    unknown, ///< neither: what callctl needs decides, not the name
};

[[nodiscard]] std::string_view to_string(Generation generation);

struct Recognised {
    Generation generation{Generation::none};
    std::vector<std::string> by{}; ///< the columns that tell
};

/// Columns that callctl has added tell nothing.
[[nodiscard]] Recognised recognise(const HostTable& table);

} // namespace callctl::pg
