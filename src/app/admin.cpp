#include "app/admin.hpp"

#include "app/figures_text.hpp"

#include <exception>
#include <utility>

namespace callctl::app {
namespace {

using port::WebResponse;

// Beyond it a page is refused at once: nobody needs so many, and the database may be hung.
constexpr std::size_t k_most_questions = 16;

WebResponse text(int status, std::string body) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

WebResponse not_ready(const std::string& why) {
    return text(503, "not ready: " + why + "\n");
}

} // namespace

AdminHandler::AdminHandler(port::CallStore& store, std::function<std::string()> own,
                           std::chrono::milliseconds patience)
    : m_store{store}, m_own{std::move(own)}, m_deadlines{patience}, m_thread{[this] { run(); }} {}

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

WebResponse AdminHandler::metrics(const std::optional<port::Figures>& figures) const {
    auto response = text(200, m_own() + database_text(figures));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

void AdminHandler::ask(Question question) {
    question.reply = m_deadlines.guarded(std::move(question.reply), [without = question.without] {
        return without("the database does not answer");
    });
    {
        const std::scoped_lock lock{m_mutex};
        if (m_questions.size() < k_most_questions) {
            m_questions.push_back(std::move(question));
            m_condition.notify_all();
            return;
        }
    }
    question.reply(question.without("too many ask"));
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
            question.reply(question.answer());
        } catch (const std::exception& error) {
            question.reply(question.without(error.what()));
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
        ask({[this] { return ready(); }, not_ready, std::move(reply)});
    } else if (path == "/metrics") {
        // Without the database the rest is needed most: what is spooled, how long answers take.
        ask({[this] { return metrics(m_store.figures()); },
             [this](const std::string& /*why*/) { return metrics(std::nullopt); },
             std::move(reply)});
    } else {
        reply(text(404, "not found\n"));
    }
}

} // namespace callctl::app
