#include "web/reply_queue.hpp"

namespace callctl::web {

bool Exchange::answer(port::WebResponse response) {
    if (m_claimed.exchange(true)) {
        return false;
    }
    m_response = std::move(response);
    m_ready.store(true, std::memory_order_release);
    return true;
}

/// Shared by the copies of one Reply.
class ReplyQueue::Ticket {
  public:
    Ticket(std::shared_ptr<ReplyQueue> queue, std::shared_ptr<Exchange> exchange)
        : m_queue{std::move(queue)}, m_exchange{std::move(exchange)} {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() {
        try {
            answer({.status = 500});
        } catch (...) { // no memory: the request ends by its deadline
        }
    }

    void answer(port::WebResponse response) {
        if (m_exchange->answer(std::move(response))) {
            m_queue->push(m_exchange);
        }
    }

  private:
    std::shared_ptr<ReplyQueue> m_queue;
    std::shared_ptr<Exchange> m_exchange;
};

port::WebHandler::Reply ReplyQueue::reply_to(std::shared_ptr<Exchange> exchange) {
    auto ticket = std::make_shared<Ticket>(shared_from_this(), std::move(exchange));
    return [ticket = std::move(ticket)](port::WebResponse response) {
        ticket->answer(std::move(response));
    };
}

std::vector<std::shared_ptr<Exchange>> ReplyQueue::fetch() {
    const std::scoped_lock lock{m_mutex};
    return std::exchange(m_answered, {});
}

void ReplyQueue::push(std::shared_ptr<Exchange> exchange) {
    const std::scoped_lock lock{m_mutex};
    if (m_closed) {
        return;
    }
    m_answered.push_back(std::move(exchange));
    if (m_answered.size() == 1) {
        m_wake();
    }
}

void ReplyQueue::close() {
    const std::scoped_lock lock{m_mutex};
    m_closed = true;
    m_answered.clear();
}

} // namespace callctl::web
