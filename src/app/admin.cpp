#include "app/admin.hpp"

#include "base/exception.hpp"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <chrono>

namespace callctl::app {
namespace {

using port::Overview;
using port::WebResponse;
using prometheus::BuildGauge;
using prometheus::Labels;

WebResponse text(int status, std::string body) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

double seconds(std::chrono::microseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

void add_counts(prometheus::Registry& registry, const Overview& overview) {
    auto& calls = BuildGauge()
                      .Name("callctl_calls")
                      .Help("Calls by the stage they are in and its status")
                      .Register(registry);
    for (const port::CountRow& row : overview.counts) {
        calls
            .Add(Labels{{"stage", std::string{call::to_string(row.stage)}},
                        {"status", std::string{call::to_string(row.status)}}})
            .Set(static_cast<double>(row.calls));
    }
    auto& gave_up = BuildGauge()
                        .Name("callctl_calls_given_up")
                        .Help("Calls that wait for an operator, by reason")
                        .Register(registry);
    for (const port::ReasonCount& row : overview.reasons) {
        if (row.gave_up && call::class_of(row.reason) != call::ReasonClass::nothing) {
            gave_up
                .Add(Labels{{"stage", std::string{call::to_string(row.stage)}},
                            {"reason", std::string{call::to_string(row.reason)}}})
                .Set(static_cast<double>(row.calls));
        }
    }
}

void add_gauge(prometheus::Registry& registry, const std::string& name, const std::string& help,
               double value) {
    BuildGauge().Name(name).Help(help).Register(registry).Add({}).Set(value);
}

void add_schedule(prometheus::Registry& registry, const Overview& overview) {
    add_gauge(registry, "callctl_due", "Calls that are due now",
              static_cast<double>(overview.due_now));
    add_gauge(registry, "callctl_leased", "Calls that a worker holds",
              static_cast<double>(overview.leased));
    add_gauge(registry, "callctl_oldest_due_seconds", "How long the longest overdue call waits",
              overview.oldest_due ? seconds(overview.now - *overview.oldest_due) : 0.0);
    add_gauge(registry, "callctl_inbox_unapplied",
              "Deliveries that are kept but could not be applied",
              static_cast<double>(overview.inbox_unapplied));
    auto& closed = BuildGauge()
                       .Name("callctl_provider_closed")
                       .Help("1 while nothing is asked of the provider")
                       .Register(registry);
    for (const port::ProviderLine& line : overview.providers) {
        const bool is_closed = line.closed_until && *line.closed_until > overview.now;
        closed.Add(Labels{{"provider", std::string{call::to_string(line.provider)}}})
            .Set(is_closed ? 1.0 : 0.0);
    }
}

} // namespace

WebResponse AdminHandler::ready() const {
    try {
        static_cast<void>(m_store.now());
        return text(200, "ready\n");
    } catch (const base::Exception& error) {
        return text(503, std::string{"not ready: "} + error.what() + "\n");
    }
}

WebResponse AdminHandler::metrics() const {
    try {
        const Overview overview = m_store.overview({.limit = 0});
        prometheus::Registry registry;
        add_counts(registry, overview);
        add_schedule(registry, overview);
        auto response = text(200, prometheus::TextSerializer{}.Serialize(registry.Collect()));
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return response;
    } catch (const base::Exception& error) {
        return text(503, std::string{"not ready: "} + error.what() + "\n");
    }
}

void AdminHandler::handle(port::WebRequest request, Reply reply) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (request.method != "GET" && request.method != "HEAD") {
        auto response = text(405, "use GET\n");
        response.headers.push_back({"Allow", "GET, HEAD"});
        reply(std::move(response));
    } else if (path == "/healthz") {
        reply(text(200, "ok\n"));
    } else if (path == "/readyz") {
        reply(ready());
    } else if (path == "/metrics") {
        reply(metrics());
    } else {
        reply(text(404, "not found\n"));
    }
}

} // namespace callctl::app
