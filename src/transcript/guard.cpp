#include "transcript/guard.hpp"

#include "base/text.hpp"
#include "transcript/words.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace callctl::transcript {
namespace {

using std::chrono::milliseconds;

// openai/whisper, transcribe.py: no_speech_threshold, logprob_threshold,
// compression_ratio_threshold.
constexpr double k_no_speech = 0.6;
constexpr double k_low_logprob = -1.0;
constexpr double k_repeats_itself = 2.4;
constexpr double k_rather_repeats_itself = 1.8; // our own measure, where the server has a doubt
// A surer sign where the sound says the same.
constexpr double k_low_logprob_when_faint = -0.4;

// Fast speech has 25 letters a second.
constexpr double k_most_letters_a_second = 40.0;
constexpr std::size_t k_few_letters = 40;

constexpr float k_faint_db = -42.0F;
constexpr float k_faint_above_floor_db = 14.0F;
constexpr float k_loud_db = -35.0F; // whatever the noise
constexpr milliseconds k_hardly_anything{200};

constexpr float k_crosstalk_db = 10.0F;
constexpr milliseconds k_crosstalk_shift{1'000};
constexpr std::size_t k_least_of_crosstalk = 12; // bytes of bare words

constexpr std::size_t k_longest_loop_words = 8;
constexpr std::size_t k_rounds_of_loop = 8;
constexpr std::size_t k_rounds_kept = 2;
constexpr int k_most_loops = 20;
constexpr std::size_t k_least_of_prompt = 20;

// Collected from public reports on Whisper and its successors, as bare words.
constexpr std::array<std::string_view, 41> k_stock_phrases{
    "תודה",
    "תודה רבה",
    "תודה רבה לכם",
    "תודה רבה על הצפייה",
    "תודה על הצפייה",
    "תודה שצפיתם",
    "תודה שצפיתם בסרטון",
    "צפייה מהנה",
    "להתראות",
    "בבקשה",
    "שלום לכולם",
    "עברית",
    "מוזיקה",
    "כתוביות",
    "כתוביות אלעד שם טוב",
    "הכתוביות נעשו על ידי",
    "הכתוביות נעשו על ידי אשר להב",
    "you",
    "thank you",
    "thanks",
    "thank you very much",
    "thanks for watching",
    "thank you for watching",
    "thank you so much for watching",
    "please subscribe",
    "please subscribe to my channel",
    "like and subscribe",
    "subtitles by",
    "subtitles by the amara org community",
    "see you in the next video",
    "bye",
    "bye bye",
    "i m sorry",
    "beep",
    "music",
    "silence",
    "спасибо за просмотр",
    "субтитры",
    "ご視聴ありがとうございました",
    "abone olmayı unutmayın",
    "ondertitels ingediend door de amara org gemeenschap",
};

bool is_faint(const Heard& heard) {
    return heard.speech < k_hardly_anything || heard.level_db < k_faint_db ||
           (heard.level_db < k_loud_db && heard.level_db - heard.floor_db < k_faint_above_floor_db);
}

bool is_unsure(const Segment& segment, bool faint) {
    const double limit = faint ? k_low_logprob_when_faint : k_low_logprob;
    return segment.no_speech_prob.value_or(0.0) > k_no_speech &&
           segment.avg_logprob.value_or(0.0) < limit;
}

// By the longer of what we heard and of what the server says. Where neither knows a length there is
// nothing to judge by.
bool is_too_much(const Utterance& utterance) {
    const Segment& segment = utterance.segment;
    const auto length = std::max(utterance.heard.speech, segment.end - segment.start);
    if (length <= milliseconds{0}) {
        return false;
    }
    const std::size_t letters = letter_count(segment.text);
    const double seconds = std::max(static_cast<double>(length.count()) / 1000.0, 0.25);
    return letters > k_few_letters &&
           static_cast<double>(letters) / seconds > k_most_letters_a_second;
}

// All in one pair of brackets or between notes: a description, not words.
bool is_description(std::string_view text) {
    const std::string line = base::one_line(text);
    const auto enclosed = [&line](char open, char close) {
        return line.size() > 1 && line.front() == open && line.find(close, 1) == line.size() - 1;
    };
    return enclosed('[', ']') || enclosed('(', ')') || enclosed('*', '*') || line.starts_with("♪");
}

// All of a long prompt, or, where there is hardly a sound, all of a short one or a good part.
bool echoes(const std::string& words, const std::string& prompt, bool faint) {
    const bool is_long = words.size() >= k_least_of_prompt;
    if (prompt.empty() || (!is_long && !faint)) {
        return false;
    }
    return words == prompt || (is_long && faint && prompt.find(words) != std::string::npos);
}

std::optional<Doubt> doubt_of(const Utterance& utterance, const std::string& prompt) {
    const Segment& segment = utterance.segment;
    const bool faint = is_faint(utterance.heard);
    const std::string words = bare_words(segment.text);
    if (words.empty() || is_description(segment.text)) {
        return Doubt::no_words;
    }
    if (is_unsure(segment, faint)) {
        return Doubt::unsure;
    }
    // Servers count bytes of UTF-8, by which ordinary Hebrew comes near the limit.
    const double own = compression_ratio(segment.text);
    const bool server_doubts = segment.compression_ratio.value_or(0.0) > k_repeats_itself;
    if (own > k_repeats_itself || (server_doubts && own > k_rather_repeats_itself)) {
        return Doubt::repetition;
    }
    if (is_too_much(utterance)) {
        return Doubt::too_much_text;
    }
    if (echoes(words, prompt, faint)) {
        return Doubt::prompt_echo;
    }
    if (faint && std::ranges::find(k_stock_phrases, words) != k_stock_phrases.end()) {
        return Doubt::stock_phrase;
    }
    return std::nullopt;
}

struct Word {
    std::size_t from{0}; ///< bytes of the text
    std::size_t until{0};
    std::string bare{};
};

std::vector<Word> words_of(std::string_view text) {
    std::vector<Word> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_of(" \n\t", at), text.size());
        if (end > at) {
            words.push_back({at, end, bare_words(text.substr(at, end - at))});
        }
        at = end + 1;
    }
    return words;
}

