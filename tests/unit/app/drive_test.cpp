// One drive at a time: breakers, stages that others moved on, and whose fault a failure is.
#include "app/drive.hpp"
#include "base/exception.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/news.hpp"
#include "pipeline/outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace callctl::app {
namespace {

using call::Provider;
using call::Reason;
using call::Stage;
using call::Status;
using testing::ElementsAre;
using namespace std::chrono_literals;

const base::CallSid k_driven = *base::CallSid::parse("CA" + std::string(32, 'd'));
const base::RecordingSid k_its_recording = *base::RecordingSid::parse("RE" + std::string(32, 'd'));

/// Answers every step by what the test says, and remembers the steps.
class Answering : public StepRunner {
  public:
    using Answer = std::function<call::Outcome<pipeline::Learnt>(const pipeline::Step&)>;
    explicit Answering(Answer answer) : m_answer{std::move(answer)} {}

    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& /*call*/,
                                 base::Time /*now*/, port::PieceShelf& /*shelf*/,
                                 const PartDone& done) override {
        m_steps.emplace_back(pipeline::name_of(step));
        if (part_done) {
            done(*part_done);
        }
        return {.outcome = m_answer(step), .unasked = unasked};
    }
    [[nodiscard]] const std::vector<std::string>& steps() const { return m_steps; }

    std::vector<Provider> unasked{};
    std::optional<Provider> part_done{}; ///< before the answer

  private:
    Answer m_answer;
    std::vector<std::string> m_steps{};
};

class DriverTurn : public testing::Test {
  protected:
    /// A recorded call that waits for its transcript.
    DriverTurn() { hear(recorded(m_store.now())); }

    static call::CallFacts recorded(base::Time ended_at) {
        call::CallFacts facts;
        facts.state = call::CallState::completed;
        facts.ended_at = ended_at;
        facts.recording = {.sid = k_its_recording, .state = call::RecordingState::completed};
        return facts;
    }

    void hear(const call::CallFacts& facts) {
        const call::Delivery delivery{.route = "/webhook/call_status",
                                      .raw = "x",
                                      .digest = std::to_string(++m_deliveries),
                                      .sid = k_driven,
                                      .news = facts};
        m_store.ingest(std::vector{delivery},
                       [this](const auto& call, const auto& news, base::Time now) {
                           return pipeline::on_news(call, news, now, m_policy);
                       });
    }

    DriveReport drive(Answering::Answer answer, std::optional<Stage> only = std::nullopt,
                      std::vector<Provider> unasked = {}) {
        m_runner = std::make_unique<Answering>(std::move(answer));
        m_runner->unasked = std::move(unasked);
        m_runner->part_done = m_part_done;
        const Driver driver{m_store, *m_runner, m_clock, m_policy, [] { return 0.5; }, m_logger};
        auto claim = m_store.claim_call(k_driven, {.worker = "w"});
        return driver.drive(std::move(*claim), only);
    }

    static Answering::Answer failing(Reason reason, std::optional<Provider> provider = {}) {
        return [=](const pipeline::Step& /*step*/) -> call::Outcome<pipeline::Learnt> {
            return base::fail(call::Failure{.reason = reason, .provider = provider});
        };
    }
    static call::Outcome<pipeline::Learnt> working(const pipeline::Step& step) {
        const bool speech = std::holds_alternative<pipeline::Transcribe>(step);
        return pipeline::Learnt{
            .artefacts = {{.stage = speech ? Stage::transcript : Stage::summary, .text = "words"}}};
    }

    /// Drives the transcript to that end without a request to its server, which is half-open.
    void expect_no_use_of_the_probe(Answering::Answer answer) {
        m_store.close_provider(Provider::transcription, Reason::unreachable, "", 15s,
                               m_store.now());
        m_store.advance(16s);
        drive(std::move(answer), Stage::transcript, {Provider::transcription});
        EXPECT_THAT(m_runner->steps(), ElementsAre("transcribe"));
        const auto state = m_store.providers()[static_cast<std::size_t>(Provider::transcription)];
        EXPECT_TRUE(state.half_open);
        EXPECT_FALSE(state.closed_until);
        EXPECT_EQ(state.failures, 1);
    }

    /// Scheduled in the recording stage, which the host's row says is completed.
    void settle_recording_by_host() {
        auto claim = m_store.claim_call(k_driven, {.worker = "w"});
        call::Change change = pipeline::change_of(claim->call, pipeline::Rest{}, m_store.now());
        change.stage = Stage::recording;
        change.due_at = m_store.now();
        m_store.write(claim->lease, change);
        m_store.release(claim->lease);
    }

