// Requests that cost money, whose answers are kept so that none is sent twice.
#pragma once

#include "call/failure.hpp"
#include "call/stage.hpp"
#include "port/piece_shelf.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

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
    using Ask = std::function<call::Outcome<PaidAnswer>()>;

    /// `shelf` must outlive this.
    PaidOnce(port::PieceShelf& shelf, call::Stage stage) : m_shelf{shelf}, m_stage{stage} {}

    /// What `read` makes of the document kept under `key`, or of that of `ask`, which is kept
    /// before it is handed over. A kept one of which `read` makes nothing counts as none, and is
    /// replaced. Failures: those of `ask`; interrupted when the call has gone to another worker.
    template <class Read>
    [[nodiscard]] auto ask(const std::string& key, const Read& read, const Ask& ask)
        -> call::Outcome<typename std::invoke_result_t<Read, const std::string&>::value_type>;

    /// Of what was asked and not found.
    [[nodiscard]] std::int64_t audio_ms() const { return m_audio_ms; }
    [[nodiscard]] std::int64_t cost_micros() const { return m_cost_micros; }

  private:
    [[nodiscard]] std::optional<std::string> found(const std::string& key);
    [[nodiscard]] call::Outcome<std::string> paid(const std::string& key, const Ask& ask);

    port::PieceShelf& m_shelf;
    call::Stage m_stage;
    std::int64_t m_audio_ms{0};
    std::int64_t m_cost_micros{0};
};

// --- Inline implementations ---

template <class Read>
auto PaidOnce::ask(const std::string& key, const Read& read, const Ask& ask)
    -> call::Outcome<typename std::invoke_result_t<Read, const std::string&>::value_type> {
    if (const auto kept = found(key)) {
        if (auto value = read(*kept)) {
            return std::move(*value);
        }
    }
    const auto document = paid(key, ask);
    if (!document) {
        return base::fail(document.error());
    }
    auto value = read(*document);
    if (!value) {
        return base::fail(call::Failure{.reason = call::Reason::local_fault,
                                        .detail = "an answer that was just kept cannot be read"});
    }
    return std::move(*value);
}

} // namespace callctl::app
