// The calls and their schedule, behind one door. PostgreSQL in production, memory in tests; one
// contract suite holds for both.
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "call/call.hpp"
#include "call/change.hpp"
#include "call/delivery.hpp"
#include "call/piece.hpp"
#include "call/provider.hpp"
#include "port/call_choice.hpp"
#include "port/call_report.hpp"
#include "port/figures.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace callctl::port {

/// The right of one worker to one call until a time. The token grows with every claim; a write
/// under an older one changes nothing.
struct Lease {
    base::CallId call{};
    std::int64_t token{0};
    base::Time until{};
};

struct Claim {
    Lease lease;
    call::Call call;
};

enum class ClaimOrder { most_overdue, newest };

/// One of so many claims is for the newest call.
inline constexpr int k_turns{4};

/// The order of the n-th claim of a worker, from 0: each fourth is for the newest call, so that a
/// backlog does not starve what has just come in, and the backlog has the other three.
[[nodiscard]] constexpr ClaimOrder order_of_turn(std::size_t turn) {
    return turn % k_turns == k_turns - 1 ? ClaimOrder::newest : ClaimOrder::most_overdue;
}

struct ClaimRequest {
    std::string worker{}; ///< random for each process start, never a host name or pid alone
    std::chrono::milliseconds lease{60'000};
    int limit{1};
    ClaimOrder order{ClaimOrder::most_overdue};
    std::optional<call::Stage> stage{};               ///< only calls in this stage
    std::optional<std::chrono::milliseconds> since{}; ///< only calls created no longer ago
    /// Providers that are closed: calls of their stage stay where they are.
    bool skip_closed_providers{true};
    /// Calls whose lease ran out: not just after the database was away, when those who hold them
    /// have not renewed yet.
    bool take_over{true};
    /// At the provider of each stage, as for take_place(); 0: no limit. No more calls of the stage
    /// are claimed than places are free: the others could only be put off. Who has claimed a call
    /// and taken no place yet is not counted.
    std::array<int, call::k_stages.size()> places{};
};

enum class Written {
    done,
    superseded, ///< the lease is no longer ours: nothing was written, drop the result and count it
    outdated,   ///< the call has moved on since it was read: nothing was written, decide again
    refused,    ///< the host's table refuses the row whatever is written: the call was set to rest
};

/// A write that gave the call back.
struct Finished {
    Written written{};                ///< `done` or `superseded`
    std::optional<call::Call> call{}; ///< as it was left, where that is known
};

/// Why a call that could not be driven is given back.
struct Aside {
    std::string why{};
    std::chrono::milliseconds pause{0};
    bool crashed{true}; ///< counts as a crash: by a fault of ours
};

/// A call after a write.
struct Advanced {
    call::Call call;
    bool begun{false}; ///< the attempt of its stage is
};

struct IngestReport {
    std::size_t applied{0};
    std::size_t duplicates{0}; ///< the same delivery again: counted on its row, changed nothing
    std::size_t kept{0};       ///< stored in the inbox but not applied; the row says why
    std::size_t locked{0};     ///< of those kept, because somebody had the call's row locked
};

/// What became of deliveries that were kept.
struct KeptReport {
    std::size_t applied{0};
    std::size_t locked{0};  ///< somebody has the call's row locked: soon they may be applied
    std::size_t refused{0}; ///< by the host's table
    std::string refusal{};  ///< why, of one of them, in the database's words
};

struct SweepRequest {
    std::chrono::milliseconds horizon{std::chrono::hours{24 * 7}}; ///< older rows are left alone
    int limit{10'000}; ///< host rows looked at in one pass
    int page{500};     ///< host rows a statement
};

struct SweepReport {
    std::size_t adopted{0};        ///< host rows that got a schedule
    std::size_t reset{0};          ///< the host set an ended call back, or forward
    std::size_t replayed{0};       ///< inbox rows applied that could not be applied before
    std::size_t expired_leases{0}; ///< workers that died with a call in hand
    /// Rows, and deliveries of the inbox, that the host's table does not let us take up.
    std::size_t refused{0};
    std::string refusal{}; ///< why, of one of them, in the database's words
};

/// What a pass would hear, look at and take.
struct RehearsalRequest {
    std::span<const call::Delivery> news{};
    SweepRequest sweep{};
    ClaimRequest claim{};
};

struct Rehearsal {
    SweepReport sweep{};
    std::vector<call::Call> due{}; ///< what claims one by one would then take, in their order
};

/// What so many failures of a provider do.
struct FailuresInRow {
    int most{1};
    std::chrono::milliseconds pause{0};
};

/// A provider's breaker as all hosts see it.
struct ProviderState {
    call::Provider provider{};
    std::optional<base::Time> closed_until{};
    std::optional<call::Reason> reason{};
    std::string detail{};
    int failures{0};         ///< in a row
    base::Time changed_at{}; ///< when a failure was last counted, or the provider opened
    /// Its pause is over and nothing has worked since: one worker of all hosts may try.
    bool half_open{false};
};

class CallStore {
  public:
    /// Decides what news mean, given the call as it is in the database now.
    using DecideNews = std::function<call::Change(const call::Call& call,
                                                  const call::CallFacts& news, base::Time now)>;
    /// Whether the attempt of the stage that a call is then in, the transcript or the summary,
    /// begins with the write that leaves the call so. Pure: asked
    /// while rows are locked, and again where the call is found to be otherwise.
    using BeginsNext = std::function<bool(const call::Call& call)>;