    call::Call call() { return m_store.find(k_driven).value(); }
    bool is_closed(Provider provider) {
        return m_store.providers()[static_cast<std::size_t>(provider)].closed_until.has_value();
    }

    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    pipeline::Policy m_policy{};
    std::unique_ptr<Answering> m_runner;
    std::optional<Provider> m_part_done{}; ///< before each answer
    int m_deliveries{0};
    std::shared_ptr<spdlog::logger> m_logger{
        std::make_shared<spdlog::logger>("null", std::make_shared<spdlog::sinks::null_sink_mt>())};
};

TEST_F(DriverTurn, GoesOnUntilTheCallRests) {
    const auto report = drive(working);
    EXPECT_THAT(m_runner->steps(), ElementsAre("transcribe", "summarise"));
    EXPECT_EQ(report.steps, 2);
    EXPECT_FALSE(call().due_at);
}

TEST_F(DriverTurn, BlamesTwilioForADownloadThatItRefuses) {
    drive(failing(Reason::auth, Provider::twilio));
    EXPECT_TRUE(is_closed(Provider::twilio));
    EXPECT_FALSE(is_closed(Provider::transcription));
}

TEST_F(DriverTurn, AsksNobodyWhileOneOfTheStepsProvidersIsClosed) {
    for (const Provider provider : {Provider::twilio, Provider::transcription}) {
        m_store.close_provider(provider, Reason::auth, "", 1h, m_store.now());
        drive(working);
        EXPECT_THAT(m_runner->steps(), ElementsAre());
        EXPECT_EQ(call().reason, Reason::provider_closed);
        EXPECT_EQ(call().due_at, m_store.now() + 1h);
        EXPECT_EQ(call().attempts, 0);
        m_store.open_provider(provider, m_store.now());
    }
}

TEST_F(DriverTurn, OpensABreakerOnlyByWhatWorked) {
    m_store.close_provider(Provider::twilio, Reason::timeout, "", 0ms, m_store.now());
    m_store.close_provider(Provider::summary, Reason::timeout, "", 0ms, m_store.now());
    drive([](const pipeline::Step& step) {
        return std::holds_alternative<pipeline::Transcribe>(step)
                   ? working(step)
                   : base::fail(call::Failure{.reason = Reason::timeout});
    });
    EXPECT_EQ(m_store.providers()[static_cast<std::size_t>(Provider::twilio)].failures, 0);
    EXPECT_EQ(m_store.providers()[static_cast<std::size_t>(Provider::summary)].failures, 2);
}

TEST_F(DriverTurn, ClosesAProviderThatFailsAgainAndAgainAndBurnsNothingThen) {
    for (int i = 0; i < 2; ++i) {
        drive(failing(Reason::provider_error));
        EXPECT_FALSE(is_closed(Provider::transcription));
        m_store.set_now(call().due_at.value());
    }
    EXPECT_EQ(call().attempts, 2);
    drive(failing(Reason::provider_error));
    EXPECT_TRUE(is_closed(Provider::transcription));
    EXPECT_EQ(call().attempts, 2);
    EXPECT_EQ(call().reason, Reason::provider_error);
}

TEST_F(DriverTurn, ProbesAProviderWhosePauseIsOverForAllTheOthers) {
    m_store.close_provider(Provider::transcription, Reason::unreachable, "", 15s, m_store.now());
    m_store.advance(16s);
    drive([this](const pipeline::Step& step) {
        EXPECT_EQ(is_closed(Provider::transcription),
                  std::holds_alternative<pipeline::Transcribe>(step));
        return working(step);
    });
    EXPECT_THAT(m_runner->steps(), ElementsAre("transcribe", "summarise"));
    EXPECT_FALSE(is_closed(Provider::transcription)) << "it worked";
}

TEST_F(DriverTurn, AsksNobodyWhileAnotherProbes) {
    m_store.close_provider(Provider::transcription, Reason::unreachable, "", 15s, m_store.now());
    m_store.advance(16s);
    ASSERT_TRUE(m_store.take_probe(Provider::transcription, 1min));
    drive(working);
    EXPECT_THAT(m_runner->steps(), ElementsAre());
    EXPECT_EQ(call().reason, Reason::provider_closed);
    EXPECT_EQ(call().attempts, 0);
}

