// A small world of calls at a small Twilio, for properties: it knows what is true, loses, repeats
// and reorders what it says of it, and fails when it is asked.
#pragma once

#include "app/step_runner.hpp"
#include "base/ids.hpp"
#include "call/delivery.hpp"

#include <chrono>
#include <cstdint>
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
    bool by_our_twiml{true}; ///< else somebody else serves its TwiML, without recording
    bool too_short{false};   ///< its recording ends absent, 16101
    std::chrono::milliseconds processing{3'000};
    // What happened to it so far.
    std::optional<base::Time> recording_began{};
    int recordings{0};
    int transcriptions{0};
    int summaries{0};

    [[nodiscard]] call::CallState state_at(base::Time now) const;
    [[nodiscard]] call::RecordingState recording_at(base::Time now) const;
};

/// A delivery on its way.
struct Letter {
    base::Time arrives{};
    call::Delivery delivery;
};

class ModelWorld : public StepRunner {
  public:
    /// `faults`: how many requests may fail before the world only answers truly.
    ModelWorld(std::uint32_t seed, base::Time start, int calls, int faults);

    /// What a worker asks, answered truly or, while faults are left, with one.
    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& call,
                                 base::Time now) override;

    /// Begins the recordings that our TwiML asked for by now. A call's voice webhook is answered by
    /// us whether or not its delivery is ever stored.
    void live_until(base::Time now);

    [[nodiscard]] std::vector<Fate>& fates() { return m_fates; }
    [[nodiscard]] Fate& fate(const base::CallSid& sid);
    /// All that will be delivered, in the order of arrival; some of it never, some of it twice.
    [[nodiscard]] std::vector<Letter> letters();
    [[nodiscard]] std::mt19937& random() { return m_random; }
    [[nodiscard]] bool chance(int percent);
    void stop_faults() { m_faults = 0; }

  private:
    [[nodiscard]] std::optional<call::Failure> fault();
    [[nodiscard]] call::CallFacts facts_of(const Fate& fate, const call::CallFacts& before,
                                           base::Time now) const;
    [[nodiscard]] StepResult start(Fate& fate, const call::CallFacts& before, base::Time now);
    [[nodiscard]] std::chrono::milliseconds between(int low, int high);
    void post(std::vector<Letter>& letters, const Fate& fate, base::Time at,
              const std::string& what, call::CallFacts news);

    std::mt19937 m_random;
    std::vector<Fate> m_fates{};
    int m_faults;
};

} // namespace callctl::app
