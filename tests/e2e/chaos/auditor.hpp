// Whether the promises were kept: from the ledger, the database and what the simulator knows, with
// no word of callctl's own.
#pragma once

#include "e2e/chaos/database.hpp"
#include "e2e/chaos/http.hpp"
#include "e2e/chaos/ledger.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace callctl::chaos {

/// A line of the table; `broken` where a goal was missed.
struct Figure {
    std::string name{};
    std::string measured{};
    std::string goal{};
    bool broken{false};
    std::vector<std::string> examples{}; ///< of what broke it, a few
};

class Auditor {
  public:
    Auditor(Database& database, std::uint16_t simulator, const Ledger& ledger)
        : m_database{database}, m_simulator{simulator}, m_exchanges{ledger.all()} {}

    [[nodiscard]] std::vector<Figure> figures();

  private:
    [[nodiscard]] Figure lost_webhooks();
    [[nodiscard]] Figure lost_calls();
    [[nodiscard]] Figure unended_calls();
    [[nodiscard]] Figure wrong_ends();
    [[nodiscard]] Figure doubled_effects();
    [[nodiscard]] Figure stale_writes();
    [[nodiscard]] Figure doubled_recordings();
    [[nodiscard]] Figure stored_pieces_asked_again();
    [[nodiscard]] Figure doubled_requests();

    Database& m_database;
    std::uint16_t m_simulator;
    std::vector<Exchange> m_exchanges;
    Json m_state{};
    Json m_bills{};
};

} // namespace callctl::chaos
