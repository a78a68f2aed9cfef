// What merged() promises of all news: nothing is lost, nothing goes back, neither duplicates nor
// the order matter.
#include "unit/call/arbitrary_facts.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace callctl::call {
namespace {

CallFacts joined(const std::vector<CallFacts>& all) {
    CallFacts facts;
    for (const CallFacts& news : all) {
        facts = merged(facts, news);
    }
    return facts;
}

// The same news in another order, some of them twice.
std::vector<CallFacts> delivered_again(const std::vector<CallFacts>& all) {
    std::mt19937 random{*rc::gen::arbitrary<std::uint32_t>()};
    std::vector<CallFacts> again = all;
    std::ranges::copy_if(all, std::back_inserter(again),
                         [&random](const CallFacts&) { return random() % 2 == 0; });
    std::ranges::shuffle(again, random);
    return again;
}

rc::Gen<std::vector<CallFacts>> many(const rc::Gen<CallFacts>& news) {
    return rc::gen::resize(8, rc::gen::container<std::vector<CallFacts>>(news));
}

RC_GTEST_PROP(Merged, ChangesNothingByItself, ()) {
    const CallFacts facts = *any_news();
    RC_ASSERT(merged(facts, facts) == facts);
    RC_ASSERT(merged(facts.recording, facts.recording) == facts.recording);
}

RC_GTEST_PROP(Merged, ChangesNothingByADuplicate, ()) {
    const CallFacts old = *any_news();
    const CallFacts news = *any_news();
    const CallFacts once = merged(old, news);
    RC_ASSERT(merged(once, news) == once);
}

RC_GTEST_PROP(Merged, ChangesNothingByWhatItHasAlready, ()) {
    const CallFacts old = *agreeing_news();
    const CallFacts once = merged(old, *agreeing_news());
    RC_ASSERT(merged(once, old) == once);
}

RC_GTEST_PROP(Merged, LearnsNothingFromNothing, ()) {
    const CallFacts facts = *any_news();
    RC_ASSERT(merged(facts, CallFacts{}) == facts);
    RC_ASSERT(merged(CallFacts{}, facts) == facts);
}

// Not the states alone: the whole of the facts.
RC_GTEST_PROP(Merged, GivesTheSameInAnyOrderOfNewsThatAgree, ()) {
    const auto all = *many(agreeing_news());
    RC_ASSERT(joined(delivered_again(all)) == joined(all));
}

RC_GTEST_PROP(Merged, GivesTheSameByGroupsOfNewsThatAgree, ()) {
    const CallFacts a = *agreeing_news();
    const CallFacts b = *agreeing_news();
    const CallFacts c = *agreeing_news();
    RC_ASSERT(merged(merged(a, b), c) == merged(a, merged(b, c)));
}

// News that contradict each other are of one recording here. With several recordings only the
// facts of one are kept, and those of the others cannot come back when it turns out to be absent
// (TwoRecordings.ForgetsTheOneItDoesNotKeep).
RC_GTEST_PROP(Merged, ReachesTheSameStatesInAnyOrderOfAnyNews, ()) {
    auto all = *many(any_news());
    for (CallFacts& news : all) {
        if (news.recording.sid) {
            news.recording.sid = recording_sid('1');
        }
    }
    const CallFacts one = joined(all);
    const CallFacts other = joined(delivered_again(all));
    RC_ASSERT(other.state == one.state);
    RC_ASSERT(other.recording.state == one.recording.state);
    RC_ASSERT(other.recording.started_at == one.recording.started_at);
    RC_ASSERT(other.recording_count == one.recording_count);
}

RC_GTEST_PROP(Merged, ReachesTheSameStatesInBothOrdersOfTwoRecordings, ()) {
    const CallFacts a = *any_news();
    const CallFacts b = *any_news();
    const CallFacts one = merged(a, b);
    const CallFacts other = merged(b, a);
    RC_ASSERT(other.state == one.state);
    RC_ASSERT(other.recording.sid == one.recording.sid);
    RC_ASSERT(other.recording.state == one.recording.state);
    RC_ASSERT(other.recording_count == one.recording_count);
}

// A list of Twilio's says of each recording all there is to say.
RC_GTEST_PROP(Merged, KeepsTheSameOfManyRecordingsInAnyOrder, ()) {
    std::vector<CallFacts> list;
    for (const char digit : {'1', '2', '3', '4', '5'}) {
        CallFacts entry;
        entry.recording = (*any_news()).recording;
        entry.recording.sid = recording_sid(digit);
        list.push_back(entry);
    }
    RC_ASSERT(joined(delivered_again(list)).recording == joined(list).recording);
}

template <class Order, class State>
auto rank(const Order& order, State state) {
    return std::ranges::find(order, state) - order.begin();
}

RC_GTEST_PROP(Merged, NeverGoesBack, ()) {
    const CallFacts old = *any_news();
    const CallFacts now = merged(old, *any_news());
    RC_ASSERT(rank(k_call_order, now.state) >= rank(k_call_order, old.state));
    RC_ASSERT(now.recording_count >= old.recording_count);
    RC_ASSERT(now.observations >= old.observations);
    RC_ASSERT(now.start_refusals >= old.start_refusals);
    if (!old.recording.sid || now.recording.sid == old.recording.sid) {
        RC_ASSERT(rank(k_recording_order, now.recording.state) >=
                  rank(k_recording_order, old.recording.state));
    }
}

bool may_have_a_file(const RecordingFacts& facts) {
    return !is_final(facts.state) || facts.state == RecordingState::completed;
}

RC_GTEST_PROP(Merged, NeverGivesUpAFileForARecordingWithoutOne, ()) {
    RecordingFacts old = (*any_news()).recording;
    RecordingFacts news = (*any_news()).recording;
    old.sid = recording_sid(*rc::gen::element('1', '3'));
    news.sid = recording_sid('2');
    const RecordingFacts now = merged(old, news);
    RC_ASSERT(may_have_a_file(now) == (may_have_a_file(old) || may_have_a_file(news)));
}

RC_GTEST_PROP(Merged, NeverEmptiesAKnownValue, ()) {
    const CallFacts old = *any_news();
    const CallFacts now = merged(old, *any_news());
    RC_ASSERT((old.direction == Direction::unknown || now.direction == old.direction));
    RC_ASSERT((old.twilio_direction.empty() || now.twilio_direction == old.twilio_direction));
    RC_ASSERT((old.from.empty() || now.from == old.from));
    RC_ASSERT((old.to.empty() || now.to == old.to));
    RC_ASSERT((!old.parent || now.parent == old.parent));
    RC_ASSERT((!old.heard_at || (now.heard_at && *now.heard_at <= *old.heard_at)));
    RC_ASSERT((!old.answered_at || (now.answered_at && *now.answered_at <= *old.answered_at)));
    RC_ASSERT((!old.ended_at || (now.ended_at && *now.ended_at <= *old.ended_at)));
    RC_ASSERT((!old.duration || (now.duration && *now.duration >= *old.duration)));
    RC_ASSERT((!old.asked_by_twiml_at || now.asked_by_twiml_at <= old.asked_by_twiml_at));
    RC_ASSERT((!old.observed_at || now.observed_at >= old.observed_at));
    RC_ASSERT((!old.start_refused_at || now.start_refused_at >= old.start_refused_at));
    RC_ASSERT((!old.recording.sid || now.recording.sid));
}

RC_GTEST_PROP(Merged, NeverEmptiesAKnownValueOfTheRecording, ()) {
    const RecordingFacts old = (*agreeing_news()).recording;
    const RecordingFacts now = merged(old, (*agreeing_news()).recording);
    RC_ASSERT((!old.sid || now.sid == old.sid));
    RC_ASSERT((old.source.empty() || now.source == old.source));
    RC_ASSERT((!old.channels || now.channels == old.channels));
    RC_ASSERT((!old.error_code || now.error_code == old.error_code));
    RC_ASSERT((!old.duration || now.duration >= old.duration));
    RC_ASSERT((!old.started_at || (now.started_at && *now.started_at <= *old.started_at)));
}

} // namespace
} // namespace callctl::call
