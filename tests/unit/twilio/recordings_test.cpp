#include "twilio/rest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace callctl::twilio {
namespace {

using call::RecordingState;

base::RecordingSid sid(char digit) {
    return *base::RecordingSid::parse("RE" + std::string(32, digit));
}

RecordingEntry entry(char digit, RecordingState state, const char* start) {
    return {.call = *base::CallSid::parse("CA0123456789abcdef0123456789abcdef"),
            .facts = {.sid = sid(digit), .state = state, .started_at = base::parse_iso8601(start)}};
}

const char* const k_early = "2026-01-01T10:00:00Z";
const char* const k_late = "2026-01-01T10:00:05Z";

TEST(RecordingsOfACall, AreNoneWhenThereIsNone) {
    EXPECT_EQ(facts_of({}), call::CallFacts{});
}

TEST(RecordingsOfACall, AreKeptWhenThereIsOne) {
    const RecordingEntry only = entry('1', RecordingState::completed, k_early);
    const call::CallFacts facts = facts_of({only});
    EXPECT_EQ(facts.recording, only.facts);
    EXPECT_EQ(facts.recording_count, 1);
}

void expect_kept(std::vector<RecordingEntry> entries, char digit, int count) {
    for (int turn = 0; turn < 2; ++turn) {
        const call::CallFacts facts = facts_of(entries);
        EXPECT_EQ(facts.recording.sid, sid(digit));
        EXPECT_EQ(facts.recording_count, count);
        std::ranges::reverse(entries);
    }
}

TEST(RecordingsOfACall, AreCountedAndTheFirstOneKept) {
    expect_kept({entry('1', RecordingState::completed, k_late),
                 entry('2', RecordingState::processing, k_early)},
                '2', 2);
}

TEST(RecordingsOfACall, AreKeptWithMediaBeforeThoseWithout) {
    expect_kept({entry('1', RecordingState::completed, k_late),
                 entry('2', RecordingState::absent, k_early)},
                '1', 2);
}

TEST(RecordingsOfACall, CountDeletedOnesOnlyAlone) {
    expect_kept({entry('1', RecordingState::deleted, k_early),
                 entry('2', RecordingState::completed, k_late)},
                '2', 1);
    expect_kept(
        {entry('1', RecordingState::deleted, k_early), entry('2', RecordingState::absent, k_late)},
        '2', 1);
    expect_kept(
        {entry('1', RecordingState::deleted, k_late), entry('2', RecordingState::deleted, k_early)},
        '2', 2);
}

TEST(RecordingsOfACall, AreCountedOnceWhenPagesOverlap) {
    expect_kept({entry('1', RecordingState::processing, k_early),
                 entry('1', RecordingState::completed, k_early)},
                '1', 1);
}

TEST(RecordingsOfACall, AreIgnoredWithoutASid) {
    RecordingEntry nameless = entry('1', RecordingState::completed, k_early);
    nameless.facts.sid.reset();
    EXPECT_EQ(facts_of({nameless}).recording_count, 0);
    EXPECT_EQ(facts_of({nameless}).recording, call::RecordingFacts{});
}

struct UrlCase {
    const char* name;
    std::string url;
    std::optional<std::string> sid;
};

class RecordingUrl : public testing::TestWithParam<UrlCase> {};

TEST_P(RecordingUrl, GivesItsSid) {
    const auto found = recording_sid_in(GetParam().url);
    EXPECT_EQ(found ? std::optional{found->str()} : std::nullopt, GetParam().sid);
}

const std::string k_sid = "RE0123456789abcdef0123456789ABCDEF";
const std::string k_path = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Recordings/";

INSTANTIATE_TEST_SUITE_P(
    Shapes, RecordingUrl,
    testing::Values(
        UrlCase{"Webhook", "https://api.twilio.com" + k_path + k_sid, k_sid},
        UrlCase{"Json", "https://api.twilio.com" + k_path + k_sid + ".json", k_sid},
        UrlCase{"Mp3", "https://api.twilio.com" + k_path + k_sid + ".mp3?RequestedChannels=2",
                k_sid},
        UrlCase{"Relative", k_path + k_sid + ".json", k_sid}, UrlCase{"Bare", k_sid, k_sid},
        UrlCase{"LocalFile", "/static/recordings/call_" + k_sid + ".wav", k_sid},
        UrlCase{"BehindOtherRe", "/RECORDS/RE/" + k_sid, k_sid},
        UrlCase{"First", '/' + k_sid + "/RE" + std::string(32, 'f'), k_sid},
        UrlCase{"Empty", "", std::nullopt}, UrlCase{"Local", "/static/a.wav", std::nullopt},
        UrlCase{"TooShort", '/' + k_sid.substr(0, 33), std::nullopt},
        UrlCase{"TooLong", '/' + k_sid + '0', std::nullopt},
        UrlCase{"InsideAWord", "/X" + k_sid, std::nullopt},
        UrlCase{"OtherDigits", "/RE" + std::string(32, 'g'), std::nullopt}),
    [](const auto& row) { return row.param.name; });

} // namespace
} // namespace callctl::twilio
