#include "app/paid_once.hpp"

namespace callctl::app {

std::optional<std::string> PaidOnce::found(const std::string& key) {
    auto kept = m_shelf.find(m_stage, key);
    return kept ? std::optional{std::move(kept->document)} : std::nullopt;
}

call::Outcome<std::string> PaidOnce::paid(const std::string& key, const Ask& ask) {
    auto answer = ask();
    if (!answer) {
        return base::fail(answer.error());
    }
    m_audio_ms += answer->audio_ms;
    m_cost_micros += answer->cost_micros;
    call::Piece piece{.stage = m_stage,
                      .key = key,
                      .document = std::move(answer->document),
                      .request_id = std::move(answer->request_id),
                      .audio_ms = answer->audio_ms,
                      .cost_micros = answer->cost_micros};
    if (!m_shelf.keep(piece)) {
        return base::fail(call::Failure{.reason = call::Reason::interrupted,
                                        .detail = "another worker has the call"});
    }
    return std::move(piece.document);
}

} // namespace callctl::app
