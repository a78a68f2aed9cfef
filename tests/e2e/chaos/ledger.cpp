#include "e2e/chaos/ledger.hpp"

#include <nlohmann/json.hpp>

namespace callctl::chaos {

void Ledger::add(Exchange exchange) {
    const auto since_start = [this](Clock::time_point time) {
        return std::chrono::duration<double>(time - m_start).count();
    };
    const std::scoped_lock lock{m_mutex};
    m_file << nlohmann::json{{"direction", exchange.direction},
                             {"host", exchange.host},
                             {"method", exchange.method},
                             {"target", exchange.target},
                             {"body", exchange.body},
                             {"digest", exchange.digest},
                             {"status", exchange.status},
                             {"asked", since_start(exchange.asked)},
                             {"answered", since_start(exchange.answered)}}
                  .dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace)
           << '\n';
    m_exchanges.push_back(std::move(exchange));
}

std::vector<Exchange> Ledger::all() const {
    const std::scoped_lock lock{m_mutex};
    return m_exchanges;
}

} // namespace callctl::chaos
