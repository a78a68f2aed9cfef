#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"
#include "fuzz/reply.hpp"

#include "base/language.hpp"
#include "base/text.hpp"
#include "transcript/deepgram.hpp"
#include "transcript/exchange.hpp"
#include "transcript/preset.hpp"

#include <cmath>
#include <string>

namespace callctl::fuzz {
namespace {

using std::chrono::milliseconds;
using transcript::ChannelText;
using transcript::Segment;
using transcript::Transcription;

constexpr milliseconds k_longest{1'000'000'000};

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

void check_text(const std::string& text) {
    must(base::plain_text(text) == text, "a text is plain");
    must(text.empty() || (!is_space(text.front()) && !is_space(text.back())), "a text is trimmed");
}

void check_segment(const Segment& segment) {
    check_text(segment.text);
    must(!segment.text.empty(), "a segment has a text");
    must(milliseconds{0} <= segment.start && segment.start <= segment.end &&
             segment.end <= k_longest,
         "times are in order and bounded");
    for (const auto& score :
         {segment.avg_logprob, segment.no_speech_prob, segment.compression_ratio}) {
        must(std::isfinite(score.value_or(0.0)), "a score is a number");
    }
}

void check_transcription(const Transcription& transcription) {
    check_text(transcription.text);
    for (const Segment& segment : transcription.segments) {
        check_segment(segment);
    }
    must(!transcription.text.empty() || transcription.segments.empty(),
         "where there are segments there is a text");
    must(base::iso_language(transcription.language) == transcription.language,
         "a language is a code or nothing");
    check_line(transcription.request_id, 128);
    must(milliseconds{0} <= transcription.billed && transcription.billed <= k_longest,
         "a bill is bounded");
}

// What is kept as a piece is what was read.
template <class Value, class Read>
void check_kept(const Value& value, Read read) {
    const std::string kept = transcript::to_json(value);
    must(base::storable_text(kept) == kept, "a piece can be stored");
    const auto again = read(kept);
    must(again && *again == value, "a piece is read as it was kept");
}

void read_reply(const base::HttpResponse& response) {
    const auto one = transcript::read_transcription(response);
    if (one) {
        check_transcription(*one);
        check_kept(*one, transcript::transcription_from_json);
    } else {
        check_failure(one.error());
        for (const std::string_view name : {"openai", "vllm", "deepgram"}) {
            const auto server = transcript::preset(name);
            (void)transcript::degraded(transcript::settled(*server), one.error());
        }
    }
    const auto channels = transcript::read_deepgram(response);
    if (!channels) {
        check_failure(channels.error());
        return;
    }
    int last = -1;
    for (const ChannelText& text : *channels) {
        check_transcription(text.transcription);
        must(text.channel > last, "each channel once, in order");
        must(!text.transcription.text.empty(), "a channel that is silent is left out");
        last = text.channel;
    }
    check_kept(*channels, transcript::channel_texts_from_json);
}

// What stands in the database may be of another version, or of nobody.
void read_piece(std::string_view text) {
    if (const auto one = transcript::transcription_from_json(text)) {
        check_kept(*one, transcript::transcription_from_json);
    }
    if (const auto several = transcript::channel_texts_from_json(text)) {
        check_kept(*several, transcript::channel_texts_from_json);
    }
}

void check_depths() {
    check_depth({"", "text", "segments", "languages", "results", "error", "detail", "usage"},
                [](const std::string& body) {
                    read_reply({.status = 200, .body = body});
                    read_reply({.status = 422, .body = body});
                    read_piece(body);
                });
}

} // namespace

void transcript_reply(std::string_view input) {
    [[maybe_unused]] static const bool k_once = (check_depths(), true);
    const base::HttpResponse response = reply_of(input);
    read_reply(response);
    read_piece(response.body);
}

} // namespace callctl::fuzz