    CallStore() = default;
    CallStore(const CallStore&) = delete;
    CallStore& operator=(const CallStore&) = delete;
    virtual ~CallStore() = default;

    // Every method: throws base::StoreError when the database cannot be reached or went away,
    // base::SchemaError when it has not the schema that this binary needs. Callable from any
    // thread.

    /// The database's clock.
    [[nodiscard]] virtual base::Time now() = 0;

    /// Stores the deliveries and what they mean in one commit: when it returns, all are durable.
    /// Calls that are not known yet are created, in the host's table too. A delivery that cannot be
    /// applied (the host's table refuses the row) is kept in the inbox with the reason.
    virtual IngestReport ingest(std::span<const call::Delivery> deliveries,
                                const DecideNews& decide) = 0;

    /// Applies what ingest() kept, as far as that can be done now: `most` of them, the oldest
    /// first, and fewer where several rows are locked.
    virtual KeptReport apply_kept(const DecideNews& decide, int most) = 0;

    /// Takes up to `limit` due calls in the request's order, skipping those that others hold. A
    /// call whose holder's lease ran out counts a crash.
    [[nodiscard]] virtual std::vector<Claim> claim_due(const ClaimRequest& request) = 0;
    /// Takes one call by name, due or not. Errors: not_found, conflict (another worker holds it).
    [[nodiscard]] virtual base::Result<Claim> claim_call(const base::CallSid& sid,
                                                         const ClaimRequest& request) = 0;
    [[nodiscard]] virtual std::optional<call::Call> find(const base::CallSid& sid) = 0;
    /// Those of them that are known, in no particular order.
    [[nodiscard]] virtual std::vector<call::Call> find_all(std::span<const base::CallSid> sids) = 0;
    /// The call as it is now; nothing when the lease is no longer ours.
    [[nodiscard]] virtual std::optional<call::Call> reread(const Lease& lease) = 0;

    /// Opens a row of the attempts history and shows the stage as being worked on; of the recording
    /// stage it sets asked_by_rest_at. `seen_news` is Call::news as read: what is about to be done
    /// and news that speak against it exclude each other, and so does a host that has ended the
    /// transcript or the summary itself meanwhile. When the host's table refuses to show it, the
    /// stage rests with reason REJECTED before anything is spent.
    virtual Written begin_attempt(const Lease& lease, call::Stage stage,
                                  std::int64_t seen_news) = 0;
    /// Writes a transition under the lease: host row, schedule, attempt and artefacts in one
    /// commit. The lease stays ours. When the host's table refuses the row, the stage rests as
    /// failed with reason REJECTED and what was paid for is kept as an artefact: in both tables,
    /// or in ours alone where the host's refuses that as well. Never `refused`.
    virtual Written write(const Lease& lease, const call::Change& change) = 0;
    /// As write(), and returns the call as it is then; nothing when the lease is no longer ours.
    /// Unless news have come that the change has not seen, `begins_next` may have the next attempt
    /// begun in the same commit; where the host's table refuses that, the change is written alone.
    [[nodiscard]] virtual std::optional<Advanced>
    advance(const Lease& lease, const call::Change& change, const BeginsNext& begins_next) = 0;
    /// As write(), and gives the call back in the same commit.
    virtual Finished finish(const Lease& lease, const call::Change& change) = 0;
    /// The piece of the call's stage that was kept under `key`, whoever paid for it.
    [[nodiscard]] virtual std::optional<call::Piece>
    find_piece(base::CallId call, call::Stage stage, const std::string& key) = 0;
    /// Keeps a piece under the lease and adds what it cost to the attempt that is open, in one
    /// commit. It is progress, so that the crashes before it no longer count. The same one again
    /// changes nothing and is `done`; another one under the same key takes its place and is
    /// counted. Pieces go when an artefact of their stage is written, or when a stage that is done
    /// is reopened; they stay after a failure. Only `done` or `superseded`.
    virtual Written keep_piece(const Lease& lease, const call::Piece& piece) = 0;
    /// Gives the call back; a lease that is not ours any more is left alone.
    virtual void release(const Lease& lease) = 0;
    /// Gives back a call that could not be driven: `why` is kept, and what was due is due again
    /// after a pause. Touches the schedule alone.
    virtual void set_aside(const Lease& lease, const Aside& aside) = 0;
    /// Renews all at once; returns those that are lost. So is one whose stage got no further, by a
    /// new attempt or by a piece, for longer than its deadline: who hangs must not hold a call for
    /// ever. Its lease then runs out.
    virtual std::vector<Lease> renew(std::span<const Lease> leases, std::chrono::milliseconds lease,
                                     const call::StageDeadlines& deadlines) = 0;

