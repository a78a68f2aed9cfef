#include "summary_server.hpp"

#include "preset_fields.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "summary/preset.hpp"

#include <utility>

namespace callctl::cmd {
namespace {

using summary::AnswerForm;

summary::Server summary_preset(const config::Summary& settings) {
    auto server = summary::preset(settings.provider);
    if (!server) {
        throw base::BugError{"a provider of summaries without a preset: " + settings.provider};
    }
    return *std::move(server);
}

// By name; an empty text takes a header of the preset's out.
void set_headers(summary::Server& server, const std::map<std::string, std::string>& headers) {
    for (const auto& [name, value] : headers) {
        std::erase_if(server.headers, [&name = name](const base::HttpHeader& known) {
            return base::lower_case(known.name) == base::lower_case(name);
        });
        if (!value.empty()) {
            server.headers.push_back({name, value});
        }
    }
}

std::optional<AnswerForm> form_of(const std::optional<std::string>& name) {
    for (const auto form : {AnswerForm::json_schema, AnswerForm::json_object, AnswerForm::none}) {
        if (name == summary::to_string(form)) {
            return form;
        }
    }
    return std::nullopt;
}

const std::vector<Shown<summary::Server>>& shown_of_summary() {
    static const std::vector<Shown<summary::Server>> k_shown{
        {"summary.base_url", [](const summary::Server& s) { return s.base_url; }},
        {"summary.path", [](const summary::Server& s) { return s.path; }},
        {"summary.query", [](const summary::Server& s) { return or_none(s.query); }},
        {"summary.auth_header", [](const summary::Server& s) { return or_none(s.auth_header); }},
        {"summary.auth_prefix", [](const summary::Server& s) { return or_none(s.auth_prefix); }},
        {"summary.response_format",
         [](const summary::Server& s) { return std::string{summary::to_string(s.answer_form)}; }},
        {"summary.max_tokens_field",
         [](const summary::Server& s) { return or_none(s.max_tokens_field); }},
        {"summary.max_tokens",
         [](const summary::Server& s) { return std::to_string(s.max_tokens); }},
        {"summary.context_tokens",
         [](const summary::Server& s) { return std::to_string(s.context_tokens); }},
        {"summary.timeout", [](const summary::Server& s) { return in_minutes(s.timeout); }},
    };
    return k_shown;
}

} // namespace

summary::Server summary_server(const config::Config& config) {
    const config::Summary& settings = config.summary;
    summary::Server server = summary_preset(settings);
    set_unless_empty(server.base_url, settings.base_url);
    set(server.path, settings.path);
    set(server.query, settings.query);
    set(server.auth_header, settings.auth_header);
    set(server.auth_prefix, settings.auth_prefix);
    server.api_key = settings.api_key;
    set_headers(server, settings.headers);
    server.model = settings.model;
    set(server.max_tokens_field, settings.max_tokens_field);
    set(server.max_tokens, settings.max_tokens);
    set(server.answer_form, form_of(settings.response_format));
    server.temperature = settings.temperature;
    server.reasoning_effort = settings.reasoning_effort;
    set(server.context_tokens, settings.context_tokens);
    set(server.timeout, settings.timeout);
    return server;
}

void show_summary_preset(const config::Config& config, std::vector<config::Entry>& entries) {
    show_unset(summary_preset(config.summary), shown_of_summary(), entries);
}

} // namespace callctl::cmd
