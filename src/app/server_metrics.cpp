#include "app/server_metrics.hpp"

#include "app/exposition.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <utility>

namespace callctl::app {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;
using twilio::Route;

constexpr std::array k_routes{Route::incoming_call, Route::outbound_call, Route::handle_recording,
                              Route::call_status, Route::stream_ended};
/// In the order of Answer; `refused` is behind them.
constexpr std::array<const char*, 6> k_answers{"accepted", "spooled", "late",
                                               "unsaved",  "failed",  "refused"};
constexpr std::size_t k_refused = k_answers.size() - 1;
/// The words of WebhookHandler; a counter that is there from the start shows its first step.
constexpr std::array<const char*, 8> k_refusals{
    "no_such_route",     "method", "content_type", "signature_missing",
    "signature_invalid", "form",   "fields",       "account"};

/// The limits of web::ServerOptions: on all connections, and on those of one address.
constexpr std::array<const char*, 2> k_limits{"limit", "address_limit"};

// Twilio gives up after 15 s; a commit takes milliseconds.
const Histogram::BucketBoundaries k_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                            0.25,  0.5,    1.0,   2.5,  5.0,   10.0, 15.0};
const Histogram::BucketBoundaries k_deliveries{1, 2, 4, 8, 16, 32, 64, 128, 256};

// `/webhook/call_status` without its folder.
std::string name_of(Route route) {
    const auto path = twilio::path_of(route);
    return std::string{path.substr(path.rfind('/') + 1)};
}

std::size_t place_of(Route route) {
    return static_cast<std::size_t>(route);
}

double seconds_between(ServerMetrics::Moment from, ServerMetrics::Moment until) {
    return std::chrono::duration<double>(until - from).count();
}

