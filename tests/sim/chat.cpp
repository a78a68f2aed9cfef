#include "sim/chat.hpp"

#include "sim/schema.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace callctl::sim {
namespace {

constexpr double k_enough_words = 0.3;
constexpr std::size_t k_shortest_word = 6; // in bytes: three Hebrew letters

double share_of_words(const Dialogue& dialogue, std::string_view text) {
    int all = 0;
    int there = 0;
    for (const Line& line : dialogue.lines) {
        for (const std::string& word : split(line.text, ' ')) {
            if (word.size() >= k_shortest_word) {
                ++all;
                there += text.find(word) != std::string_view::npos ? 1 : 0;
            }
        }
    }
    return all == 0 ? 0.0 : static_cast<double>(there) / all;
}

std::string content_of(const ChatRequest& request) {
    const Dialogue* const dialogue = dialogue_in(request.text);
    const Gist unknown{.topic = "Unknown", .outcome = "Unknown", .sentiment = "unknown"};
    const Gist& gist = dialogue == nullptr ? unknown : dialogue->gist;
    const std::string language = dialogue == nullptr ? "en" : dialogue->language;
    if (request.format == "json_schema") {
        return filled(Json::parse(request.schema), gist, language).dump();
    }
    if (request.format == "json_object") {
        return Json{{"topic", gist.topic}, {"outcome", gist.outcome}}.dump();
    }
    return gist.topic + ". " + gist.outcome + ".";
}

// Four bytes a token is what English takes; Hebrew takes more, which no test depends on.
std::int64_t tokens_of(std::string_view text) {
    return std::ssize(text) / 4 + 1;
}

} // namespace

const Dialogue* dialogue_in(std::string_view text) {
    const Dialogue* best = nullptr;
    double share = k_enough_words;
    for (const Dialogue& dialogue : all_dialogues()) {
        const double here = share_of_words(dialogue, text);
        if (here > share) {
            share = here;
            best = &dialogue;
        }
    }
    return best;
}

Completion chat_answer(const ChatRequest& request, const std::string& id, const Fault* fault) {
    std::string content = content_of(request);
    std::string finish = "stop";
    Json refused = nullptr;
    const auto kind = fault == nullptr ? std::nullopt : std::optional{fault->kind};
    const bool too_small = request.max_tokens > 0 && tokens_of(content) > request.max_tokens;
    if (kind == FaultKind::length || too_small) {
        finish = "length";
        content.resize(content.size() / 3);
    } else if (kind == FaultKind::content_filter) {
        finish = "content_filter";
        content.clear();
    } else if (kind == FaultKind::refusal) {
        refused = "I'm sorry, I cannot assist with that request.";
        content.clear();
    } else if (kind == FaultKind::fenced) {
        content = "```json\n" + content + "\n```";
    } else if (kind == FaultKind::invalid_json) {
        content.pop_back();
    }
    const std::int64_t asked = tokens_of(request.text);
    const std::int64_t said = tokens_of(content);
    Json message{{"role", "assistant"},
                 {"content", content.empty() ? Json(nullptr) : Json(content)},
                 {"refusal", std::move(refused)},
                 {"annotations", Json::array()}};
    Json choice{{"index", 0},
                {"message", std::move(message)},
                {"logprobs", nullptr},
                {"finish_reason", finish}};
    Json body{{"id", id},
              {"object", "chat.completion"},
              {"created", 1'790'000'000},
              {"model", request.model},
              {"choices", Json::array({std::move(choice)})},
              {"usage",
               {{"prompt_tokens", asked},
                {"completion_tokens", said},
                {"total_tokens", asked + said},
                {"prompt_tokens_details", {{"cached_tokens", 0}, {"audio_tokens", 0}}},
                {"completion_tokens_details", {{"reasoning_tokens", 0}}}}},
              {"service_tier", "default"}};
    // A budget may cut a letter in two.
    Answer answer{.response = {.status = 200,
                               .content_type = "application/json",
                               .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)}};
    return {.answer = std::move(answer), .input_tokens = asked, .output_tokens = said};
}

} // namespace callctl::sim