    /// Finds what nobody told us of: rows that the host inserted or reset, deliveries that could
    /// not be applied, leases that ran out. A row that the host's table refuses is counted and
    /// left.
    virtual SweepReport sweep(const SweepRequest& request, const DecideNews& decide) = 0;
    /// Ingests, sweeps and claims as a pass that begins now would, and undoes it: nothing is
    /// changed.
    [[nodiscard]] virtual Rehearsal rehearse(const RehearsalRequest& request,
                                             const DecideNews& decide) = 0;

    /// Up to when Twilio's lists have been compared with the calls; nothing while they never were.
    [[nodiscard]] virtual std::optional<base::Time> listed_until() = 0;
    virtual void set_listed_until(base::Time until) = 0;

    /// The calls of a choice, the oldest first, as they are at one moment.
    [[nodiscard]] virtual Choice choose(const CallChoice& choice) = 0;
    /// Sets a stage of each call and what follows it back to pending and due now, attempts, crashes
    /// and reason cleared; of the recording stage also observed_at, observations, start_refused_at,
    /// start_refusals and unknown_to_twilio, so that Twilio is asked afresh. No text is removed.
    /// Each is judged as it is then. In one commit, or in several where the host's table refuses a
    /// row or somebody has one locked. Returns what became of each, in their order. A dry run does
    /// not find out what the host's table refuses. \pre each SID once
    virtual std::vector<ReopenedCall> reopen(std::span<const NamedCall> calls,
                                             const ReopenRequest& request) = 0;
    /// SIDs of the calls of a filter, in its order.
    [[nodiscard]] virtual std::vector<base::CallSid> list(const CallFilter& filter) = 0;

    /// The earliest time at which a call of the request's `stage` and `since` can be taken; nothing
    /// when none ever is. Where a provider of its `places` has none free, that is in a second.
    [[nodiscard]] virtual std::optional<base::Time> next_due(const ClaimRequest& request) = 0;

    [[nodiscard]] virtual std::vector<ProviderState> providers() = 0;
    /// Counts a failure of a request that began at `asked`, and closes the provider until now +
    /// `pause`, or later if it is already closed for longer; a pause of zero only counts. Not
    /// counted where the request began before the failure that closed it: they are of one fault.
    virtual void close_provider(call::Provider provider, call::Reason reason,
                                const std::string& detail, std::chrono::milliseconds pause,
                                base::Time asked) = 0;
    /// Counts it as close_provider() does, and closes the provider for `pause` where it is the
    /// `most`-th failure in a row, or a later one, however many are noted at the same time. Returns
    /// how many there were before.
    virtual int count_failure(call::Provider provider, call::Reason reason,
                              const std::string& detail, const FailuresInRow& in_row,
                              base::Time asked) = 0;
    /// A request that began at `asked` worked: forget the failures in a row, unless there was one
    /// since.
    virtual void open_provider(call::Provider provider, base::Time asked) = 0;
    /// Makes the caller the one who tries a half-open provider: for everybody else it is closed for
    /// `pause`, until the time returned. Nothing: it is not half-open, or somebody else was first.
    [[nodiscard]] virtual std::optional<base::Time> take_probe(call::Provider provider,
                                                               std::chrono::milliseconds pause) = 0;
    /// The probe until `until` is over: whoever comes next may try, `pause` from now. Changes
    /// nothing when the provider was closed or opened since.
    virtual void end_probe(call::Provider provider, base::Time until,
                           std::chrono::milliseconds pause) = 0;
    /// Reserves the next request at that pace, one after the other for all hosts; returns how long
    /// to wait before it is sent. Longer than `pace.ahead`: nothing is reserved, and whoever wants
    /// to send asks again.
    [[nodiscard]] virtual std::chrono::milliseconds reserve_request(call::Provider provider,
                                                                    const call::Pace& pace) = 0;
    /// Takes one of `places` for a step of the call; it is held until it is left or the lease is
    /// lost. False: all are taken.
    [[nodiscard]] virtual bool take_place(const Lease& lease, call::Provider provider,
                                          int places) = 0;
    virtual void leave_place(const Lease& lease, call::Provider provider) = 0;

    [[nodiscard]] virtual Overview overview(const CallFilter& filter) = 0;
    /// For monitoring, which asks often: counts no row beyond k_most_figured.
    [[nodiscard]] virtual Figures figures() = 0;
    [[nodiscard]] virtual std::optional<CallStory> story(const base::CallSid& sid) = 0;
    /// What was delivered of a call, in order, also where call_log has never taken a row of it.
    [[nodiscard]] virtual std::vector<DeliveryLine> deliveries(const base::CallSid& sid) = 0;
};

} // namespace callctl::port
