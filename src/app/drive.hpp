// Drive: do what can be done next with one call. Every entry point uses this and nothing else.
#pragma once

#include "app/step_runner.hpp"
#include "pipeline/policy.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>

namespace spdlog {
class logger;
}

namespace callctl::app {

class Breaker;

struct DriveReport {
    int steps{0}; ///< steps that asked a provider
    int requests{0};
    std::int64_t cost_micros{0};
    bool superseded{false};           ///< the lease was lost: a result was dropped
    bool handed_back{false};          ///< a stop was asked for
    bool found_no_place{false};       ///< at its provider: it was put off for a moment
    std::optional<call::Call> call{}; ///< as it was left, when the lease was ours to the end
    std::exception_ptr fault{};       ///< ended the drive; the lease may be ours still
};

class Driver {
  public:
    /// A number in [0, 1) for each back-off; callable from any thread.
    using Dice = std::function<double()>;

    /// All references must outlive this.
    Driver(port::CallStore& store, StepRunner& runner, port::Clock& clock, pipeline::Policy policy,
           Dice dice, std::shared_ptr<spdlog::logger> logger);

    /// Drives a claimed call until it rests, waits or is lost, and gives it back. Transitions are
    /// written one by one, each fenced by the lease. With `only`, stops where another stage begins.
    /// Rethrows what ended the drive: what the store throws, or a fault of ours.
    DriveReport drive(port::Claim claim, std::optional<call::Stage> only = std::nullopt) const;
    /// The same, but what ended the drive is in the report, beside what was paid for before.
    [[nodiscard]] DriveReport try_drive(port::Claim claim,
                                        std::optional<call::Stage> only = std::nullopt) const;

    [[nodiscard]] const pipeline::Policy& policy() const { return m_policy; }

  private:
    struct Turn;
    class HeldPlace;
    void drive(Turn& turn) const;
    [[nodiscard]] bool catch_up(Turn& turn) const;
    [[nodiscard]] bool take_step(Turn& turn) const;
    bool put_off(Turn& turn, call::Reason reason, base::Time until, base::Time now) const;
    [[nodiscard]] bool ask(Turn& turn, const pipeline::Step& step) const;
    [[nodiscard]] bool run(Turn& turn, const pipeline::Step& step, base::Time before,
                           Breaker& breaker) const;
    [[nodiscard]] port::CallStore::BeginsNext begins_next(const Turn& turn, base::Time now) const;
    [[nodiscard]] port::Written begin(Turn& turn, call::Stage stage) const;
    void log_refusal(const Turn& turn) const;
    bool read_again(Turn& turn) const;
    bool move_on(Turn& turn, const call::Change& change, base::Time now) const;
    void finish(Turn& turn, const call::Change& change) const;
    bool advance(Turn& turn, const call::Change& change,
                 const port::CallStore::BeginsNext& begins_next) const;
    void leave(Turn& turn, const call::Change& change, call::Call call) const;
    bool lose(Turn& turn, const call::Change& change) const;
    static int note(Breaker& breaker, const pipeline::Step& step, const StepResult& result,
                    base::Time asked);

    port::CallStore& m_store;
    StepRunner& m_runner;
    port::Clock& m_clock;
    pipeline::Policy m_policy;
    Dice m_dice;
    std::shared_ptr<spdlog::logger> m_logger;
};

} // namespace callctl::app
