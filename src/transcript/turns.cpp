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

constexpr milliseconds k_same_breath{1'000};
// A monologue is easier to find one's way in with a time every minute.
constexpr milliseconds k_longest_turn{60'000};

bool joins(const Turn& before, const Turn& after) {
    return before.channel == after.channel && after.start - before.end < k_same_breath &&
           after.end - before.start <= k_longest_turn;
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

double seconds_of(milliseconds time) {
    return static_cast<double>(time.count()) / 1000.0;
}

Json to_json(const Turn& turn) {
    return {{"speaker", turn.speaker},
            {"channel", turn.channel},
            {"start", seconds_of(turn.start)},
            {"end", seconds_of(turn.end)},
            {"text", turn.text}};
}

Json to_json(const Doubted& doubted) {
    const Segment& segment = doubted.utterance.segment;
    return {{"reason", to_string(doubted.doubt)},
            {"channel", doubted.utterance.channel},
            {"start", seconds_of(segment.start)},
            {"end", seconds_of(segment.end)},
            {"text", segment.text}};
}

template <class T>
Json list_of(const std::vector<T>& entries) {
    Json list = Json::array();
    for (const T& entry : entries) {
        list.push_back(to_json(entry));
    }
    return list;
}

} // namespace

std::string speaker_of(int channel, const Recorded& recorded, const Speakers& speakers) {
    if (recorded.channels < 2) {
        return "call";
    }
    if (channel > 1) { // Twilio has no third; whoever it is, it is not one of the two
        return fmt::format("channel {}", channel + 1);
    }
    const bool swapped = base::lower_case(recorded.source) == "trunking";
    const auto& names =
        recorded.direction == call::Direction::inbound ? speakers.inbound : speakers.outbound;
    return (channel == 1) != swapped ? names[1] : names[0];
}

std::vector<Turn> merge_turns(const std::vector<Utterance>& utterances, const Recorded& recorded,
                              const Speakers& speakers) {
    std::vector<Turn> turns;
    for (const Utterance& utterance : utterances) {
        std::string line = base::one_line(utterance.segment.text);
        if (!line.empty()) {
            turns.push_back({.speaker = speaker_of(utterance.channel, recorded, speakers),
                             .channel = utterance.channel,
                             .start = utterance.segment.start,
                             .end = utterance.segment.end,
                             .text = std::move(line)});
        }
    }
    std::ranges::stable_sort(turns, {}, [](const Turn& turn) {
        return std::tuple{turn.start, turn.channel};
    });
    return joined(std::move(turns));
}

std::string render(const std::vector<Turn>& turns) {
    std::string out;
    for (const Turn& turn : turns) {
        fmt::format_to(std::back_inserter(out), "{}{} {}: {}", out.empty() ? "" : "\n",
                       clock(turn.start), turn.speaker, turn.text);
    }
    return out;
}

std::string document(const std::vector<Turn>& turns, const std::vector<Doubted>& dropped) {
    const Json whole{{"schema", 1}, {"turns", list_of(turns)}, {"dropped", list_of(dropped)}};
    return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace callctl::transcript
