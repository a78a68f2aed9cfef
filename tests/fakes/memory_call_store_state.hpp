// The tables of MemoryCallStore and what its methods share. Everything here is called under the
// store's mutex.
#pragma once

#include "fakes/host_row.hpp"
#include "port/call_store.hpp"

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace callctl::fakes {

struct WorkRow {
    base::CallId id{};
    base::CallSid sid;
    std::int64_t host_id{0};
    call::Stage stage{call::Stage::recording};
    std::optional<call::Reason> reason{};
    std::string detail{};
    int attempts{0};
    int crashes{0};
    std::int64_t news{0};
    std::optional<base::Time> due_at{};
    std::string lease_owner{};
    std::optional<base::Time> lease_until{};
    std::int64_t lease_token{0};
    base::Time created_at{};
    call::CallFacts facts{};
};

struct InboxRow {
    call::Delivery delivery;
    base::Time received_at{};
    int deliveries{0};
    bool applied{false};
    std::string error{};
};

struct AttemptRow {
    base::CallId call{};
    std::int64_t token{0};
    port::AttemptLine line{};
};

struct ArtefactRow {
    base::CallId call{};
    call::Artefact artefact{};
    port::ArtefactLine line{};
};

struct PieceRow {
    base::CallId call{};
    call::Piece piece{};
    base::Time kept_at{};
};

struct PlaceRow {
    call::Provider provider{};
    port::Lease lease{};
};

struct MemoryState {
    base::Time now{};
    std::string account_sid{};
    /// The host's table would refuse this row.
    std::function<bool(const HostRow&)> refuses{};
    std::set<base::CallSid> locked{};
    std::map<std::int64_t, HostRow> host{};
    std::map<base::CallSid, WorkRow> work{};
    std::vector<InboxRow> inbox{};
    std::vector<AttemptRow> attempts{};
    std::vector<ArtefactRow> artefacts{};
    std::vector<PieceRow> pieces{};
    std::array<port::ProviderState, call::k_providers.size()> providers{};
    /// When each of them last failed.
    /// When the request after the last one may be sent.
    std::array<base::Time, call::k_providers.size()> next_request_at{};
    std::vector<PlaceRow> places{};
    std::int64_t last_call{0};
    std::int64_t last_host{0};
    std::int64_t sweep_position{0};
    std::int64_t whole_sweep_position{0};
    bool sweep_in_vain{false};
    std::optional<base::Time> swept_at{};
    std::optional<base::Time> listed_until{};

    /// The row that counts for a SID: the lowest id.
    [[nodiscard]] HostRow* host_of(const base::CallSid& sid);
    [[nodiscard]] HostRow* host_of(const WorkRow& work);
    [[nodiscard]] WorkRow* work_of(base::CallId id);
    /// The work row if `lease` still holds it.
    [[nodiscard]] WorkRow* fenced(const port::Lease& lease);
    [[nodiscard]] bool is_held(const WorkRow& work) const;
    /// Until when the provider of that stage takes nothing; nothing while it is open.
    [[nodiscard]] std::optional<base::Time> closed_until(call::Stage stage) const;
    /// Free places at the provider of each stage that has only so many (not 0).
    using Places = std::array<int, call::k_stages.size()>;
    using Room = std::array<std::optional<int>, call::k_stages.size()>;
    [[nodiscard]] Room room(const Places& places);
    [[nodiscard]] call::Call view(const WorkRow& work);
    [[nodiscard]] port::ProviderLine line_of(const port::ProviderState& state) const;
    [[nodiscard]] std::vector<port::DeliveryLine> deliveries_of(const base::CallSid& sid) const;
    /// What adoption would make of a host row; sets its NULL statuses.
    [[nodiscard]] WorkRow adopted(HostRow& row) const;
    /// The work row of a known call, adopted now if only the host knows it.
    [[nodiscard]] WorkRow* by_name(const base::CallSid& sid);
    /// The same call to look at: one that only the host knows is not adopted and has no id.
    [[nodiscard]] std::optional<call::Call> shown(const base::CallSid& sid);
    WorkRow& insert(WorkRow work);
    /// The stage and what follows it pending and due now, whoever held the call.
    void reopen(WorkRow& work, call::Stage stage);
    /// The host has deleted its row: there is nothing left to work for.
    void retire(WorkRow& work) const;
    /// To another row of the host's.
    static void relink(WorkRow& work, const HostRow& found);
    /// Ends what a worker began and did not end.
    void close_open_attempts(base::CallId call, const std::string& detail);
    void drop_pieces(base::CallId call, call::Stage stage);
    /// Its open attempt got no further for longer than its stage may take.
    [[nodiscard]] bool is_overdue(base::CallId call, const call::StageDeadlines& deadlines) const;
    /// `change` written to both rows.
    void apply(WorkRow& work, HostRow& row, const call::Change& change) const;
};

} // namespace callctl::fakes
