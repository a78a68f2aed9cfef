#include "app/summary_server.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace callctl::app {
namespace {

bool asks_alike(const summary::Server& left, const summary::Server& right) {
    return left.answer_form == right.answer_form &&
           left.max_tokens_field == right.max_tokens_field &&
           left.temperature == right.temperature && left.reasoning_effort == right.reasoning_effort;
}

} // namespace

SummaryServer::SummaryServer(summary::Server configured, std::shared_ptr<spdlog::logger> logger)
    : m_configured{std::move(configured)}, m_known{m_configured}, m_logger{std::move(logger)} {}

summary::Server SummaryServer::known() const {
    const std::scoped_lock lock{m_mutex};
    return m_known;
}

void SummaryServer::learn(const summary::Server& taught) {
    summary::Server lower;
    {
        const std::scoped_lock lock{m_mutex};
        lower = summary::without_refused(m_known, taught);
        if (asks_alike(lower, m_known)) {
            return;
        }
        m_known = lower;
    }
    m_logger->warn("degraded provider=summary host={} response_format={} max_tokens_field={} "
                   "temperature={} reasoning_effort={}",
                   base::host_of(lower.base_url), summary::to_string(lower.answer_form),
                   lower.max_tokens_field.empty() ? "none" : lower.max_tokens_field,
                   lower.temperature ? "sent" : "none",
                   lower.reasoning_effort.empty() ? "none" : "sent");
}

void SummaryServer::renew_key(base::Secret key) {
    const std::scoped_lock lock{m_mutex};
    m_known.api_key = std::move(key);
}

} // namespace callctl::app