Counter& counter(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

Gauge& gauge(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histograms(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

/// What is counted by a label of a closed list: looked up once, by its place.
template <std::size_t Size>
std::array<Counter*, Size> by_word(Family<Counter>& family, const char* label,
                                   const std::array<const char*, Size>& words) {
    std::array<Counter*, Size> found{};
    for (std::size_t i = 0; i < Size; ++i) {
        found.at(i) = &family.Add({{label, words.at(i)}});
    }
    return found;
}

} // namespace

struct ServerMetrics::Series {
    Registry registry{};

    /// By route, the last one for requests of no route; by answer.
    std::array<std::array<Counter*, k_answers.size()>, k_routes.size() + 1> webhooks{};
    std::array<Histogram*, k_routes.size()> ack{};
    Family<Counter>& refused{counters(registry, "callctl_webhooks_refused_total",
                                      "Requests that were refused as no webhook, by why")};
    std::array<Counter*, 2> commits{by_word<2>(
        counters(registry, "callctl_commits_total", "Transactions that were to hold deliveries"),
        "result", {"ok", "failed"})};
    std::array<Counter*, 3> deliveries{
        by_word<3>(counters(registry, "callctl_deliveries_total", "Deliveries that were committed"),
                   "result", {"applied", "duplicate", "kept"})};
    Histogram& batch{
        histograms(registry, "callctl_commit_deliveries", "Deliveries that shared a transaction")
            .Add({}, k_deliveries)};
    Histogram& commit{histograms(registry, "callctl_commit_seconds",
                                 "How long a transaction with deliveries took")
                          .Add({}, k_seconds)};

    Gauge& spool_records{
        gauge(registry, "callctl_spool_records", "Deliveries that wait on this host's disk")};
    Gauge& spool_bytes{gauge(registry, "callctl_spool_bytes", "What they take there")};
    Gauge& spool_limit{
        gauge(registry, "callctl_spool_limit_bytes", "What they may take; 0 without a spool")};
    Counter& spooled{counter(registry, "callctl_spooled_deliveries_total",
                             "Deliveries that went to this host's disk")};
    Counter& replayed{counter(registry, "callctl_replayed_deliveries_total",
                              "Deliveries that went from there to the database")};
    Counter& damaged{counter(registry, "callctl_spool_damaged_files_total",
                             "Files there that could not be opened, or read to their end")};

    std::array<Counter*, 3> upstream{
        by_word<3>(counters(registry, "callctl_upstream_requests_total",
                            "Voice calls that another application was asked about"),
                   "result", {"ok", "retried", "fallback"})};

    Gauge& connections{gauge(registry, "callctl_connections", "Open connections for webhooks")};
    Counter& opened{counter(registry, "callctl_connections_accepted_total",
                            "Connections for webhooks that were opened")};
    Family<Counter>& turned_away{counters(registry, "callctl_connections_refused_total",
                                          "Connections for webhooks that were not, by why")};

    Series() {
        auto& answered = counters(registry, "callctl_webhooks_total",
                                  "Webhooks by route and by how they were answered");
        auto& took = histograms(registry, "callctl_webhook_ack_seconds",
                                "From a delivery's arrival to its answer");
        for (std::size_t i = 0; i < webhooks.size(); ++i) {
            const std::string route = i < k_routes.size() ? name_of(k_routes.at(i)) : "other";
            for (std::size_t j = 0; j < k_answers.size(); ++j) {
                const bool possible = i < k_routes.size() || j == k_refused;
                webhooks.at(i).at(j) =
                    possible ? &answered.Add({{"route", route}, {"result", k_answers.at(j)}})
                             : nullptr;
            }
            if (i < k_routes.size()) {
                ack.at(i) = &took.Add({{"route", route}}, k_seconds);
            }
        }
        by_word(refused, "why", k_refusals);
        by_word(turned_away, "why", k_limits);
    }
};

ServerMetrics::ServerMetrics(Now now)
    : m_now{std::move(now)}, m_series{std::make_unique<Series>()} {}

ServerMetrics::~ServerMetrics() = default;

ServerMetrics::Moment ServerMetrics::now() const {
    return m_now();
}

ServerMetrics::Reply ServerMetrics::counted(Route route, Moment arrived, Outcome outcome,
                                            Reply reply) {
    return [this, place = place_of(route), arrived, outcome = std::move(outcome),
            reply = std::move(reply)](port::WebResponse response) {
        const auto answer = static_cast<std::size_t>(outcome->load());
        m_series->webhooks.at(place).at(answer)->Increment();
        m_series->ack.at(place)->Observe(seconds_between(arrived, m_now()));
        reply(std::move(response));
    };
}

void ServerMetrics::webhook_refused(std::optional<Route> route, std::string_view why) {
    const std::size_t place = route ? place_of(*route) : k_routes.size();
    m_series->webhooks.at(place).at(k_refused)->Increment();
    m_series->refused.Add({{"why", std::string{why}}}).Increment();
}

void ServerMetrics::committed(Moment began, std::size_t deliveries,
                              const port::IngestReport& report) {
    m_series->commits[0]->Increment();
    m_series->batch.Observe(number_of(deliveries));
    m_series->commit.Observe(seconds_between(began, m_now()));
    m_series->deliveries[0]->Increment(number_of(report.applied));
    m_series->deliveries[1]->Increment(number_of(report.duplicates));
    m_series->deliveries[2]->Increment(number_of(report.kept));
}

void ServerMetrics::commit_failed() {
    m_series->commits[1]->Increment();
}

void ServerMetrics::spool(std::size_t records, std::uint64_t bytes) {
    m_series->spool_records.Set(number_of(records));
    m_series->spool_bytes.Set(number_of(bytes));
}

void ServerMetrics::spool_limit(std::uint64_t bytes) {
    m_series->spool_limit.Set(number_of(bytes));
}

void ServerMetrics::spooled(std::size_t deliveries) {
    m_series->spooled.Increment(number_of(deliveries));
}

void ServerMetrics::replayed(std::size_t deliveries) {
    m_series->replayed.Increment(number_of(deliveries));
}

void ServerMetrics::spool_file_damaged() {
    m_series->damaged.Increment();
}

void ServerMetrics::upstream(UpstreamResult result) {
    m_series->upstream.at(static_cast<std::size_t>(result))->Increment();
}

void ServerMetrics::connection_opened() {
    m_series->opened.Increment();
    m_series->connections.Increment();
}

void ServerMetrics::connection_closed() {
    m_series->connections.Decrement();
}

void ServerMetrics::connection_refused(std::string_view why) {
    m_series->turned_away.Add({{"why", std::string{why}}}).Increment();
}

std::string ServerMetrics::text() const {
    return prometheus::TextSerializer{}.Serialize(m_series->registry.Collect());
}

} // namespace callctl::app
