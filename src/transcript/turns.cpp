#include "transcript/turns.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace callctl::transcript {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds k_same_breath{1000};

void add_turns(std::vector<Turn>& turns, const ChannelText& text, const std::string& speaker) {
    const Transcription& heard = text.transcription;
    const auto add = [&](const std::string& words, std::optional<milliseconds> start,
                         std::optional<milliseconds> end) {
        std::string line = base::one_line(words);
        if (!line.empty()) {
            turns.push_back({.speaker = speaker,
                             .channel = text.channel,
                             .start = start,
                             .end = end,
                             .text = std::move(line)});
        }
    };
    for (const Segment& segment : heard.segments) {
        add(segment.text, segment.start, segment.end);
    }
    if (heard.segments.empty()) {
        add(heard.text, std::nullopt, std::nullopt);
    }
}

bool joins(const Turn& before, const Turn& after) {
    return before.channel == after.channel && before.end && after.start &&
           *after.start - *before.end < k_same_breath;
}

std::vector<Turn> joined(std::vector<Turn> turns) {
    std::vector<Turn> out;
    for (Turn& turn : turns) {
        if (out.empty() || !joins(out.back(), turn)) {
            out.push_back(std::move(turn));
            continue;
        }
        out.back().text += ' ' + turn.text;
        out.back().end = std::max(out.back().end, turn.end);
    }
    return out;
}

std::string clock(milliseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    if (seconds < 3600) {
        return fmt::format("[{:02}:{:02}]", seconds / 60, seconds % 60);
    }
    return fmt::format("[{}:{:02}:{:02}]", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

Json seconds_of(std::optional<milliseconds> time) {
    return time ? Json(static_cast<double>(time->count()) / 1000.0) : Json(nullptr);
}

} // namespace

std::string speaker_of(int channel, int channels, call::Direction direction,
                       const std::string& recording_source) {
    if (channels < 2) {
        return "call";
    }
    if (channel > 1) { // Twilio has no third; whoever it is, it is not one of the two
        return fmt::format("channel {}", channel + 1);
    }
    const bool swapped = base::lower_case(recording_source) == "trunking";
    if ((channel == 1) != swapped) {
        return "agent";
    }
    return direction == call::Direction::inbound ? "caller" : "customer";
}

std::vector<Turn> merge_turns(const std::vector<ChannelText>& texts, int recording_channels,
                              call::Direction direction, const std::string& recording_source) {
    std::vector<Turn> turns;
    for (const ChannelText& text : texts) {
        add_turns(turns, text,
                  speaker_of(text.channel, recording_channels, direction, recording_source));
    }
    // An absent time is less than any.
    std::ranges::stable_sort(turns, {}, [](const Turn& turn) {
        return std::tuple{turn.start, turn.channel};
    });
    return joined(std::move(turns));
}

std::string render(const std::vector<Turn>& turns) {
    std::string out;
    for (const Turn& turn : turns) {
        out += out.empty() ? "" : "\n";
        out += turn.start ? clock(*turn.start) + ' ' : "";
        fmt::format_to(std::back_inserter(out), "{}: {}", turn.speaker, turn.text);
    }
    return out;
}

std::string document(const std::vector<Turn>& turns) {
    Json list = Json::array();
    for (const Turn& turn : turns) {
        list.push_back({{"speaker", turn.speaker},
                        {"channel", turn.channel},
                        {"start", seconds_of(turn.start)},
                        {"end", seconds_of(turn.end)},
                        {"text", turn.text}});
    }
    const Json whole{{"schema", 1}, {"turns", std::move(list)}};
    return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace callctl::transcript