struct Loop {
    std::size_t first{0}; ///< word
    std::size_t length{0};
    std::size_t rounds{0};
};

// How often the `length` words at `first` come in a row.
std::size_t rounds_at(const std::vector<Word>& words, std::size_t first, std::size_t length) {
    std::size_t same = 0;
    while (first + length + same < words.size() &&
           words[first + same].bare == words[first + length + same].bare) {
        ++same;
    }
    return 1 + same / length;
}

std::optional<Loop> find_loop(const std::vector<Word>& words) {
    for (std::size_t first = 0; first < words.size(); ++first) {
        for (std::size_t length = 1; length <= k_longest_loop_words; ++length) {
            const std::size_t rounds = rounds_at(words, first, length);
            if (rounds >= k_rounds_of_loop) {
                return Loop{first, length, rounds};
            }
        }
    }
    return std::nullopt;
}

// Takes the rounds of a loop beyond the first two out of the text, and returns them.
std::string cut_loop(std::string& text) {
    const std::vector<Word> words = words_of(text);
    const auto loop = find_loop(words);
    if (!loop) {
        return {};
    }
    const std::size_t from = words[loop->first + loop->length * k_rounds_kept].from;
    const std::size_t until = words[loop->first + loop->length * loop->rounds - 1].until;
    std::string cut = text.substr(from, until - from);
    text.erase(from, until - from);
    text = base::one_line(text);
    return cut;
}

// The rest of an utterance whose text runs in circles; what was cut goes to `dropped`. False: it
// does little else.
bool cut_loops(Utterance& utterance, std::vector<Doubted>& dropped) {
    for (int loops = 0; loops < k_most_loops; ++loops) {
        std::string cut = cut_loop(utterance.segment.text);
        if (cut.empty()) {
            return true;
        }
        Utterance part = utterance;
        part.segment.text = std::move(cut);
        dropped.push_back({std::move(part), Doubt::repetition});
    }
    return false;
}

// Greetings are said by both at once; a sentence is not.
bool is_crosstalk_of(const Utterance& quiet, const Utterance& loud) {
    const auto shift = quiet.segment.start - loud.segment.start;
    return quiet.channel != loud.channel && std::chrono::abs(shift) <= k_crosstalk_shift &&
           loud.heard.level_db - quiet.heard.level_db >= k_crosstalk_db;
}

void drop_crosstalk(Sifted& sifted) {
    std::vector<std::string> words;
    for (const Utterance& utterance : sifted.kept) {
        words.push_back(bare_words(utterance.segment.text));
    }
    std::vector<Utterance> kept;
    for (std::size_t i = 0; i < sifted.kept.size(); ++i) {
        bool leaked = false;
        for (std::size_t j = 0; j < sifted.kept.size() && !leaked; ++j) {
            leaked = words[i].size() >= k_least_of_crosstalk &&
                     is_crosstalk_of(sifted.kept[i], sifted.kept[j]) && words[i] == words[j];
        }
        if (leaked) {
            sifted.dropped.push_back({sifted.kept[i], Doubt::crosstalk});
        } else {
            kept.push_back(sifted.kept[i]);
        }
    }
    sifted.kept = std::move(kept);
}

} // namespace

std::string_view to_string(Doubt doubt) {
    switch (doubt) {
    case Doubt::unsure:
        return "unsure";
    case Doubt::repetition:
        return "repetition";
    case Doubt::too_much_text:
        return "too_much_text";
    case Doubt::stock_phrase:
        return "stock_phrase";
    case Doubt::no_words:
        return "no_words";
    case Doubt::prompt_echo:
        return "prompt_echo";
    case Doubt::crosstalk:
        return "crosstalk";
    }
    return "";
}

Sifted sifted(std::vector<Utterance> utterances, std::string_view prompt) {
    const std::string prompt_words = bare_words(prompt);
    Sifted result;
    for (Utterance& utterance : utterances) {
        const bool in_circles = !cut_loops(utterance, result.dropped);
        if (const auto doubt = in_circles ? Doubt::repetition : doubt_of(utterance, prompt_words)) {
            result.dropped.push_back({std::move(utterance), *doubt});
        } else {
            result.kept.push_back(std::move(utterance));
        }
    }
    drop_crosstalk(result);
    return result;
}

} // namespace callctl::transcript
