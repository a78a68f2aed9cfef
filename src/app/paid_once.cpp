#include "app/paid_once.hpp"

#include <utility>

namespace callctl::app {

call::Outcome<std::string> PaidOnce::ask(const std::string& key,
                                         const std::function<call::Outcome<PaidAnswer>()>& ask) {
    if (auto kept = m_shelf.find(m_stage, key)) {
        return std::move(kept->document);
    }
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
