// What a speech model made up: on silence, on noise, in a loop. A text is doubted by what is known
// of the sound behind it, never for its content alone: callers do say "thank you".
#pragma once

#include "transcript/utterance.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace callctl::transcript {

enum class Doubt : std::uint8_t {
    unsure,        ///< the model's own scores say silence (openai/whisper, transcribe.py)
    repetition,    ///< the same words over and over
    too_much_text, ///< more than anybody can say in that time
    stock_phrase,  ///< what models are known to write where there is next to no sound
    no_words,      ///< `[music]`, notes, nothing but signs
    prompt_echo,   ///< what we told the model beforehand
    crosstalk,     ///< the other channel's words, much quieter
};

/// `too_much_text`, for the artefact.
[[nodiscard]] std::string_view to_string(Doubt doubt);

struct Doubted {
    Utterance utterance{};
    Doubt doubt{Doubt::unsure};
};

struct Sifted {
    std::vector<Utterance> kept{}; ///< in the order they came
    std::vector<Doubted> dropped{};
};

/// Sets aside what nobody said. Of a loop inside good text the first two rounds stay. `prompt` is
/// what was sent to the model, empty for none.
[[nodiscard]] Sifted sifted(std::vector<Utterance> utterances, std::string_view prompt);

} // namespace callctl::transcript
