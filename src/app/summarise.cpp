#include "app/summarise.hpp"

#include "app/transport.hpp"
#include "summary/one_sided.hpp"
#include "summary/parts.hpp"
#include "summary/piece.hpp"
#include "summary/trial.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace callctl::app {
namespace {

using call::Outcome;
using call::Reason;
using summary::Server;
using summary::Summary;

// After each the parts are about half as long.
constexpr int k_most_narrowings = 3;

call::Failure failure(Reason reason, std::string_view problem) {
    return {.reason = reason, .detail = fmt::format("{}: {}", summary::k_what, problem)};
}

summary::Context context_of(summary::Context context, const call::Call& call) {
    context.direction = call::to_string(call.facts.direction);
    if (!call.business_name.empty()) {
        context.business_name = call.business_name;
    }
    if (!call.business_type.empty()) {
        context.business_type = call.business_type;
    }
    return context;
}

// Of text, smaller is in parts: a 413 of an edge or of Anthropic speaks of bytes.
bool is_too_much(const call::Failure& failure) {
    return failure.remedy == call::Remedy::summarise_in_parts ||
           failure.remedy == call::Remedy::split_smaller;
}

call::Artefact artefact_of(const Summary& summary, std::string_view configured_language) {
    const std::string_view language =
        configured_language.empty() ? std::string_view{summary.language} : configured_language;
    return {.stage = call::Stage::summary,
            .text = summary::render(summary, language),
            .document = summary.document,
            .language = std::string{language}};
}

} // namespace

SummariseJob::SummariseJob(port::HttpClient& http, SummaryServer& server, port::PieceShelf& shelf,
                           summary::Context business, const pipeline::Price& price)
    : m_http{http}, m_server{server}, m_paid{shelf, call::Stage::summary},
      m_context{std::move(business)}, m_price{price} {}

std::int64_t SummariseJob::cost_micros() const {
    return pipeline::token_cost(m_price, m_tokens.input, m_tokens.output);
}

Outcome<call::Artefact> SummariseJob::run(const call::Call& call) {
    m_context = context_of(std::move(m_context), call);
    const Lines lines =
        summary::lines_of(call.transcript.empty() ? call.live_transcript : call.transcript);
    if (lines.empty()) {
        return base::fail(failure(Reason::no_speech, "the transcript is empty"));
    }
    if (const auto known = summary::one_sided_summary(lines, m_context.language)) {
        return artefact_of(*known, m_context.language);
    }
    const auto summary = summarised(lines);
    if (!summary) {
        return base::fail(summary.error());
    }
    call::Artefact artefact = artefact_of(*summary, m_context.language);
    artefact.provider_host = base::host_of(m_server.configured().base_url);
    artefact.model = m_server.configured().model;
    return artefact;
}

Outcome<Summary> SummariseJob::summarised(const Lines& lines) {
    const auto question = summary::whole_question(m_context, lines);
    const Server server = m_server.known();
    if (summary::estimated_tokens(question.data) > summary::room_of(server, question).whole) {
        return summarised_in_parts(lines, server);
    }
    auto summary = paid_once(question, server);
    if (summary || !is_too_much(summary.error())) {
        return summary;
    }
    return summarised_in_parts(lines, summary::narrowed(server, question, summary.error()));
}

// An estimate of tokens may be wrong of any model; what it refuses is asked in smaller parts.
Outcome<Summary> SummariseJob::summarised_in_parts(const Lines& lines, Server server) {
    for (int narrowings = 0;; ++narrowings) {
        auto summary = merged_from_parts(lines, server);
        if (summary || !is_too_much(summary.error()) || narrowings == k_most_narrowings) {
            return summary;
        }
        server = summary::narrowed(std::move(server), m_refused, summary.error());
    }
}

// Documents of parts are lines in their turn, until they fit into one question.
Outcome<Summary> SummariseJob::merged_from_parts(Lines lines, const Server& server) {
    const auto room = summary::room_of(server, summary::part_question(m_context, {}, 1, 1));
    if (room.part < summary::k_smallest_part) {
        return base::fail(failure(
            Reason::too_large, fmt::format("a context of {} tokens has no room for a part of the "
                                           "transcript beside an answer of {} tokens",
                                           server.context_tokens, server.max_tokens)));
    }
    auto overlap = summary::Overlap::turns;
    while (true) {
        const auto documents = part_documents(summary::in_parts(lines, room.part, overlap), server);
        if (!documents) {
            return base::fail(documents.error());
        }
        const auto merge = summary::merge_question(m_context, *documents);
        const auto size = summary::estimated_tokens(merge.data);
        if (size <= room.whole) {
            return paid_once(merge, server);
        }
        if (size >= summary::estimated_tokens(summary::whole_question(m_context, lines).data)) {
            return base::fail(failure(Reason::too_large, "its parts do not get shorter"));
        }
        lines = *documents;
        overlap = summary::Overlap::none;
    }
}

Outcome<SummariseJob::Lines> SummariseJob::part_documents(std::span<const Lines> parts,
                                                          const Server& server) {
    Lines documents;
    for (const Lines& lines : parts) {
        const auto made = paid_once(
            summary::part_question(m_context, lines, documents.size() + 1, parts.size()), server);
        if (!made) {
            return base::fail(made.error());
        }
        documents.push_back(made->document);
    }
    return documents;
}

Outcome<Summary> SummariseJob::paid_once(const summary::Question& question, const Server& server) {
    const std::string key = summary::piece_key(m_server.configured(), question);
    return m_paid.ask(key, summary::from_document, [&]() -> Outcome<PaidAnswer> {
        const summary::Tokens before = m_tokens;
        auto made = ask(question, server);
        if (!made) {
            return base::fail(made.error());
        }
        return PaidAnswer{.document = std::move(made->document),
                          .request_id = std::move(made->request_id),
                          .cost_micros =
                              pipeline::token_cost(m_price, m_tokens.input - before.input,
                                                   m_tokens.output - before.output)};
    });
}

Outcome<Summary> SummariseJob::ask(const summary::Question& question, const Server& server) {
    summary::Trial trial{.server = server, .question = question};
    std::optional<Server> taught;
    while (true) {
        const auto response =
            exchange(m_http, summary::summary_request(trial.server, trial.question), "summarise");
        if (!response) {
            return base::fail(response.error());
        }
        m_tokens += summary::tokens_of(*response);
        // Some servers refuse under 200: only an answer shows that the form is taken.
        if (taught && summary::read_answer(trial.server, *response)) {
            m_server.learn(*taught);
            taught.reset();
        }
        summary::Verdict verdict = summary::judged(trial, *response);
        if (auto* const next = std::get_if<summary::Trial>(&verdict)) {
            trial = std::move(*next);
            if (trial.last == summary::Change::degraded) {
                taught = trial.server;
            }
            continue;
        }
        if (auto* const failed = std::get_if<call::Failure>(&verdict)) {
            m_refused = trial.question;
            return base::fail(std::move(*failed));
        }
        return std::get<Summary>(std::move(verdict));
    }
}

} // namespace callctl::app
