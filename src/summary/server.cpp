#include "summary/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace callctl::summary {
namespace {

constexpr std::string_view k_completion_tokens = "max_completion_tokens";
constexpr std::string_view k_tokens = "max_tokens";

enum class Parameter : std::uint8_t { form, limit, temperature, reasoning_effort };

struct Sign {
    std::string_view word;
    Parameter parameter;
};

// In a refusal's `param` or, for servers that name none, in its words. A message about the limit
// may name the form in passing, not the other way round; so the limit comes first.
constexpr std::array k_signs{
    Sign{"max_tokens", Parameter::limit},
    Sign{"max_completion_tokens", Parameter::limit},
    Sign{"temperature", Parameter::temperature},
    Sign{"reasoning_effort", Parameter::reasoning_effort},
    Sign{"reasoning.effort", Parameter::reasoning_effort},
    Sign{"response_format", Parameter::form},
    Sign{"json_schema", Parameter::form},
    Sign{"json_object", Parameter::form},
    Sign{"output_config", Parameter::form},
    Sign{"output_format", Parameter::form},
};

// What is not recognised is taken to be the form: it is what servers differ in most.
Parameter refused(const call::Failure& failure) {
    for (const std::string_view text :
         {std::string_view{failure.parameter}, std::string_view{failure.detail}}) {
        for (const Sign& sign : k_signs) {
            if (text.find(sign.word) != std::string_view::npos) {
                return sign.parameter;
            }
        }
    }
    return Parameter::form;
}

// The limit is known under two names (OpenAI: `max_tokens` is deprecated, newer models refuse it;
// Ollama and llama.cpp know no other). Without either, an answer ends where the model ends it.
std::optional<Server> with_other_limit(Server server) {
    if (server.kind == ServerKind::anthropic || server.max_tokens_field.empty()) {
        return std::nullopt;
    }
    if (server.limit_renamed) {
        server.max_tokens_field.clear();
    } else {
        const bool old = server.max_tokens_field == k_tokens;
        server.max_tokens_field = old ? k_completion_tokens : k_tokens;
        server.limit_renamed = true;
    }
    return server;
}

std::optional<Server> with_simpler_form(Server server) {
    const auto form = simpler(server);
    if (!form) {
        return std::nullopt;
    }
    server.answer_form = *form;
    return server;
}

} // namespace

std::string_view to_string(AnswerForm form) {
    switch (form) {
    case AnswerForm::json_schema:
        return "json_schema";
    case AnswerForm::json_object:
        return "json_object";
    case AnswerForm::none:
        return "none";
    }
    return "unknown";
}

std::optional<AnswerForm> simpler(const Server& server) {
    switch (server.answer_form) {
    case AnswerForm::json_schema: // Anthropic's output_config knows no form between the two
        return server.kind == ServerKind::anthropic ? AnswerForm::none : AnswerForm::json_object;
    case AnswerForm::json_object:
        return AnswerForm::none;
    case AnswerForm::none:
        return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Server> degraded(const Server& server, const call::Failure& failure) {
    Server lower = server;
    switch (refused(failure)) {
    case Parameter::limit:
        return with_other_limit(std::move(lower));
    case Parameter::temperature:
        lower.temperature.reset();
        return server.temperature ? std::optional{std::move(lower)} : std::nullopt;
    case Parameter::reasoning_effort:
        lower.reasoning_effort.clear();
        return server.reasoning_effort.empty() ? std::nullopt : std::optional{std::move(lower)};
    case Parameter::form:
        return with_simpler_form(std::move(lower));
    }
    return std::nullopt;
}

Server without_refused(Server known, const Server& taught) {
    known.answer_form = std::max(known.answer_form, taught.answer_form);
    if (taught.limit_renamed && !known.max_tokens_field.empty()) {
        known.max_tokens_field = taught.max_tokens_field;
        known.limit_renamed = true;
    }
    if (!taught.temperature) {
        known.temperature.reset();
    }
    if (taught.reasoning_effort.empty()) {
        known.reasoning_effort.clear();
    }
    return known;
}

std::string request_url(const Server& server) {
    return base::model_url(server.base_url, server.path, server.model, server.query);
}

std::string fingerprint(const Server& server) {
    return fmt::format("{}\nmodel {}\nform {}\ntemperature {}\neffort {}\n", request_url(server),
                       server.model, to_string(server.answer_form),
                       server.temperature ? fmt::format("{}", *server.temperature) : "-",
                       server.reasoning_effort);
}

base::HttpAuth auth_of(const Server& server) {
    return base::key_auth(server.auth_header, server.auth_prefix, server.api_key);
}

} // namespace callctl::summary