TEST_F(DriverTurn, OpensAProviderThatAnswersThoughItRefusesTheCall) {
    m_store.close_provider(Provider::transcription, Reason::unreachable, "", 15s, m_store.now());
    m_store.advance(16s);
    drive([](const pipeline::Step& /*step*/) -> call::Outcome<pipeline::Learnt> {
        return base::fail(call::Failure{.reason = Reason::rejected, .http_status = 400});
    });
    EXPECT_FALSE(is_closed(Provider::transcription));
}

TEST_F(DriverTurn, LeavesTheProbeToTheNextWhereNobodySpeaks) {
    expect_no_use_of_the_probe(failing(Reason::no_speech));
}

TEST_F(DriverTurn, LeavesTheProbeToTheNextWhereAFaultOfThisHostCameFirst) {
    expect_no_use_of_the_probe(failing(Reason::local_fault));
}

TEST_F(DriverTurn, LeavesTheProbeToTheNextWhereAllThatWasToBeAskedIsKept) {
    expect_no_use_of_the_probe(working);
}

TEST_F(DriverTurn, LeavesTheProbeToTheNextWhereAStopCutTheRequestOff) {
    m_store.close_provider(Provider::transcription, Reason::unreachable, "", 15s, m_store.now());
    m_store.advance(16s);
    drive(failing(Reason::interrupted));
    EXPECT_FALSE(is_closed(Provider::transcription));
}

TEST_F(DriverTurn, LeavesTheProbeToTheNextWhereItsOwnFaultEndsIt) {
    m_store.close_provider(Provider::transcription, Reason::unreachable, "", 15s, m_store.now());
    m_store.advance(16s);
    const auto throwing = [](const pipeline::Step& /*step*/) -> call::Outcome<pipeline::Learnt> {
        throw base::BugError{"a state that cannot be"};
    };
    EXPECT_THROW(drive(throwing), base::BugError);
    EXPECT_FALSE(is_closed(Provider::transcription));
}

TEST_F(DriverTurn, KeepsAProviderClosedWhenItsProbeProvesNothing) {
    m_store.close_provider(Provider::transcription, Reason::unreachable, "", 15s, m_store.now());
    m_store.advance(16s);
    drive(failing(Reason::bad_media));
    EXPECT_TRUE(is_closed(Provider::transcription));
}

// The file was not there: the server that was to hear it was not asked.
TEST_F(DriverTurn, LeavesTheProbeOfAProviderThatWasNotAskedToTheNext) {
    m_store.close_provider(Provider::transcription, Reason::unreachable, "", 15s, m_store.now());
    m_store.advance(16s);
    drive(failing(Reason::not_ready, Provider::twilio));
    const auto state = m_store.providers()[static_cast<std::size_t>(Provider::transcription)];
    EXPECT_TRUE(state.half_open);
    EXPECT_FALSE(is_closed(Provider::transcription));
    EXPECT_EQ(state.failures, 1);
}

// The recordings of live calls wait for it, and a transcript takes minutes.
TEST_F(DriverTurn, OpensTwilioOnceItHasGivenTheFileWhateverComesOfTheTranscript) {
    m_store.close_provider(Provider::twilio, Reason::unreachable, "", 15s, m_store.now());
    m_store.advance(16s);
    m_part_done = Provider::twilio;
    drive([this](const pipeline::Step& step) -> call::Outcome<pipeline::Learnt> {
        EXPECT_TRUE(std::holds_alternative<pipeline::Transcribe>(step));
        EXPECT_FALSE(is_closed(Provider::twilio));
        return base::fail(call::Failure{.reason = Reason::rejected, .http_status = 400});
    });
    const auto state = m_store.providers()[static_cast<std::size_t>(Provider::twilio)];
    EXPECT_EQ(state.failures, 0);
    EXPECT_FALSE(state.half_open);
}

TEST_F(DriverTurn, AsksNoMoreAtATimeThanAllHostsMay) {
    m_policy.limits[static_cast<std::size_t>(Provider::transcription)].concurrency = 1;
    const auto other = *base::CallSid::parse("CA" + std::string(32, 'e'));
    m_store.ingest(std::vector{call::Delivery{.raw = "x", .digest = "e", .sid = other}},
                   [this](const auto& call, const auto& news, base::Time now) {
                       return pipeline::on_news(call, news, now, m_policy);
                   });
    const auto elsewhere = m_store.claim_call(other, {.worker = "other host"});
    ASSERT_TRUE(m_store.take_place(elsewhere->lease, Provider::transcription, 1));
    drive(working);
    EXPECT_THAT(m_runner->steps(), ElementsAre());
    EXPECT_EQ(call().reason, Reason::rate_limited);
    EXPECT_EQ(call().attempts, 0);
    EXPECT_LE(call().due_at, m_store.now() + 2s);

    m_store.leave_place(elsewhere->lease, Provider::transcription);
    m_store.set_now(call().due_at.value());
    drive(working);
    EXPECT_THAT(m_runner->steps(), ElementsAre("transcribe", "summarise"));
    EXPECT_TRUE(m_store.take_place(elsewhere->lease, Provider::transcription, 1)) << "left again";
}

