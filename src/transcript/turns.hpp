// From what was said on each channel to a conversation.
#pragma once

#include "call/facts.hpp"
#include "transcript/exchange.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace callctl::transcript {

/// `start` and `end` are known where the server gave times.
struct Turn {
    std::string speaker{};
    int channel{0};
    std::optional<std::chrono::milliseconds> start{};
    std::optional<std::chrono::milliseconds> end{};
    std::string text{};
};

struct ChannelText {
    int channel{0}; ///< counted from 0
    Transcription transcription{};
};

/// Who is heard on a channel. Channel 0 is what Twilio receives on the recorded leg, channel 1 what
/// it sends to it: the person called or calling is on 0 and our agent on 1 whichever way the call
/// goes (https://www.twilio.com/docs/voice/twiml/dial, recording; Flex Insights, dual-channel
/// recordings); only SIP trunking (RecordingSource `Trunking`) records them the other way round.
/// The agent's side is `agent`; the other is `caller` of an inbound call, else `customer`. A mono
/// recording names nobody: `call`.
[[nodiscard]] std::string speaker_of(int channel, int channels, call::Direction direction,
                                     const std::string& recording_source);

/// Turns by start time, channel 0 first at the same time; neighbours of one speaker less than a
/// second apart are joined. Where a channel has no times its whole text is one turn, and turns
/// without a time come before those with one, by channel. Each text is one line; empty ones are
/// left out. `recording_channels` is how many the recording has, of which `texts` may hold fewer: a
/// silent channel is not transcribed.
[[nodiscard]] std::vector<Turn> merge_turns(const std::vector<ChannelText>& texts,
                                            int recording_channels, call::Direction direction,
                                            const std::string& recording_source);

/// One line a turn: `[mm:ss] speaker: text`, `[h:mm:ss]` from the first hour on, without the time
/// where there is none. No newline at the end.
[[nodiscard]] std::string render(const std::vector<Turn>& turns);

/// The artefact's document: `{"schema":1,"turns":[{"channel","end","speaker","start","text"}]}`,
/// times in seconds, null where unknown.
[[nodiscard]] std::string document(const std::vector<Turn>& turns);

} // namespace callctl::transcript
