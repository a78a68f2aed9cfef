// The summary stage: one question, or several where the transcript is more than the model reads.
#pragma once

#include "app/paid_once.hpp"
#include "app/summary_server.hpp"
#include "call/change.hpp"
#include "call/failure.hpp"
#include "pipeline/cost.hpp"
#include "port/http_client.hpp"
#include "port/piece_shelf.hpp"
#include "summary/prompt.hpp"
#include "summary/summary.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace callctl::app {

class SummariseJob {
  public:
    /// The references must outlive this. What the call's own row says wins over `business`.
    SummariseJob(port::HttpClient& http, SummaryServer& server, port::PieceShelf& shelf,
                 summary::Context business, const pipeline::Price& price = {});

    /// Summarises the call's transcript (the host's realtime one where there is no other). The
    /// answer, and that to each part of a long one, is kept as a piece, so that it is paid for once
    /// whatever becomes of the worker or of the host's row. Failures: those of summary::judged;
    /// no_speech for a blank transcript; too_large where parts do not help; interrupted when the
    /// call is no longer ours.
    [[nodiscard]] call::Outcome<call::Artefact> run(const call::Call& call);

    /// Of all replies to this job, whatever they held; pieces that were found cost nothing.
    [[nodiscard]] const summary::Tokens& tokens() const { return m_tokens; }
    /// What they cost; 0 where no price is known.
    [[nodiscard]] std::int64_t cost_micros() const;

  private:
    using Lines = std::vector<std::string>;

    [[nodiscard]] call::Outcome<summary::Summary> summarised(const Lines& lines);
    [[nodiscard]] call::Outcome<summary::Summary> summarised_in_parts(const Lines& lines,
                                                                      summary::Server server);
    [[nodiscard]] call::Outcome<summary::Summary> merged_from_parts(Lines lines,
                                                                    const summary::Server& server);
    [[nodiscard]] call::Outcome<Lines> part_documents(std::span<const Lines> parts,
                                                      const summary::Server& server);
    [[nodiscard]] call::Outcome<summary::Summary> paid_once(const summary::Question& question,
                                                            const summary::Server& server);
    [[nodiscard]] call::Outcome<summary::Summary> ask(const summary::Question& question,
                                                      const summary::Server& server);

    port::HttpClient& m_http;
    SummaryServer& m_server;
    PaidOnce m_paid;
    summary::Context m_context;
    pipeline::Price m_price;
    summary::Tokens m_tokens{};
    summary::Question m_refused{}; ///< the last one that was answered by a failure
};

} // namespace callctl::app
