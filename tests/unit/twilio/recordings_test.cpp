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

TEST(RecordingsOfACall, TakeThePlaceOfOneThatIsNotAmongThem) {
    const RecordingEntry there = entry('2', RecordingState::completed, k_late);
    EXPECT_TRUE(facts_of({there}, sid('1')).recording.replaces_known);
    const RecordingEntry empty = entry('1', RecordingState::absent, k_early);
    EXPECT_TRUE(facts_of({empty, there}, sid('1')).recording.replaces_known);
    const RecordingEntry young = entry('1', RecordingState::processing, k_late);
    EXPECT_FALSE(facts_of({young, there}, sid('1')).recording.replaces_known);
    EXPECT_FALSE(facts_of({}, sid('1')).recording.replaces_known);
    EXPECT_FALSE(facts_of({empty}, sid('2')).recording.replaces_known);
}

TEST(RecordingsOfACall, GiveWayToAFinishedOneWhenNobodyWaitsForThem) {
    const RecordingEntry hangs = entry('1', RecordingState::processing, k_early);
    const RecordingEntry there = entry('2', RecordingState::completed, k_late);
    const call::CallFacts facts = facts_of({hangs, there}, sid('1'), Unfinished::give_way);
    EXPECT_EQ(facts.recording.sid, sid('2'));
    EXPECT_TRUE(facts.recording.replaces_known);
    EXPECT_EQ(facts.recording_count, 2);
    EXPECT_EQ(facts_of({hangs, there}, sid('1')).recording.sid, sid('1'));
    EXPECT_EQ(facts_of({hangs}, sid('1'), Unfinished::give_way).recording, hangs.facts);
    const RecordingEntry empty = entry('2', RecordingState::absent, k_late);
    EXPECT_EQ(facts_of({hangs, empty}, sid('1'), Unfinished::give_way).recording, hangs.facts)
        << "one without a file takes nobody's place";
}

TEST(RecordingsOfACall, AreIgnoredWithoutASid) {
    RecordingEntry nameless = entry('1', RecordingState::completed, k_early);
    nameless.facts.sid.reset();
    EXPECT_EQ(facts_of({nameless}).recording_count, 0);
    EXPECT_EQ(facts_of({nameless}).recording, call::RecordingFacts{});
}

} // namespace
} // namespace callctl::twilio
