// What the rules of several servers have in common.
#pragma once

#include "sim/audio_posted.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

// The allow-list of gpt-transcribe; Whisper's differs in languages that no test speaks.
inline constexpr std::string_view k_language_codes =
    "af ar hy az be bn bs bg yue ca zh hr cs da nl en et fi fr gl ka de el gu he hi hu is id it ja "
    "kn kk ko lv lt mk ms ml mi mr ne no fa pl pt ro ru sr sk sl es sw sv tl ta te th tr uk ur vi "
    "cy";

/// Of a list with blanks between its words.
[[nodiscard]] bool is_one_of(std::string_view list, std::string_view word);

/// Of gpt-transcribe, with `[]` or without.
[[nodiscard]] std::vector<std::string> language_hints(const PostedAudio& posted);

} // namespace callctl::sim
