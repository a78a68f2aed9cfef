#include "unit/app/model_world.hpp"

#include "app/paid_once.hpp"
#include "base/digest.hpp"
#include "fakes/memory_piece_shelf.hpp"

#include <algorithm>
#include <array>

namespace callctl::app {
namespace {

using call::CallFacts;
using call::CallState;
using call::Reason;
using call::RecordingState;
using std::chrono::milliseconds;

constexpr std::array k_faults{Reason::timeout,      Reason::provider_error, Reason::bad_reply,
                              Reason::rate_limited, Reason::unreachable,    Reason::auth,
                              Reason::quota,        Reason::not_ready};

template <class Id>
Id sid_of(const std::string& prefix, int number) {
    std::string digits = std::to_string(number);
    return *Id::parse(prefix + std::string(32 - digits.size(), '0') + digits);
}

} // namespace

CallState Fate::state_at(base::Time now) const {
    if (now >= ends) {
        return is_answered ? CallState::completed : CallState::no_answer;
    }
    return is_answered && now >= answered ? CallState::in_progress : CallState::ringing;
}

RecordingState Fate::recording_at(base::Time now) const {
    if (!recording_began || now < *recording_began) {
        return RecordingState::none;
    }
    if (now < ends + processing) {
        return RecordingState::processing; // what a plain GET says, also while the call is live
    }
    return too_short ? RecordingState::absent : RecordingState::completed;
}

ModelWorld::ModelWorld(std::uint32_t seed, base::Time start, int calls, int faults)
    : m_random{seed}, m_faults{faults} {
    for (int i = 0; i < calls; ++i) {
        Fate fate{.sid = sid_of<base::CallSid>("CA", i),
                  .recording = sid_of<base::RecordingSid>("RE", i)};
        fate.begins = start + between(0, 20'000);
        fate.answered = fate.begins + between(100, 15'000);
        fate.ends = fate.answered + between(500, 90'000);
        fate.is_answered = !chance(20);
        fate.by_our_twiml = !chance(30);
        fate.is_outbound = chance(50);
        fate.asks_twiml = fate.is_outbound ? fate.answered + between(0, 3'000) : fate.begins;
        fate.too_short = chance(10);
        fate.processing = between(200, 30'000);
        m_fates.push_back(std::move(fate));
    }
    for (Fate& fate : m_fates) {
        post_call(fate);
        if (fate.by_our_twiml && (fate.is_answered || !fate.is_outbound)) {
            m_asking.push_back(&fate);
        }
    }
}

bool ModelWorld::chance(int percent) {
    return std::uniform_int_distribution{0, 99}(m_random) < percent;
}

milliseconds ModelWorld::between(int low, int high) {
    return milliseconds{std::uniform_int_distribution{low, high}(m_random)};
}

Fate& ModelWorld::fate(const base::CallSid& sid) {
    return *std::ranges::find(m_fates, sid, &Fate::sid);
}

std::vector<Fate*> ModelWorld::voice_requests(base::Time now) {
    std::vector<Fate*> asking;
    std::erase_if(m_asking, [&](Fate* fate) {
        const bool asks = now >= fate->asks_twiml;
        if (asks && now < fate->ends) {
            asking.push_back(fate);
        }
        return asks;
    });
    return asking;
}

call::Delivery ModelWorld::voice_delivery(const Fate& fate, base::Time now) {
    CallFacts news{.state = fate.state_at(now)};
    news.direction = fate.is_outbound ? call::Direction::outbound : call::Direction::inbound;
    news.heard_at = now;
    news.asked_by_twiml_at = now;
    return {.route = "/webhook/voice",
            .raw = "voice",
            .digest = base::sha256("voice" + fate.sid.str()),
            .sid = fate.sid,
            .news = std::move(news)};
}

void ModelWorld::execute_twiml(Fate& fate, bool with_recording, base::Time now) {
    if (with_recording && fate.is_answered) {
        fate.recording_began = std::max(now, fate.answered);
        ++fate.by_twiml;
        post_recording(fate);
    }
}

std::optional<call::Failure> ModelWorld::fault() {
    if (m_faults <= 0 || !chance(30)) {
        return std::nullopt;
    }
    --m_faults;
    const auto which = std::uniform_int_distribution<std::size_t>{0, k_faults.size() - 1}(m_random);
    return call::Failure{.reason = k_faults[which], .detail = "a fault of the world"};
}

CallFacts ModelWorld::facts_of(const Fate& fate, const CallFacts& before, base::Time now) const {
    CallFacts facts;
    facts.observed_at = now;
    facts.observations = before.observations + 1;
    facts.state = fate.state_at(now);
    if (fate.is_answered && now >= fate.answered) {
        facts.answered_at = fate.answered;
    }
    if (now >= fate.ends) {
        facts.ended_at = fate.ends;
    }
    facts.recording.state = fate.recording_at(now);
    if (facts.recording.state != RecordingState::none) {
        facts.recording.sid = fate.recording;
        facts.recording.started_at = fate.recording_began;
        facts.recording_count = fate.recordings();
    }
    if (facts.recording.state == RecordingState::absent) {
        facts.recording.error_code = 16101;
    }
    return facts;
}

// As Twilio and callctl do it: a list of the recordings, then a start where there is none.
StepResult ModelWorld::start(Fate& fate, const CallFacts& before, base::Time now) {
    const bool there = fate.recording_at(now) != RecordingState::none;
    const bool refused = !there && fate.state_at(now) != CallState::in_progress;
    if (!there && !refused) {
        fate.recording_began = now;
        ++fate.by_rest;
    }
    CallFacts facts = facts_of(fate, before, now);
    if (refused) {
        facts.start_refused_at = now;
        facts.start_refusals = before.start_refusals + 1;
    }
    return {pipeline::Learnt{.facts = facts}};
}

bool ModelWorld::dies(Fate& asked) {
    if (m_faults <= 0 || !chance(5)) {
        return false;
    }
    --m_faults;
    ++asked.deaths;
    return true;
}

// Part by part, each paid for; workers fail and die between them.
StepResult ModelWorld::transcribe(Fate& asked, port::PieceShelf& shelf) {
    PaidOnce paid{shelf, call::Stage::transcript};
    for (int part = 0; part < k_parts; ++part) {
        const auto heard =
            paid.ask(std::to_string(part), fakes::as_it_is, [&]() -> call::Outcome<PaidAnswer> {
                if (const auto failure = fault()) {
                    return base::fail(*failure);
                }
                ++asked.transcriptions;
                if (dies(asked)) {
                    ++asked.unkept;
                    throw WorkerDied{};
                }
                return PaidAnswer{.document = "{}"};
            });
        if (!heard) {
            return {base::fail(heard.error())};
        }
        if (dies(asked)) {
            throw WorkerDied{};
        }
    }
    return {pipeline::Learnt{
        .artefacts = {{.stage = call::Stage::transcript, .text = "caller: hello"}}}};
}

StepResult ModelWorld::work(const pipeline::Step& step, Fate& asked, const call::Call& call,
                            base::Time now, port::PieceShelf& shelf) {
    if (std::holds_alternative<pipeline::Observe>(step)) {
        return {pipeline::Learnt{.facts = facts_of(asked, call.facts, now)}};
    }
    if (std::holds_alternative<pipeline::StartRecording>(step)) {
        return start(asked, call.facts, now);
    }
    if (std::holds_alternative<pipeline::Transcribe>(step)) {
        if (asked.recording_at(now) != RecordingState::completed) {
            return {base::fail(call::Failure{.reason = Reason::not_ready})};
        }
        return transcribe(asked, shelf);
    }
    ++asked.summaries;
    return {pipeline::Learnt{.artefacts = {{.stage = call::Stage::summary, .text = "a greeting"}}}};
}

StepResult ModelWorld::run(const pipeline::Step& step, const call::Call& call, base::Time now,
                           port::PieceShelf& shelf, const PartDone& /*done*/) {
    Fate& asked = fate(call.sid);
    if (meanwhile && chance(30)) {
        meanwhile();
    }
    if (const auto failure = fault()) {
        return {base::fail(*failure)};
    }
    StepResult result = work(step, asked, call, now, shelf);
    if (meanwhile && chance(30)) {
        meanwhile();
    }
    if (dies(asked)) {
        throw WorkerDied{};
    }
    return result;
}

void ModelWorld::post(const Fate& fate, base::Time at, const std::string& what, CallFacts news) {
    if (chance(35)) {
        return; // lost
    }
    news.heard_at = at;
    const call::Delivery delivery{.route = "/webhook/" + what,
                                  .raw = what,
                                  .digest = base::sha256(what + fate.sid.str()),
                                  .sid = fate.sid,
                                  .news = std::move(news)};
    const base::Time arrives = at + between(0, 8'000);
    m_letters.emplace(arrives, delivery);
    if (chance(25)) {
        m_letters.emplace(arrives + between(0, 60'000), delivery);
    }
}

void ModelWorld::post_call(const Fate& fate) {
    const auto direction = fate.is_outbound ? call::Direction::outbound : call::Direction::inbound;
    post(fate, fate.begins, "ringing", {.state = CallState::ringing, .direction = direction});
    if (fate.is_answered) {
        post(fate, fate.answered, "answered",
             {.state = CallState::in_progress,
              .direction = direction,
              .answered_at = fate.answered});
    }
    post(fate, fate.ends, "over", {.state = fate.state_at(fate.ends), .ended_at = fate.ends});
}

// Those of a REST start are all lost in this world.
void ModelWorld::post_recording(const Fate& fate) {
    CallFacts begun;
    begun.recording = {.sid = fate.recording,
                       .state = RecordingState::in_progress,
                       .started_at = fate.recording_began};
    post(fate, *fate.recording_began, "recording_begun", begun);
    CallFacts done = begun;
    done.recording.state = fate.too_short ? RecordingState::absent : RecordingState::completed;
    if (fate.too_short) {
        done.recording.error_code = 16101;
    }
    post(fate, fate.ends + fate.processing, "recording_done", done);
}

std::vector<call::Delivery> ModelWorld::arrivals(base::Time now) {
    std::vector<call::Delivery> arrived;
    const auto end = m_letters.upper_bound(now);
    for (auto letter = m_letters.begin(); letter != end; ++letter) {
        arrived.push_back(std::move(letter->second));
    }
    m_letters.erase(m_letters.begin(), end);
    return arrived;
}

} // namespace callctl::app
