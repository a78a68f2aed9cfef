#include "story_text.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace callctl::cmd {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr base::Time k_noon{std::chrono::microseconds{1'767'268'800'000'000}};

port::CallStory recorded_call() {
    port::CallStory story{.now = k_noon,
                          .call = {.sid = *base::CallSid::parse("CA" + std::string(32, 'a')),
                                   .stage = call::Stage::transcript,
                                   .due_at = k_noon,
                                   .created_at = k_noon - 1h}};
    call::CallFacts& facts = story.call.facts;
    facts.from = "+972501234567";
    facts.answered_at = k_noon - 1h;
    facts.recording.sid = base::RecordingSid::parse("RE" + std::string(32, 'b'));
    facts.recording.state = call::RecordingState::completed;
    facts.recording.started_at = k_noon - 1h;
    return story;
}

std::string printed(const port::CallStory& story, const pipeline::Step& step = pipeline::Rest{},
                    Numbers numbers = Numbers::masked) {
    std::ostringstream out;
    print_story({.out = out}, story, step, numbers);
    return out.str();
}

TEST(Story, SaysOfTheRecordingWhatIsKnown) {
    auto story = recorded_call();
    EXPECT_THAT(printed(story), HasSubstr(std::string(32, 'b') + ", completed\n"));
    story.call.facts.recording.channels = 2;
    story.call.facts.recording.duration = 58s;
    story.call.facts.recording.error_code = 16104;
    EXPECT_THAT(printed(story), HasSubstr(", completed, 2 channels, 58s, error 16104\n"));
}

TEST(Story, SaysHowMuchOfTheBeginningIsMissing) {
    auto story = recorded_call();
    EXPECT_THAT(printed(story), HasSubstr("head loss   0 ms, recorded from the beginning\n"));
    *story.call.facts.recording.started_at += 2s;
    EXPECT_THAT(printed(story),
                HasSubstr("head loss   2000 ms of the beginning are not recorded\n"));
    story.call.facts.answered_at.reset();
    EXPECT_THAT(printed(story), Not(HasSubstr("head loss ")));
}

TEST(Story, NamesTheProviderThatItWaitsForAndWhatWouldHelp) {
    auto story = recorded_call();
    story.providers = {{.provider = call::Provider::transcription,
                        .closed_until = k_noon + 10min,
                        .reason = call::Reason::quota}};
    const std::string text = printed(story, pipeline::Transcribe{*story.call.facts.recording.sid});
    EXPECT_THAT(text, HasSubstr("waits for   transcription, which is closed until "
                                "2026-01-01T12:10:00Z\n"));
    EXPECT_THAT(text, HasSubstr("next        download and transcribe the recording, in 10m "
                                "(2026-01-01T12:10:00Z)\n"));
    EXPECT_THAT(text, HasSubstr("to change   callctl doctor\n"));
}

TEST(Story, SaysWhoHasTheCall) {
    auto story = recorded_call();
    story.worker = "host-1";
    story.call.crashes = 1;
    const std::string text = printed(story);
    EXPECT_THAT(text, HasSubstr("worker      host-1 has it now\n"));
    EXPECT_THAT(text, HasSubstr("attempts    0 of this stage, 1 crash\n"));
}

TEST(Story, MasksNumbersUnlessAskedNotTo) {
    EXPECT_THAT(printed(recorded_call()), Not(HasSubstr("1234")));
    EXPECT_THAT(printed(recorded_call(), pipeline::Rest{}, Numbers::shown),
                HasSubstr("+972501234567 -> "));
}

} // namespace
} // namespace callctl::cmd
