// The conversations that the simulator's callers and agents have, written down beforehand: so it
// knows what a transcript of them must say.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

enum class Voice { caller, agent };
enum class Sound { speech, music, noise };

struct Line {
    Voice voice{};
    std::chrono::milliseconds gap{0}; ///< silence before it; negative: talks into the line before
    std::string text{};
    std::string language{};
    std::vector<std::string> phrases{}; ///< of the text, where they are spoken one by one
    Sound sound{Sound::speech};
    std::chrono::milliseconds length{0}; ///< of what is not speech
};

/// What a good summary says of it, in the language of the call.
struct Gist {
    std::string topic{};
    std::string outcome{};
    std::vector<std::string> agreed{};
    std::vector<std::string> follow_ups{};
    std::string sentiment{"neutral"};
    std::string customer_name{};
};

struct Dialogue {
    std::string id{};
    std::string language{};
    std::vector<Line> lines{};
    Gist gist{};
    std::chrono::milliseconds length{0}; ///< lines beyond it are not said; 0: all are
};

[[nodiscard]] const std::vector<Dialogue>& all_dialogues();
[[nodiscard]] const Dialogue* find_dialogue(std::string_view id);

} // namespace callctl::sim
