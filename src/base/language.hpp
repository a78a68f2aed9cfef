// Names of languages as servers spell them.
#pragma once

#include <string_view>

namespace callctl::base {

/// The ISO 639-1 code behind a code (`he`, `he-IL`, `iw`, `heb`) or an English name (`hebrew`, as
/// Whisper's `verbose_json` has it), without regard to case; empty when it is none we know. The
/// table holds the languages of Whisper (openai/whisper, tokenizer.py) and of gpt-transcribe.
/// Cantonese has no code of its own there and is Chinese, as ISO 639-3 has it.
[[nodiscard]] std::string_view iso_language(std::string_view name);

} // namespace callctl::base
