#include "app/admin.hpp"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <exception>
#include <utility>

namespace callctl::app {
namespace {

using port::Overview;
using port::WebResponse;
using prometheus::BuildGauge;
using prometheus::Labels;

// Beyond it a page is refused at once: nobody needs so many, and the database may be hung.
constexpr std::size_t k_most_questions = 16;

WebResponse text(int status, std::string body) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

WebResponse not_ready(const std::string& why) {
    return text(503, "not ready: " + why + "\n");
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

AdminHandler::AdminHandler(port::CallStore& store, std::chrono::milliseconds patience)
    : m_store{store}, m_deadlines{patience}, m_thread{[this] { run(); }} {}

AdminHandler::~AdminHandler() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_condition.notify_all();
    m_thread.join();
}

WebResponse AdminHandler::ready() const {
    static_cast<void>(m_store.now());
    return text(200, "ready\n");
}

WebResponse AdminHandler::metrics() const {
    const Overview overview = m_store.overview({.limit = 0});
    prometheus::Registry registry;
    add_counts(registry, overview);
    add_schedule(registry, overview);
    auto response = text(200, prometheus::TextSerializer{}.Serialize(registry.Collect()));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

void AdminHandler::ask(Question question) {
    question.reply = m_deadlines.guarded(std::move(question.reply),
                                         [] { return not_ready("the database does not answer"); });
    {
        const std::scoped_lock lock{m_mutex};
        if (m_questions.size() < k_most_questions) {
            m_questions.push_back(std::move(question));
            m_condition.notify_all();
            return;
        }
    }
    question.reply(not_ready("too many ask"));
}

void AdminHandler::run() {
    std::unique_lock lock{m_mutex};
    while (true) {
        m_condition.wait(lock, [this] { return m_stopping || !m_questions.empty(); });
        if (m_stopping) {
            return;
        }
        const Question question = std::move(m_questions.front());
        m_questions.pop_front();
        lock.unlock();
        try {
            question.reply((this->*question.answer)());
        } catch (const std::exception& error) {
            question.reply(not_ready(error.what()));
        }
        lock.lock();
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
        ask({&AdminHandler::ready, std::move(reply)});
    } else if (path == "/metrics") {
        ask({&AdminHandler::metrics, std::move(reply)});
    } else {
        reply(text(404, "not found\n"));
    }
}

} // namespace callctl::app
