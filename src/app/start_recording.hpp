// Make sure that a live call is being recorded, once, however many ask for it.
#pragma once

#include "app/workers.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"

#include <chrono>
#include <string>

namespace callctl::app {

enum class StartResult {
    recording,        ///< it is being recorded now
    recorded,         ///< it is over and has a recording
    not_live_yet,     ///< it did not become live within the time given
    not_recorded_yet, ///< it is live; nobody has tried, or it has not worked yet
    looked_for,       ///< it is over, and Twilio may still list a recording
    nothing,          ///< it is over and there is nothing to record: not answered, too short
    gave_up,          ///< it is over, or cannot be recorded, and has no recording
    unknown_call,     ///< neither we nor Twilio know it
    not_taken,        ///< Twilio knows it, and the host's table takes no row of it
    account,          ///< Twilio refuses our credentials or our account
    failed,           ///< Twilio could not be asked within the time given
};

struct StartReport {
    StartResult result{StartResult::failed};
    /// As it stands; on the schedule where it has a due_at. Nothing when it is not known here.
    std::optional<call::Call> call{};
    std::string detail{}; ///< of the last failure, in words
};

struct StartRequest {
    base::CallSid sid;
    std::string worker{};
    std::chrono::milliseconds wait{0}; ///< for a call that is not live yet, or a Twilio that fails
    bool dry_run{false};               ///< look, start nothing
};

/// The policy while an operator waits: starts are tried while the call rings, and what failed is
/// tried again within seconds.
[[nodiscard]] pipeline::Policy eager(pipeline::Policy policy);

class StartRecording {
  public:
    /// `workers` must drive with this `policy`, an eager one. References must outlive this.
    StartRecording(port::CallStore& store, StepRunner& runner, Workers& workers, port::Clock& clock,
                   pipeline::Policy policy);

    /// A call that nobody knew is on the schedule afterwards, whatever came of it, unless Twilio
    /// does not know it either or `dry_run` is set.
    StartReport run(const StartRequest& request);

  private:
    [[nodiscard]] std::optional<StartReport> make_known(const StartRequest& request);
    [[nodiscard]] StartReport look(const base::CallSid& sid);
    [[nodiscard]] std::optional<call::Call> take_up(const StartRequest& request,
                                                    const call::CallFacts& facts);
    [[nodiscard]] port::IngestReport schedule(const base::CallSid& sid,
                                              const call::CallFacts& facts);
    void explain_breaker(StartReport& report);
    void drive(const StartRequest& request, StartReport& report);
    void pause(const StartReport& report, std::chrono::milliseconds left);

    port::CallStore& m_store;
    StepRunner& m_runner;
    Workers& m_workers;
    port::Clock& m_clock;
    pipeline::Policy m_policy;
};

} // namespace callctl::app
