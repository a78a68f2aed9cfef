// A small world of calls at a small Twilio, for properties: it knows what is true, loses, repeats
// and reorders what it says of it, and fails when it is asked.
#pragma once

#include "app/step_runner.hpp"
#include "base/ids.hpp"
#include "call/delivery.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace callctl::app {

/// What becomes of one call, decided when it is made.
struct Fate {
    base::CallSid sid;
    base::RecordingSid recording;
    base::Time begins{};
    base::Time answered{}; ///< meaningful when `is_answered`
    base::Time ends{};
    bool is_answered{true};
    bool is_outbound{false};
    bool by_our_twiml{true}; ///< else somebody else serves its TwiML, without recording
    base::Time asks_twiml{}; ///< meaningful when `by_our_twiml`
    bool too_short{false};   ///< its recording ends absent, 16101
    std::chrono::milliseconds processing{3'000};
    // What happened to it so far.
    std::optional<base::Time> recording_began{};
    int by_twiml{0}; ///< recordings, each billed
    int by_rest{0};
    int transcriptions{0}; ///< parts of the recording that were paid for
    int unkept{0};         ///< of these, what a worker died with before it was kept
    int summaries{0};
    int deaths{0}; ///< workers that did something and died before they could say so

    [[nodiscard]] int recordings() const { return by_twiml + by_rest; }

    [[nodiscard]] call::CallState state_at(base::Time now) const;
    [[nodiscard]] call::RecordingState recording_at(base::Time now) const;
};

/// How many requests the transcript of one call takes.
inline constexpr int k_parts = 3;

/// A worker that is gone in the middle of its step.
struct WorkerDied {};

class ModelWorld : public StepRunner {
  public:
    /// `faults`: how many requests may fail before the world only answers truly.
    ModelWorld(std::uint32_t seed, base::Time start, int calls, int faults);

    /// What a worker asks, answered truly or, while faults are left, with one. Throws WorkerDied
    /// where the worker does not live to hear the answer.
    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& call, base::Time now,
                                 port::PieceShelf& shelf, const PartDone& /*done*/) override;

    /// Called in the middle of steps: others go on meanwhile.
    std::function<void()> meanwhile{};

    /// The calls whose TwiML is asked for by now, each once.
    [[nodiscard]] std::vector<Fate*> voice_requests(base::Time now);
    /// Twilio executes what we answered.
    void execute_twiml(Fate& fate, bool with_recording, base::Time now);
    /// The news that such a request brings.
    [[nodiscard]] static call::Delivery voice_delivery(const Fate& fate, base::Time now);

    [[nodiscard]] std::vector<Fate>& fates() { return m_fates; }
    [[nodiscard]] Fate& fate(const base::CallSid& sid);
    /// What arrives by now; some of what was sent never does, some of it twice.
    [[nodiscard]] std::vector<call::Delivery> arrivals(base::Time now);
    [[nodiscard]] bool chance(int percent);
    void stop_faults() { m_faults = 0; }

  private:
    [[nodiscard]] std::optional<call::Failure> fault();
    [[nodiscard]] call::CallFacts facts_of(const Fate& fate, const call::CallFacts& before,
                                           base::Time now) const;
    [[nodiscard]] StepResult start(Fate& fate, const call::CallFacts& before, base::Time now);
    [[nodiscard]] std::chrono::milliseconds between(int low, int high);
    [[nodiscard]] StepResult transcribe(Fate& asked, port::PieceShelf& shelf);
    [[nodiscard]] StepResult work(const pipeline::Step& step, Fate& asked, const call::Call& call,
                                  base::Time now, port::PieceShelf& shelf);
    [[nodiscard]] bool dies(Fate& asked);
    void post(const Fate& fate, base::Time at, const std::string& what, call::CallFacts news);
    void post_call(const Fate& fate);
    void post_recording(const Fate& fate);

    std::mt19937 m_random;
    std::vector<Fate> m_fates{};
    std::vector<Fate*> m_asking{};
    std::multimap<base::Time, call::Delivery> m_letters{};
    int m_faults;
};

} // namespace callctl::app
