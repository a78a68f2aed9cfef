#include "app/news_given_up.hpp"

#include "call/progress.hpp"
#include "pipeline/news.hpp"

namespace callctl::app {
namespace {

bool is_given_up(const std::optional<base::Time>& due_at,
                 const std::optional<call::Reason>& reason) {
    return !due_at && reason && call::end_of(reason) == call::Status::failed;
}

} // namespace

port::CallStore::DecideNews NewsGivenUp::noting(const pipeline::Policy& policy) {
    return [this, policy](const call::Call& call, const call::CallFacts& news, base::Time now) {
        call::Change change = pipeline::on_news(call, news, now, policy);
        if (is_given_up(change.due_at, change.reason) && !is_given_up(call.due_at, call.reason)) {
            m_calls.insert(call.sid);
        } else if (!is_given_up(change.due_at, change.reason)) {
            m_calls.erase(call.sid);
        }
        return change;
    };
}

} // namespace callctl::app
