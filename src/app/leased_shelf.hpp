// The pieces of a call, for as long as a worker holds it.
#pragma once

#include "base/ids.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"
#include "port/piece_shelf.hpp"

namespace spdlog {
class logger;
}

namespace callctl::app {

class LeasedShelf : public port::PieceShelf {
  public:
    /// All references must outlive this.
    LeasedShelf(port::CallStore& store, port::Clock& clock, spdlog::logger& logger,
                const base::CallSid& call, const port::Lease& lease)
        : m_store{store}, m_clock{clock}, m_logger{logger}, m_call{call}, m_lease{lease} {}

    [[nodiscard]] std::optional<call::Piece> find(call::Stage stage,
                                                  const std::string& key) override;
    [[nodiscard]] bool keep(const call::Piece& piece) override;
    /// How many were kept.
    [[nodiscard]] int kept() const { return m_kept; }

  private:
    port::CallStore& m_store;
    port::Clock& m_clock;
    spdlog::logger& m_logger;
    const base::CallSid& m_call;
    const port::Lease& m_lease;
    int m_kept{0};
};

} // namespace callctl::app
