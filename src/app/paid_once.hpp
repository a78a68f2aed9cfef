// Requests that cost money, whose answers are kept so that none is sent twice.
#pragma once

#include "call/failure.hpp"
#include "call/stage.hpp"
#include "port/piece_shelf.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace callctl::app {

/// What an answer was worth.
struct PaidAnswer {
    std::string document{}; ///< JSON
    std::string request_id{};
    std::int64_t audio_ms{0};
    std::int64_t cost_micros{0};
};

class PaidOnce {
  public:
    /// `shelf` must outlive this.
    PaidOnce(port::PieceShelf& shelf, call::Stage stage) : m_shelf{shelf}, m_stage{stage} {}

    /// The document kept under `key`, or that of `ask`, which is kept before it is handed over.
    /// Failures: those of `ask`; interrupted when the call has gone to another worker.
    [[nodiscard]] call::Outcome<std::string>
    ask(const std::string& key, const std::function<call::Outcome<PaidAnswer>()>& ask);

    /// Of what was asked and not found.
    [[nodiscard]] std::int64_t audio_ms() const { return m_audio_ms; }
    [[nodiscard]] std::int64_t cost_micros() const { return m_cost_micros; }

  private:
    port::PieceShelf& m_shelf;
    call::Stage m_stage;
    std::int64_t m_audio_ms{0};
    std::int64_t m_cost_micros{0};
};

} // namespace callctl::app
