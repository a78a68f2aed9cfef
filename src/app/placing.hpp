// Between the sound of a recording and its words: how it is cut for a server, and where in the call
// what the server heard belongs.
#pragma once

#include "audio/packing.hpp"
#include "audio/survey.hpp"
#include "transcript/exchange.hpp"
#include "transcript/server.hpp"
#include "transcript/utterance.hpp"

#include <vector>

namespace callctl::app {

/// What Twilio records.
inline constexpr audio::WavInfo k_telephone{.channels = 2, .sample_rate = 8000};

/// A request of the server has room for 5 seconds of the recording's sound beside its other parts.
[[nodiscard]] bool has_room(const transcript::Server& server, const audio::WavInfo& recording);

/// Speech is cut at the latest where one request of the server is full. \pre has_room
[[nodiscard]] audio::ActivityRules activity_rules(const transcript::Server& server,
                                                  const audio::WavInfo& recording);

/// As much as a request may carry where the server gives times, else a turn in each, whose times
/// are our own. \pre has_room
[[nodiscard]] audio::PackingRules packing_rules(const transcript::Server& server,
                                                const audio::WavInfo& recording);

/// The server gave no times to more words than one turn has, so that nobody could find them.
[[nodiscard]] bool lacks_times(const audio::Package& package,
                               const transcript::Transcription& heard);

/// What was heard in a package; without times of the server's, as one utterance.
[[nodiscard]] std::vector<transcript::Utterance> placed(const audio::Package& package,
                                                        const transcript::Transcription& heard);

/// What was heard on a channel of a whole recording, where times are the call's.
[[nodiscard]] std::vector<transcript::Utterance> placed(const audio::Survey& survey,
                                                        const transcript::ChannelText& heard);

} // namespace callctl::app
