#include "sim/chat.hpp"

#include "sim/long_call.hpp"
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

} // namespace

const Dialogue* dialogue_in(std::string_view text) {
    const Dialogue* best = nullptr;
    double share = k_enough_words;
    const auto consider = [&](const Dialogue& dialogue) {
        const double here = share_of_words(dialogue, text);
        if (here > share) {
            share = here;
            best = &dialogue;
        }
    };
    std::ranges::for_each(all_dialogues(), consider);
    consider(long_call_phrases("en"));
    consider(long_call_phrases("he"));
    return best;
}

std::int64_t tokens_of(std::string_view text) {
    return std::ssize(text) / 4 + 1;
}

Completion completed(const ChatRequest& request, const Fault* fault) {
    Completion completion{.text = content_of(request), .input_tokens = tokens_of(request.text)};
    std::string& text = completion.text;
    const auto kind = fault == nullptr ? std::nullopt : std::optional{fault->kind};
    const bool too_small = request.max_tokens > 0 && tokens_of(text) > request.max_tokens;
    if (kind == FaultKind::length || too_small) {
        completion.cut_off = true;
        text.resize(text.size() / 3);
    } else if (kind == FaultKind::content_filter) {
        completion.filtered = true;
        text.clear();
    } else if (kind == FaultKind::refusal) {
        completion.refused = true;
        text.clear();
    } else if (kind == FaultKind::blank) {
        text.clear();
    } else if (kind == FaultKind::fenced) {
        text = "```json\n" + text + "\n```";
    } else if (kind == FaultKind::invalid_json) {
        text.pop_back();
    }
    completion.output_tokens = tokens_of(text);
    return completion;
}

Answer chat_answer(const ChatRequest& request, const Completion& completion,
                   const std::string& id) {
    const std::string finish = completion.cut_off    ? "length"
                               : completion.filtered ? "content_filter"
                                                     : "stop";
    Json message{{"role", "assistant"},
                 {"content", completion.text.empty() ? Json(nullptr) : Json(completion.text)},
                 {"refusal", completion.refused
                                 ? Json("I'm sorry, I cannot assist with that request.")
                                 : Json(nullptr)},
                 {"annotations", Json::array()}};
    Json choice{{"index", 0},
                {"message", std::move(message)},
                {"logprobs", nullptr},
                {"finish_reason", finish}};
    return json_answer({{"id", id},
                        {"object", "chat.completion"},
                        {"created", 1'790'000'000},
                        {"model", request.model},
                        {"choices", Json::array({std::move(choice)})},
                        {"usage",
                         {{"prompt_tokens", completion.input_tokens},
                          {"completion_tokens", completion.output_tokens},
                          {"total_tokens", completion.input_tokens + completion.output_tokens},
                          {"prompt_tokens_details", {{"cached_tokens", 0}, {"audio_tokens", 0}}},
                          {"completion_tokens_details", {{"reasoning_tokens", 0}}}}},
                        {"service_tier", "default"}});
}

} // namespace callctl::sim
