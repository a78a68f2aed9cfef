// Threads that claim due calls and drive them, with one heartbeat for all their leases.
#pragma once

#include "app/drive.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace callctl::base {
class StoreError;
}

namespace callctl::app {

struct WorkReport;

struct WorkRequest {
    /// These calls by name, due or not, each once; empty: whatever is due.
    std::vector<base::CallSid> calls{};
    /// Told of each of them just before it is claimed, from any thread; no: it is passed over.
    std::function<bool(const base::CallSid&)> prepare{};
    std::string worker{}; ///< see ClaimRequest::worker
    int concurrency{4};
    /// Threads beside them for the recording stage alone: a live call cannot wait for transcripts.
    int for_recordings{0};
    std::optional<int> limit{}; ///< calls at the most
    std::optional<std::chrono::milliseconds> max_runtime{};
    /// From when max_runtime counts, where the run is the last part of a pass; else from its start.
    std::optional<port::Clock::Monotonic> began{};
    /// No call is begun once so much was spent, in millionths; those in hand may still cost.
    std::optional<std::int64_t> max_cost_micros{};
    std::optional<call::Stage> stage{}; ///< only calls in this stage, and no further
    std::optional<std::chrono::milliseconds> since{};
    std::chrono::milliseconds lease{60'000}; ///< renewed at a third of it
    enum class Until {
        none_due, ///< until nothing is due now
        idle,     ///< until nothing becomes due within max_runtime
        stopped,  ///< for ever
    };
    Until until{Until::none_due};
    /// Told how far the run is, about once a second, from a thread of its own; not of `named`.
    std::function<void(const WorkReport&)> progress{};
};

/// What became of calls that were named. They may be many.
struct NamedCalls {
    std::vector<call::Call> driven{};    ///< as they were left, without their texts
    std::vector<base::CallSid> failed{}; ///< by a fault of ours
    std::vector<base::CallSid> taken{};  ///< another worker was quicker, or got them from us
};

/// Where driven calls were left, each counted once however often it was driven. Of a run that goes
/// on for ever only what is counted by drives.
struct WorkReport {
    int driven{0};    ///< calls
    int completed{0}; ///< all stages done
    int skipped{0};   ///< ended with nothing to do
    int gave_up{0};   ///< an operator decides
    int waiting{0};   ///< has a next time
    int superseded{0};
    int handed_back{0};
    int busy{0};    ///< named, but another worker holds them
    int unknown{0}; ///< named, but nobody knows them
    int passed_over{0};
    int failed{0}; ///< set aside by a fault of ours; the log says which
    int requests{0};
    std::int64_t cost_micros{0};
    bool out_of_time{false};
    bool out_of_money{false}; ///< max_cost_micros was reached
    NamedCalls named{};
    std::exception_ptr fault{}; ///< ended the work before its time; of try_run()
};

class Workers {
  public:
    /// All references must outlive this.
    Workers(port::CallStore& store, const Driver& driver, port::Clock& clock,
            std::shared_ptr<spdlog::logger> logger);

    /// Works until the request is fulfilled or a stop is asked for; calls in hand are finished, or
    /// handed back between two steps. A call whose drive throws is set aside and counted, and the
    /// others go on, unless it is the database that is away or not ours; one that somebody has
    /// locked is put off, unless it was named, or many in a row are. Rethrows what ended the
    /// work unless it goes on for ever: then whatever a drive throws is logged, and the work goes
    /// on after a moment.
    WorkReport run(const WorkRequest& request);
    /// The same, but what ended the work is in the report, beside what was done before.
    [[nodiscard]] WorkReport try_run(const WorkRequest& request);

    /// Something may be due now: look at once. From any thread.
    void wake();

  private:
    struct Run;
    struct Lane;
    struct Wanted;
    struct Taken;
    class HeldLease;
    void work_in_threads(Run& run);
    void start(std::vector<std::jthread>& threads, Run& run, Lane& lane, int count);
    void work(Run& run, Lane& lane);
    void note_database(Run& run, const base::StoreError* away);
    [[nodiscard]] bool work_once(Run& run, Lane& lane);
    [[nodiscard]] port::ClaimRequest request_of(const Run& run, const Lane& lane) const;
    [[nodiscard]] std::optional<Taken> take(Run& run, Lane& lane);
    [[nodiscard]] std::optional<Taken> take_due(Run& run, Lane& lane);
    [[nodiscard]] std::optional<Taken> take_named(Run& run, const Lane& lane);
    /// How many were claimed.
    std::size_t claim(Run& run, Lane& lane, const Wanted& wanted);
    std::size_t claim(Run& run, Lane& lane, port::ClaimOrder order, int limit);
    void hand_back(Run& run, Lane& lane);
    void give_back(const base::CallSid& call, const port::Lease& lease);
    void rest(const base::CallSid& call, const port::Lease& lease, const std::string& why);
    void set_aside(Run& run, const base::CallSid& call, const port::Lease& lease,
                   const std::string& why);
    void put_off(Run& run, const base::CallSid& call, const port::Lease& lease,
                 const std::string& why);
    [[nodiscard]] bool drive(Run& run, Taken taken, std::optional<call::Stage> stage);
    [[nodiscard]] bool idle(Run& run, Lane& lane);
    [[nodiscard]] bool look_out(Run& run, Lane& lane, std::uint64_t seen);
    [[nodiscard]] std::uint64_t wakes();
    void heartbeat(Run& run);
    void tell_progress(Run& run);
    void renew_before_claim(Run& run);
    [[nodiscard]] bool takes_over(const Run& run) const;
    std::exception_ptr renew(Run& run, std::span<const port::Lease> leases);
    void tick();
    /// Until then, or until somebody wakes after `seen`.
    void pause(std::chrono::milliseconds duration, std::uint64_t seen);

    port::CallStore& m_store;
    const Driver& m_driver;
    port::Clock& m_clock;
    std::shared_ptr<spdlog::logger> m_logger;
    std::mutex m_mutex;
    std::condition_variable m_condition;
    std::uint64_t m_wakes{0};
};

} // namespace callctl::app
