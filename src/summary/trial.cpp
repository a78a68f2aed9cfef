#include "summary/trial.hpp"

#include "call/ai_failure.hpp"
#include "summary/parts.hpp"
#include "summary/schema.hpp"
#include "summary/script.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace callctl::summary {
namespace {

constexpr int k_enlargement = 4;

call::Failure cut_off(const base::HttpResponse& response, int tokens) {
    return call::ai_bad_reply(response, k_what,
                              fmt::format("the answer was cut off at {} tokens", tokens));
}

Verdict after_refusal(const Trial& trial, const call::Failure& failure,
                      const base::HttpResponse& response) {
    if (failure.remedy != call::Remedy::degrade) {
        return failure;
    }
    if (trial.last == Change::enlarged) { // more than the model can write; the name was right
        return cut_off(response, trial.server.max_tokens / k_enlargement);
    }
    auto server = degraded(trial.server, failure);
    if (!server) {
        return failure;
    }
    Trial next = trial;
    next.server = std::move(*server);
    next.last = Change::degraded;
    return next;
}

// The most that the context leaves for an answer.
std::size_t most_tokens(const Server& server, const Question& question) {
    const std::size_t left =
        room_of(server, question).whole + static_cast<std::size_t>(server.max_tokens);
    return left - std::min(left, estimated_tokens(question.data));
}

// Models that reason spend the budget before they write.
Verdict after_cut(const Trial& trial, const base::HttpResponse& response) {
    const auto spent = static_cast<std::size_t>(trial.server.max_tokens);
    const std::size_t larger =
        std::min(spent * k_enlargement, most_tokens(trial.server, trial.question));
    const bool limited = !trial.server.max_tokens_field.empty();
    if (trial.enlarged || !limited || larger <= spent) {
        return cut_off(response, trial.server.max_tokens);
    }
    Trial next = trial;
    next.server.max_tokens = static_cast<int>(larger);
    next.enlarged = true;
    next.last = Change::enlarged;
    return next;
}

Verdict after_bad_answer(const Trial& trial, const base::HttpResponse& response,
                         const std::string& problem) {
    Trial next = trial;
    next.question.complaint = problem;
    if (!trial.repaired) {
        next.repaired = true;
        next.last = Change::repaired;
        return next;
    }
    const auto form = simpler(trial.server);
    if (trial.simplified || !form) {
        return call::ai_bad_reply(response, k_what, problem);
    }
    next.server.answer_form = *form;
    next.simplified = true;
    next.last = Change::simplified;
    return next;
}

} // namespace

Verdict judged(const Trial& trial, const base::HttpResponse& response) {
    const auto answer = read_answer(trial.server, response);
    if (!answer) {
        return after_refusal(trial, answer.error(), response);
    }
    auto summary = checked(answer->text);
    if (summary) {
        summary->request_id = answer->request_id;
        const std::string& language =
            trial.question.language.empty() ? summary->language : trial.question.language;
        // Asked for once: a summary in the wrong language is better than none.
        return trial.repaired || is_written_in(*summary, language)
                   ? Verdict{std::move(*summary)}
                   : after_bad_answer(trial, response, "the texts are not in their language");
    }
    return answer->ending == Ending::cut_off ? after_cut(trial, response)
                                             : after_bad_answer(trial, response, summary.error());
}

} // namespace callctl::summary
