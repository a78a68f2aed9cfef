// The call store in PostgreSQL: the host's call_log, found by search_path, is the truth about
// statuses, callctl.work about scheduling; every transition writes both in one transaction.
//
// What many threads ask for at a time shares one transaction. Nothing here needs a session: no
// session locks, no LISTEN, no transaction that is held open from one call to the next; statements
// are prepared only where there is one. Times are the database's; intervals go in.
#pragma once

#include "pg/call_store_news.hpp"
#include "pg/call_store_seen.hpp"
#include "pg/call_store_transitions.hpp"
#include "pg/claim_marks.hpp"
#include "pg/combiner.hpp"
#include "pg/database_clock.hpp"
#include "pg/doubts.hpp"
#include "pg/known_providers.hpp"
#include "pg/pool.hpp"
#include "port/call_store.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace callctl::pg {

struct PgCallStoreOptions {
    /// Stands in the recording URLs that are written to the host's table; empty: none are written.
    std::string account_sid{};
    /// For columns of call_log that need a value in rows of calls that callctl hears of first
    /// (`business_id`); PostgreSQL reads the text as a literal of the column's type.
    std::map<std::string, std::string> insert_defaults{};
    /// How long the providers' breakers are known without asking; what this store changes is known
    /// at once.
    std::chrono::milliseconds providers_known_for{0};
    /// How long claims go on from where the last one ended; see ClaimMarks.
    std::chrono::milliseconds claims_go_on_for{0};
};

struct UniqueDelivery;
struct SweepPass;
struct Rehearsed;
struct TakenUp;
struct ScanEnd;
struct PageVisit;

class PgCallStore : public port::CallStore {
  public:
    /// Connects nothing yet. base::ConfigError when a default names no column, or one that callctl
    /// fills itself. `pool` must live longer.
    explicit PgCallStore(Pool& pool, const PgCallStoreOptions& options = {});

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
    /// The newest rows get half of the limit; with the other half the pass goes on where the last
    /// one ended, so that in a table with more rows than the limit each one has its turn.
    port::SweepReport sweep(const port::SweepRequest& request, const DecideNews& decide) override;
    /// Each page is rolled back as soon as it is known what would become of its calls, so that
    /// their rows do not stay locked; those of calls that there are news of do until it is over.
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
    /// Counts calls at rest only within `filter.since` (7 days without one), so that it never scans
    /// years of completed calls; live calls count however old they are.
    [[nodiscard]] port::Overview overview(const port::CallFilter& filter) override;
    [[nodiscard]] port::Figures figures() override;
    [[nodiscard]] std::optional<port::CallStory> story(const base::CallSid& sid) override;
    [[nodiscard]] std::vector<port::DeliveryLine> deliveries(const base::CallSid& sid) override;

  private:
    template <class T>
    using OfEachProvider = std::array<T, call::k_providers.size()>;

    /// Who waits for one row lets the others of its batch wait: they are soon tried alone.
    static constexpr std::chrono::milliseconds k_short_lock_timeout{250};

    /// Once: base::SchemaError when the database has not the schema that this binary needs.
    void require_schema();
    /// Reads under the schema that this binary needs, in one transaction: a report is one look, and
    /// is asked for by people who wait. `work` may run again.
    void report(const std::function<void(Transaction&)>& work);
    /// One statement in a transaction of its own.
    Rows statement(const std::string& sql, const Params& params = {},
                   Access access = Access::read_write);

    /// Runs `work` in a transaction that waits for locks only for a moment where others wait for
    /// it.
    void transact(Patience patience, const std::function<void(Transaction&)>& work,
                  TransactionOptions options = {});