TEST_F(DriverTurn, DecidesAgainWhenNewsCameBeforeItAsks) {
    class Interrupted : public fakes::MemoryCallStore {
      public:
        std::function<void()> meanwhile;
        port::Written begin_attempt(const port::Lease& lease, Stage stage,
                                    std::int64_t seen_news) override {
            if (auto once = std::exchange(meanwhile, nullptr)) {
                once();
            }
            return MemoryCallStore::begin_attempt(lease, stage, seen_news);
        }
    };
    Interrupted store;
    const auto hear_of = [&](call::CallFacts facts, const std::string& digest) {
        const call::Delivery delivery{
            .raw = "x", .digest = digest, .sid = k_driven, .news = std::move(facts)};
        store.ingest(std::vector{delivery},
                     [this](const auto& call, const auto& news, base::Time now) {
                         return pipeline::on_news(call, news, now, m_policy);
                     });
    };
    hear_of({.state = call::CallState::in_progress}, "answered");
    store.meanwhile = [&] { hear_of({.asked_by_twiml_at = store.now()}, "voice"); };
    Answering runner{working};
    const Driver driver{store, runner, m_clock, m_policy, [] { return 0.5; }, m_logger};
    driver.drive(std::move(*store.claim_call(k_driven, {.worker = "w"})));
    EXPECT_THAT(runner.steps(), ElementsAre()) << "our TwiML records the call";
    EXPECT_EQ(store.find(k_driven)->due_at, store.now() + m_policy.callback_grace);
}

TEST_F(DriverTurn, ShowsAStageThatWaitsForItsProviderAsPending) {
    drive(failing(Reason::auth, Provider::transcription));
    EXPECT_EQ(call().status(Stage::transcript), Status::pending);
}

TEST_F(DriverTurn, ShowsAStageThatFollowsAnotherAndWaitsForItsProviderAsPending) {
    drive([](const pipeline::Step& step) -> call::Outcome<pipeline::Learnt> {
        if (std::holds_alternative<pipeline::Transcribe>(step)) {
            return working(step);
        }
        return base::fail(call::Failure{.reason = Reason::auth, .provider = Provider::summary});
    });
    EXPECT_EQ(call().status(Stage::summary), Status::pending);
}

/// Counts what was begun by itself, and what with the write before it.
class Counting : public fakes::MemoryCallStore {
  public:
    int alone{0};
    int with_a_write{0};
    std::function<void()> on_begun{[] {}};

    port::Written begin_attempt(const port::Lease& lease, Stage stage,
                                std::int64_t seen_news) override {
        ++alone;
        return MemoryCallStore::begin_attempt(lease, stage, seen_news);
    }
    std::optional<port::Advanced> advance(const port::Lease& lease, const call::Change& change,
                                          const BeginsNext& begins_next) override {
        auto after = MemoryCallStore::advance(lease, change, begins_next);
        if (after && after->begun) {
            ++with_a_write;
            on_begun();
        }
        return after;
    }
};

class DriverBegins : public DriverTurn {
  protected:
    DriverBegins() {
        const call::Delivery delivery{
            .raw = "x", .digest = "1", .sid = k_driven, .news = recorded(m_counting.now())};
        m_counting.ingest(std::vector{delivery},
                          [this](const auto& call, const auto& news, base::Time now) {
                              return pipeline::on_news(call, news, now, m_policy);
                          });
    }

    void drive(const Answering::Answer& answer, std::optional<Stage> only = std::nullopt) {
        Answering runner{answer};
        const Driver driver{m_counting, runner, m_clock, m_policy, [] { return 0.5; }, m_logger};
        driver.drive(std::move(*m_counting.claim_call(k_driven, {.worker = "w"})), only);
        m_steps = runner.steps();
    }
    [[nodiscard]] std::vector<port::AttemptLine> attempts() {
        return m_counting.story(k_driven)->attempts;
    }

    Counting m_counting;
    std::vector<std::string> m_steps{};
};

