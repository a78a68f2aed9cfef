// The call store in memory: for the tests of everything above it, and the second witness of the
// contract that the PostgreSQL one has to keep.
#pragma once

#include "fakes/host_row.hpp"
#include "fakes/memory_call_store_state.hpp"
#include "port/call_store.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace callctl::fakes {

class MemoryCallStore : public port::CallStore {
  public:
    /// `account_sid` stands in the recording URLs that are filled in.
    explicit MemoryCallStore(std::string account_sid = "AC00000000000000000000000000000000");

    [[nodiscard]] base::Time now() override;
    port::IngestReport ingest(std::span<const call::Delivery> deliveries,
                              const DecideNews& decide) override;
    [[nodiscard]] std::vector<port::Claim> claim_due(const port::ClaimRequest& request) override;
    [[nodiscard]] base::Result<port::Claim> claim_call(const base::CallSid& sid,
                                                       const port::ClaimRequest& request) override;
    [[nodiscard]] std::optional<call::Call> find(const base::CallSid& sid) override;
    [[nodiscard]] std::vector<call::Call> find_all(std::span<const base::CallSid> sids) override;
    [[nodiscard]] std::optional<call::Call> reread(const port::Lease& lease) override;
    port::Written begin_attempt(const port::Lease& lease, call::Stage stage,
                                std::int64_t seen_news) override;
    port::Written write(const port::Lease& lease, const call::Change& change) override;
    [[nodiscard]] std::optional<port::Advanced> advance(const port::Lease& lease,
                                                        const call::Change& change,
                                                        const BeginsNext& begins_next) override;
    port::Finished finish(const port::Lease& lease, const call::Change& change) override;
    [[nodiscard]] std::optional<call::Piece> find_piece(base::CallId call, call::Stage stage,
                                                        const std::string& key) override;
    port::Written keep_piece(const port::Lease& lease, const call::Piece& piece) override;
    void release(const port::Lease& lease) override;
    void set_aside(const port::Lease& lease, const port::Aside& aside) override;
    std::vector<port::Lease> renew(std::span<const port::Lease> leases,
                                   std::chrono::milliseconds lease,
                                   const call::StageDeadlines& deadlines) override;
    port::SweepReport sweep(const port::SweepRequest& request, const DecideNews& decide) override;
    [[nodiscard]] port::Rehearsal rehearse(const port::RehearsalRequest& request,
                                           const DecideNews& decide) override;
    port::KeptReport apply_kept(const DecideNews& decide, int most) override;
    [[nodiscard]] std::optional<base::Time> listed_until() override;
    void set_listed_until(base::Time until) override;
    [[nodiscard]] port::Choice choose(const port::CallChoice& choice) override;
    std::vector<port::ReopenedCall> reopen(std::span<const port::NamedCall> calls,
                                           const port::ReopenRequest& request) override;
    [[nodiscard]] std::vector<base::CallSid> list(const port::CallFilter& filter) override;
    [[nodiscard]] std::optional<base::Time> next_due(const port::ClaimRequest& request) override;
    [[nodiscard]] std::vector<port::ProviderState> providers() override;
    int count_failure(call::Provider provider, call::Reason reason, const std::string& detail,
                      const port::FailuresInRow& in_row, base::Time asked) override;
    void close_provider(call::Provider provider, call::Reason reason, const std::string& detail,
                        std::chrono::milliseconds pause, base::Time asked) override;
    void open_provider(call::Provider provider, base::Time asked) override;
    [[nodiscard]] std::optional<base::Time> take_probe(call::Provider provider,
                                                       std::chrono::milliseconds pause) override;
    void end_probe(call::Provider provider, base::Time until,
                   std::chrono::milliseconds pause) override;
    [[nodiscard]] std::chrono::milliseconds reserve_request(call::Provider provider,
                                                            const call::Pace& pace) override;
    [[nodiscard]] bool take_place(const port::Lease& lease, call::Provider provider,
                                  int places) override;
    void leave_place(const port::Lease& lease, call::Provider provider) override;
    [[nodiscard]] port::Overview overview(const port::CallFilter& filter) override;
    [[nodiscard]] port::Figures figures() override;
    [[nodiscard]] std::optional<port::CallStory> story(const base::CallSid& sid) override;
    [[nodiscard]] std::vector<port::DeliveryLine> deliveries(const base::CallSid& sid) override;

    // What a test does to it.

    void set_now(base::Time now);
    void advance(std::chrono::microseconds duration);
    /// While not available every method throws base::StoreError.
    void set_available(bool available);
    /// The host inserts a row; an id of 0 means the next one. Returns the id.
    std::int64_t insert_host(HostRow row);
    /// The host changes the row of that SID (the lowest id). \pre there is one
    void change_host(const base::CallSid& sid, const std::function<void(HostRow&)>& change);
    void delete_host(const base::CallSid& sid);
    /// The host's row of that SID; nothing when there is none.
    [[nodiscard]] std::optional<HostRow> host(const base::CallSid& sid);
    /// All rows of that SID by id: the host may hold it twice.
    [[nodiscard]] std::vector<HostRow> hosts(const base::CallSid& sid);
    /// The host's table refuses rows for which this holds; nothing is refused by default.
    void refuse(std::function<bool(const HostRow&)> refuses);
    /// Somebody holds the row of this call, which news then wait for.
    void lock(const base::CallSid& sid);
    void unlock_all();
    [[nodiscard]] std::vector<call::Artefact> artefacts(const base::CallSid& sid);
    /// Every call that is known, by SID: for properties over all of them.
    [[nodiscard]] std::vector<call::Call> all();

  private:
    [[nodiscard]] std::unique_lock<std::mutex> entered();
    [[nodiscard]] std::vector<WorkRow*> due_rows(const port::ClaimRequest& request);
    [[nodiscard]] std::vector<call::Call> due_calls(port::ClaimRequest request,
                                                    port::ClaimOrder order);
    void write_to(WorkRow& work, const call::Change& change);
    [[nodiscard]] HostRow processing(HostRow row, call::Stage stage) const;
    [[nodiscard]] port::Claim claimed(WorkRow& work, const port::ClaimRequest& request);
    void count(port::IngestReport& report, const call::Delivery& delivery,
               const DecideNews& decide);
    [[nodiscard]] bool try_apply(const call::Delivery& delivery, const DecideNews& decide);
    port::SweepReport swept(const port::SweepRequest& request, const DecideNews& decide);
    std::size_t replay(const DecideNews& decide, std::vector<base::CallSid>& touched);
    [[nodiscard]] std::vector<std::int64_t> sweep_ids(const port::SweepRequest& request);
    void visit(HostRow& row, const port::SweepRequest& request,
               const std::vector<base::CallSid>& touched, port::SweepReport& report);
    /// False, and counted: the host's table refuses the change.
    static void show_opened(HostRow& row, const WorkRow& work, call::Stage done);
    [[nodiscard]] bool take_host(HostRow& row, const HostRow& changed, port::SweepReport& report);
    /// As a report shows it.
    [[nodiscard]] call::Call reported(const WorkRow& work);
    [[nodiscard]] bool matches(const WorkRow& work, const port::CallFilter& filter);
    [[nodiscard]] bool is_chosen(const WorkRow& work, const port::CallChoice& choice);
    /// False: the host's table refuses the row.
    [[nodiscard]] bool set_back(const call::Call& call, const port::ReopenRequest& request);
    void count_row(const WorkRow& work, port::Overview& overview);

    std::mutex m_mutex;
    bool m_available{true};
    MemoryState m_state;
};

} // namespace callctl::fakes
