// From what was said on each channel to a conversation.
#pragma once

#include "call/facts.hpp"
#include "transcript/guard.hpp"
#include "transcript/utterance.hpp"

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace callctl::transcript {

struct Turn {
    std::string speaker{};
    int channel{0};
    std::chrono::milliseconds start{0}; ///< of the call
    std::chrono::milliseconds end{0};
    std::string text{}; ///< one line
};

/// Who is heard on the first and on the second channel.
struct Speakers {
    std::array<std::string, 2> inbound{"caller", "agent"};
    std::array<std::string, 2> outbound{"customer", "agent"}; ///< also where no direction is known
};

/// What the speakers are named by.
struct Recorded {
    int channels{2}; ///< of the recording; `utterances` may come from fewer, a silent one says none
    call::Direction direction{call::Direction::unknown};
    std::string source{}; ///< Twilio's RecordingSource
};

/// Channel 0 is what Twilio receives on the recorded leg, channel 1 what it sends to it: the person
/// called or calling is on 0 and our agent on 1 whichever way the call goes
/// (https://www.twilio.com/docs/voice/twiml/dial, recording; Flex Insights, dual-channel
/// recordings); only SIP trunking (RecordingSource `Trunking`) records them the other way round.
/// A mono recording names nobody: `call`.
[[nodiscard]] std::string speaker_of(int channel, const Recorded& recorded,
                                     const Speakers& speakers);

/// Turns by start time, channel 0 first at the same time; neighbours of one speaker less than a
/// second apart are joined, up to a minute. Each text is one line; empty ones are left out.
[[nodiscard]] std::vector<Turn> merge_turns(const std::vector<Utterance>& utterances,
                                            const Recorded& recorded, const Speakers& speakers);

/// One line a turn: `[mm:ss] speaker: text`, `[h:mm:ss]` from the first hour on. No newline at the
/// end.
[[nodiscard]] std::string render(const std::vector<Turn>& turns);

/// The artefact's document: `{"schema":1,"turns":[{"channel","end","speaker","start","text"}],
/// "dropped":[{"channel","end","reason","start","text"}]}`, times in seconds.
[[nodiscard]] std::string document(const std::vector<Turn>& turns,
                                   const std::vector<Doubted>& dropped);

} // namespace callctl::transcript
