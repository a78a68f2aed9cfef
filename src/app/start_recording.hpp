// Make sure that a live call is being recorded, once, however many ask for it.
#pragma once

#include "app/workers.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"

#include <chrono>
#include <string>

namespace callctl::app {

enum class StartResult {
    recording,    ///< it is being recorded now
    recorded,     ///< it is over and has a recording
    not_live_yet, ///< it did not become live within the time given; it stays on the schedule
    nothing,      ///< it is over and there is nothing to record: not answered, too short
    gave_up,      ///< it is over, or cannot be recorded, and has no recording
    unknown_call, ///< neither we nor Twilio know it
    failed,       ///< Twilio could not be asked; it stays on the schedule
};

struct StartReport {
    StartResult result{StartResult::failed};
    std::optional<call::Call> call{};
    std::string detail{};
};

struct StartRequest {
    base::CallSid sid;
    std::string worker{};
    std::chrono::milliseconds wait{0}; ///< for a call that is not live yet
    bool dry_run{false};               ///< look, start nothing
};

class StartRecording {
  public:
    /// `workers` must drive with Policy::start_while_ringing. References must outlive this.
    StartRecording(port::CallStore& store, StepRunner& runner, Workers& workers, port::Clock& clock,
                   pipeline::Policy policy);

    StartReport run(const StartRequest& request);

  private:
    [[nodiscard]] std::optional<StartReport> make_known(const StartRequest& request);
    [[nodiscard]] StartReport look(const base::CallSid& sid);
    void pause_until_due(const std::optional<call::Call>& call, std::chrono::milliseconds left);

    port::CallStore& m_store;
    StepRunner& m_runner;
    Workers& m_workers;
    port::Clock& m_clock;
    pipeline::Policy m_policy;
};

} // namespace callctl::app
