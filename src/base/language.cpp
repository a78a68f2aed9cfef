#include "base/language.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace callctl::base {
namespace {

struct Spelling {
    std::string_view name;
    std::string_view code;
};

constexpr std::array k_spellings{
    Spelling{"english", "en"},
    Spelling{"hebrew", "he"},
    Spelling{"arabic", "ar"},
    Spelling{"russian", "ru"},
    Spelling{"afrikaans", "af"},
    Spelling{"albanian", "sq"},
    Spelling{"amharic", "am"},
    Spelling{"armenian", "hy"},
    Spelling{"assamese", "as"},
    Spelling{"azerbaijani", "az"},
    Spelling{"bashkir", "ba"},
    Spelling{"basque", "eu"},
    Spelling{"belarusian", "be"},
    Spelling{"bengali", "bn"},
    Spelling{"bosnian", "bs"},
    Spelling{"breton", "br"},
    Spelling{"bulgarian", "bg"},
    Spelling{"catalan", "ca"},
    Spelling{"chinese", "zh"},
    Spelling{"croatian", "hr"},
    Spelling{"czech", "cs"},
    Spelling{"danish", "da"},
    Spelling{"dutch", "nl"},
    Spelling{"estonian", "et"},
    Spelling{"faroese", "fo"},
    Spelling{"finnish", "fi"},
    Spelling{"french", "fr"},
    Spelling{"galician", "gl"},
    Spelling{"georgian", "ka"},
    Spelling{"german", "de"},
    Spelling{"greek", "el"},
    Spelling{"gujarati", "gu"},
    Spelling{"haitian creole", "ht"},
    Spelling{"hausa", "ha"},
    Spelling{"hindi", "hi"},
    Spelling{"hungarian", "hu"},
    Spelling{"icelandic", "is"},
    Spelling{"indonesian", "id"},
    Spelling{"irish", "ga"},
    Spelling{"italian", "it"},
    Spelling{"japanese", "ja"},
    Spelling{"javanese", "jv"},
    Spelling{"kannada", "kn"},
    Spelling{"kazakh", "kk"},
    Spelling{"khmer", "km"},
    Spelling{"korean", "ko"},
    Spelling{"lao", "lo"},
    Spelling{"latin", "la"},
    Spelling{"latvian", "lv"},
    Spelling{"lingala", "ln"},
    Spelling{"lithuanian", "lt"},
    Spelling{"luxembourgish", "lb"},
    Spelling{"macedonian", "mk"},
    Spelling{"malagasy", "mg"},
    Spelling{"malay", "ms"},
    Spelling{"malayalam", "ml"},
    Spelling{"maltese", "mt"},
    Spelling{"maori", "mi"},
    Spelling{"marathi", "mr"},
    Spelling{"mongolian", "mn"},
    Spelling{"myanmar", "my"},
    Spelling{"nepali", "ne"},
    Spelling{"norwegian", "no"},
    Spelling{"nynorsk", "nn"},
    Spelling{"occitan", "oc"},
    Spelling{"pashto", "ps"},
    Spelling{"persian", "fa"},
    Spelling{"polish", "pl"},
    Spelling{"portuguese", "pt"},
    Spelling{"punjabi", "pa"},
    Spelling{"romanian", "ro"},
    Spelling{"sanskrit", "sa"},
    Spelling{"serbian", "sr"},
    Spelling{"shona", "sn"},
    Spelling{"sindhi", "sd"},
    Spelling{"sinhala", "si"},
    Spelling{"slovak", "sk"},
    Spelling{"slovenian", "sl"},
    Spelling{"somali", "so"},
    Spelling{"spanish", "es"},
    Spelling{"sundanese", "su"},
    Spelling{"swahili", "sw"},
    Spelling{"swedish", "sv"},
    Spelling{"tagalog", "tl"},
    Spelling{"tajik", "tg"},
    Spelling{"tamil", "ta"},
    Spelling{"tatar", "tt"},
    Spelling{"telugu", "te"},
    Spelling{"thai", "th"},
    Spelling{"tibetan", "bo"},
    Spelling{"turkish", "tr"},
    Spelling{"turkmen", "tk"},
    Spelling{"ukrainian", "uk"},
    Spelling{"urdu", "ur"},
    Spelling{"uzbek", "uz"},
    Spelling{"vietnamese", "vi"},
    Spelling{"welsh", "cy"},
    Spelling{"yiddish", "yi"},
    Spelling{"yoruba", "yo"},
    // Second names, codes that were replaced, and three-letter codes.
    Spelling{"burmese", "my"},
    Spelling{"cantonese", "zh"},
    Spelling{"castilian", "es"},
    Spelling{"farsi", "fa"},
    Spelling{"filipino", "tl"},
    Spelling{"flemish", "nl"},
    Spelling{"haitian", "ht"},
    Spelling{"letzeburgesch", "lb"},
    Spelling{"mandarin", "zh"},
    Spelling{"moldavian", "ro"},
    Spelling{"moldovan", "ro"},
    Spelling{"panjabi", "pa"},
    Spelling{"pushto", "ps"},
    Spelling{"sinhalese", "si"},
    Spelling{"valencian", "ca"},
    Spelling{"iw", "he"},
    Spelling{"in", "id"},
    Spelling{"ji", "yi"},
    Spelling{"jw", "jv"},
    Spelling{"nb", "no"},
    Spelling{"yue", "zh"},
    Spelling{"cmn", "zh"},
    Spelling{"fil", "tl"},
    Spelling{"heb", "he"},
    Spelling{"eng", "en"},
    Spelling{"ara", "ar"},
    Spelling{"rus", "ru"},
};

std::string folded(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return lower_case(text);
}

} // namespace

std::string_view iso_language(std::string_view name) {
    const std::string whole = folded(name);
    const std::string_view primary = std::string_view{whole}.substr(0, whole.find_first_of("-_"));
    const auto* const found = std::ranges::find_if(k_spellings, [primary](const Spelling& entry) {
        return entry.name == primary || entry.code == primary;
    });
    return found == k_spellings.end() ? std::string_view{} : found->code;
}

} // namespace callctl::base