TEST_F(DriverBegins, TheNextAttemptWithTheWriteThatLeadsToIt) {
    drive(working);
    EXPECT_THAT(m_steps, ElementsAre("transcribe", "summarise"));
    EXPECT_EQ(m_counting.alone, 1);
    EXPECT_EQ(m_counting.with_a_write, 1);
    ASSERT_EQ(attempts().size(), 2U);
    EXPECT_TRUE(attempts()[1].finished_at);
    EXPECT_FALSE(attempts()[1].end.reason);
}

TEST_F(DriverBegins, NoOtherStageThanTheOneThatIsAskedFor) {
    drive(working, Stage::transcript);
    EXPECT_THAT(m_steps, ElementsAre("transcribe"));
    EXPECT_EQ(m_counting.with_a_write, 0);
    EXPECT_EQ(attempts().size(), 1U);
}

TEST_F(DriverBegins, NothingForAProviderThatIsClosedOrHasPlaces) {
    m_counting.close_provider(Provider::summary, Reason::auth, "", 1h, m_counting.now());
    drive(working);
    EXPECT_EQ(m_counting.with_a_write, 0);
    EXPECT_EQ(attempts().size(), 1U);
    EXPECT_EQ(m_counting.find(k_driven)->reason, Reason::provider_closed);

    m_counting.open_provider(Provider::summary, m_counting.now());
    m_counting.set_now(m_counting.find(k_driven)->due_at.value());
    m_policy.limits[static_cast<std::size_t>(Provider::summary)].concurrency = 1;
    drive(working);
    EXPECT_EQ(m_counting.with_a_write, 0);
    EXPECT_THAT(m_steps, ElementsAre("summarise"));
}

TEST_F(DriverBegins, NoProofThatAProviderIsWellWhichClosedMeanwhile) {
    m_counting.on_begun = [this] {
        m_counting.set_now(m_counting.now() + 1s);
        m_counting.close_provider(Provider::summary, Reason::rate_limited, "", 1h,
                                  m_counting.now());
    };
    drive(working);
    EXPECT_EQ(m_counting.with_a_write, 1);
    const auto states = m_counting.providers();
    const auto summary =
        std::ranges::find(states, Provider::summary, &port::ProviderState::provider);
    ASSERT_NE(summary, states.end());
    EXPECT_EQ(summary->closed_until, m_counting.now() + 1h) << "it was asked in spite of that";
}

TEST_F(DriverBegins, NothingOnceAStopIsAskedFor) {
    drive([this](const pipeline::Step& step) -> call::Outcome<pipeline::Learnt> {
        m_clock.stop();
        return working(step);
    });
    EXPECT_THAT(m_steps, ElementsAre("transcribe"));
    EXPECT_EQ(attempts().size(), 1U);
    EXPECT_TRUE(m_counting.claim_call(k_driven, {.worker = "another"})) << "given back";
}

TEST_F(DriverBegins, AndEndsWhatItBeganWhenAStopIsAskedForThen) {
    m_counting.on_begun = [this] { m_clock.stop(); };
    drive(working);
    EXPECT_THAT(m_steps, ElementsAre("transcribe"));
    ASSERT_EQ(attempts().size(), 2U);
    EXPECT_EQ(attempts()[1].end.reason, Reason::interrupted);
    EXPECT_FALSE(attempts()[1].end.burnt);
    const auto call = m_counting.find(k_driven).value();
    EXPECT_EQ(call.attempts, 0);
    EXPECT_EQ(call.crashes, 0);
    EXPECT_EQ(call.due_at, m_counting.now());
    EXPECT_TRUE(m_counting.claim_call(k_driven, {.worker = "another"})) << "given back";
}

// The host has set the recording stage while the call was scheduled in it.
TEST_F(DriverTurn, OfAStageThatTheHostSetWritesNothingIntoTheNext) {
    settle_recording_by_host();
    m_store.close_provider(Provider::transcription, Reason::quota, "", 1h, m_store.now());
    drive(working);
    EXPECT_EQ(call().status(Stage::transcript), Status::pending);
    EXPECT_EQ(call().stage, Stage::transcript);
    EXPECT_EQ(call().reason, Reason::provider_closed);
}

TEST_F(DriverTurn, OfOneStageHandsACallOnThatIsInAnother) {
    settle_recording_by_host();
    drive(working, Stage::recording);
    EXPECT_THAT(m_runner->steps(), ElementsAre());
    EXPECT_TRUE(m_store.claim_due({.worker = "w", .stage = Stage::recording}).empty())
        << "or it would be claimed again and again";
    EXPECT_EQ(m_store.claim_due({.worker = "w", .stage = Stage::transcript}).size(), 1U);
}

} // namespace
} // namespace callctl::app