    std::vector<port::Written> begin_all(std::span<const AttemptStart> starts, Patience patience);
    std::vector<Moved> write_all(std::span<const Transition> transitions, Shown shown,
                                 Patience patience);
    std::vector<std::optional<call::Call>> reread_all(std::span<const port::Lease> leases);
    std::vector<std::monostate> release_all(std::span<const port::Lease> leases, Patience patience);
    /// By one statement of a claim.
    struct Found {
        std::vector<std::pair<base::Time, base::Time>> turns{}; ///< when due, when created
        bool crowded{false};  ///< of those that were seen, some had no room at their providers
        bool left_out{false}; ///< so had whole stages
    };
    void claim_with_room(port::ClaimRequest request, std::vector<port::Claim>& claims);
    std::vector<port::Claim> claim_some(const port::ClaimRequest& request, Found& found);
    std::vector<port::Claim> claim_once(const std::string& sql, const Params& params, Found& found);
    void commit_claims(const std::function<void(Transaction&)>& attempt,
                       const std::vector<port::Claim>& claims,
                       const TransactionOptions& options = {});
    /// Calls of claims whose commit was in doubt: nobody works on them.
    void give_strays_back();
    [[nodiscard]] std::vector<port::ProviderState> read_providers();
    /// All of one process, whose policy has one pace for a provider.
    std::vector<std::chrono::milliseconds> reserve_all(call::Provider provider,
                                                       std::span<const call::Pace> paces);
    struct PlaceRequest {
        port::Lease lease{};
        int places{};
    };
    enum class Place { had, none };
    std::vector<Place> take_places(call::Provider provider, std::span<const PlaceRequest> requests);
    using Reservations = Combiner<call::Pace, std::chrono::milliseconds>;
    using PlaceRequests = Combiner<PlaceRequest, Place>;
    [[nodiscard]] Reservations reservations_of(call::Provider provider);
    [[nodiscard]] PlaceRequests place_requests_of(call::Provider provider);
    Moved move(const Transition& transition);
    /// Writes a change that sets the call to rest, as far as the host's table lets us.
    Moved park(Transition transition, const call::Change& change);

    struct Ingestion;
    void ingest_some(std::span<const UniqueDelivery> deliveries, Ingestion& ingestion);
    void ingest_or_keep(const UniqueDelivery& delivery, Ingestion& ingestion);
    void commit_batch(std::span<const UniqueDelivery> deliveries, const DecideNews& decide,
                      FirstRows first_rows, port::IngestReport& report);
    port::IngestReport ingest_batch(Transaction& transaction,
                                    std::span<const UniqueDelivery> deliveries,
                                    const DecideNews& decide, FirstRows first_rows);
    void keep(const UniqueDelivery& delivery, const std::string& error);

    /// Runs `work` in a transaction of its own, or within that of the rehearsal.
    template <class Work>
    auto within(SweepPass& pass, Work&& work);
    void run(SweepPass& pass);
    void rehearse_news(Transaction& transaction, std::span<const call::Delivery> deliveries,
                       const DecideNews& decide);
    enum class Among { these, others };
    /// Calls that are due, of those with these SIDs or of all others.
    [[nodiscard]] static std::vector<call::Call> due_among(Transaction& transaction,
                                                           const port::ClaimRequest& request,
                                                           port::ClaimOrder order, Among among,
                                                           const std::vector<std::string>& sids);
    /// With calls that are otherwise than the tables have them.
    [[nodiscard]] static std::vector<call::Call> due_calls(Transaction& transaction,
                                                           const port::ClaimRequest& request,
                                                           const Rehearsed& rehearsed);
    port::KeptReport replay(SweepPass& pass);
    void replay_one(SweepPass& pass, std::int64_t delivery, port::KeptReport& report);
    void scan(SweepPass& pass);
    void close_given_up(SweepPass& pass);
    /// Takes up what is to be taken up of the next `size` rows below `below`.
    TakenUp rehearse_page(SweepPass& pass, const std::function<TakenUp(Transaction&)>& take_up);
    PageVisit visit_page(SweepPass& pass, std::int64_t below, int size);
    /// Looks at up to `rows` rows whose id is below `below`.
    ScanEnd scan_from(SweepPass& pass, std::int64_t below, int rows);
    [[nodiscard]] std::int64_t position_of(SweepPass& pass, const char* walk);
    void set_position(SweepPass& pass, const char* walk, std::int64_t position);

    Pool& m_pool;
    HostRules m_rules; ///< complete once require_schema() has returned
    HostInsert m_insert;
    std::mutex m_mutex;
    bool m_schema_is_fit{false};
    DatabaseClock m_time{};
    KnownProviders m_known_providers;
    ClaimMarks m_claim_marks;
    Doubts m_doubts{};
    SeenCalls m_seen{};
    StrayLeases m_stray_leases{};
    Combiner<AttemptStart, port::Written> m_begins;
    Combiner<Transition, Moved> m_writes;
    Combiner<port::Lease, std::optional<call::Call>> m_rereads;
    Combiner<port::Lease, std::monostate> m_releases;
    Combiner<std::monostate, std::vector<port::ProviderState>> m_provider_reads;
    // Each new version of a row wakes all that wait for it: who queues up for a provider's row does
    // so in the process, which waits in PostgreSQL once.
    OfEachProvider<Reservations> m_reservations;
    OfEachProvider<PlaceRequests> m_place_requests;
};

} // namespace callctl::pg
