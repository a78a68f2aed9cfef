#include "transcript/guard.hpp"

#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"
#include "fuzz/reply.hpp"

#include "base/text.hpp"
#include "summary/one_sided.hpp"
#include "summary/parts.hpp"
#include "summary/prompt.hpp"
#include "transcript/turns.hpp"
#include "transcript/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace callctl::fuzz {
namespace {

using std::chrono::milliseconds;
using transcript::Sifted;
using transcript::Turn;
using transcript::Utterance;

// The next number of a line, between `lowest` and `highest`; the lowest where there is none.
int take_number(std::string_view& line, int lowest, int highest) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    int number = lowest;
    (void)std::from_chars(word.data(), word.data() + word.size(), number);
    return std::clamp(number, lowest, highest);
}

// `CHANNEL START LENGTH SPEECH LEVEL FLOOR NO_SPEECH LOGPROB RATIO TEXT`, scores in hundredths.
Utterance utterance_of(std::string_view line) {
    constexpr int k_day_ms = 86'400'000;
    Utterance utterance{.channel = take_number(line, 0, 3)};
    utterance.segment.start = milliseconds{take_number(line, 0, k_day_ms)};
    utterance.segment.end = utterance.segment.start + milliseconds{take_number(line, 0, k_day_ms)};
    utterance.heard.speech = milliseconds{take_number(line, 0, k_day_ms)};
    utterance.heard.level_db = static_cast<float>(take_number(line, -100, 0));
    utterance.heard.floor_db = static_cast<float>(take_number(line, -100, 0));
    utterance.segment.no_speech_prob = take_number(line, 0, 100) / 100.0;
    utterance.segment.avg_logprob = take_number(line, -1'000, 0) / 100.0;
    utterance.segment.compression_ratio = take_number(line, 0, 1'000) / 100.0;
    utterance.segment.text = base::plain_text(line);
    return utterance;
}

std::vector<Utterance> utterances_of(std::string_view rest) {
    std::vector<Utterance> utterances;
    while (!rest.empty()) {
        utterances.push_back(utterance_of(take_line(rest)));
    }
    return utterances;
}

void check_sifted(const std::vector<Utterance>& heard, const Sifted& sifted,
                  std::string_view prompt) {
    must(sifted.kept.size() <= heard.size(), "nothing is made up");
    must(sifted.kept.size() + sifted.dropped.size() >= heard.size(), "nothing is lost");
    for (const Utterance& kept : sifted.kept) {
        must(!transcript::bare_words(kept.segment.text).empty(), "what is kept has words");
        must(base::plain_text(kept.segment.text) == kept.segment.text, "a text stays plain");
    }
    for (const transcript::Doubted& dropped : sifted.dropped) {
        must(!transcript::to_string(dropped.doubt).empty(), "what is dropped has its reason");
    }
    const Sifted again = transcript::sifted(sifted.kept, prompt);
    must(again.dropped.empty() && again.kept.size() == sifted.kept.size(),
         "what was good stays good");
}

void check_words(const std::string& text) {
    const std::string words = transcript::bare_words(text);
    must(words.find("  ") == std::string::npos && !words.starts_with(' ') && !words.ends_with(' '),
         "words have single spaces between them");
    must(base::storable_text(words) == words, "words can be stored");
    must(transcript::letter_count(text) <= text.size(), "a letter has at least a byte");
    must(transcript::compression_ratio(text) > 0.0, "a text has a size");
}

void check_turns(const std::vector<Turn>& turns) {
    milliseconds last{0};
    for (const Turn& turn : turns) {
        must(last <= turn.start && turn.start <= turn.end, "turns come in order");
        must(!turn.text.empty() && base::one_line(turn.text) == turn.text, "a turn is one line");
        must(!turn.speaker.empty(), "somebody speaks");
        last = turn.start;
    }
    const std::string shown = transcript::render(turns);
    const auto lines = static_cast<std::size_t>(std::count(shown.begin(), shown.end(), '\n'));
    must(turns.empty() ? shown.empty() : lines + 1 == turns.size(), "a turn is one line shown");
}

// A long call goes to the model in parts: each within the limit, and together all of it.
void check_parts(const std::vector<Turn>& turns) {
    const auto lines = summary::lines_of(transcript::render(turns));
    must(lines.size() == turns.size(), "each turn is a line for the model");
    (void)summary::one_sided_summary(lines, "");
    for (const auto overlap : {summary::Overlap::none, summary::Overlap::turns}) {
        const auto parts = summary::in_parts(lines, summary::k_smallest_part, overlap);
        must(!parts.empty(), "there is at least one part");
        std::size_t count = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto question = summary::part_question({}, parts[i], i + 1, parts.size());
            must(base::storable_text(question.data) == question.data, "a question can be sent");
            must(summary::estimated_tokens(question.data) <= summary::k_smallest_part + 40,
                 "a part is within the limit");
            count += parts[i].size();
        }
        must(count >= lines.size(), "no line is lost");
    }
}

} // namespace

void guard(std::string_view input) {
    const std::string_view prompt = take_line(input);
    check_words(std::string{prompt});
    const auto heard = utterances_of(input);
    const Sifted sifted = transcript::sifted(heard, prompt);
    check_sifted(heard, sifted, prompt);
    for (const auto direction : {call::Direction::inbound, call::Direction::outbound}) {
        const auto turns =
            transcript::merge_turns(sifted.kept, {.channels = 2, .direction = direction}, {});
        check_turns(turns);
        check_parts(turns);
        const std::string document = transcript::document(turns, sifted.dropped);
        must(base::storable_text(document) == document, "a document can be stored");
    }
}

} // namespace callctl::fuzz
