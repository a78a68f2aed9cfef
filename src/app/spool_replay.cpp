#include "app/spool_replay.hpp"

#include "app/deliveries.hpp"
#include "base/exception.hpp"

#include <algorithm>
#include <utility>

namespace callctl::app {

SpoolReplay::SpoolReplay(port::CallStore& store, port::Spool& spool,
                         port::CallStore::DecideNews decide)
    : m_store{store}, m_spool{spool}, m_decide{std::move(decide)} {}

std::size_t SpoolReplay::step(std::size_t most) {
    m_locked = 0;
    const auto records = m_spool.oldest(std::min(most, m_at_once));
    std::vector<call::Delivery> deliveries;
    for (const std::string& record : records) {
        auto delivery = delivery_from_spool(record);
        if (!delivery && deliveries.empty()) {
            m_spool.set_aside_oldest(delivery.error().message);
            return 1;
        }
        if (!delivery) {
            break; // the next step begins with it
        }
        deliveries.push_back(std::move(*delivery));
    }
    if (deliveries.empty()) {
        m_spool.remove(0); // files without a single record
        return 0;
    }
    try {
        const std::size_t count = ingest(deliveries);
        m_at_once = std::min(2 * m_at_once, k_batch);
        return count;
    } catch (const base::StoreError& /*of the database, or of some of them*/) {
        if (deliveries.size() == 1) {
            throw;
        }
        m_at_once = 1;
        return step(most);
    }
}

std::size_t SpoolReplay::ingest(std::span<const call::Delivery> deliveries) {
    try {
        m_locked += m_store.ingest(deliveries, m_decide).locked;
        m_spool.remove(deliveries.size());
    } catch (const base::BugError& /*of one of them*/) {
        one_by_one(deliveries);
    }
    return deliveries.size();
}

void SpoolReplay::one_by_one(std::span<const call::Delivery> deliveries) {
    for (const call::Delivery& delivery : deliveries) {
        try {
            m_locked += m_store.ingest(std::span{&delivery, 1}, m_decide).locked;
            m_spool.remove(1);
        } catch (const base::BugError& bug) {
            m_spool.set_aside_oldest(bug.what());
        }
    }
}

std::size_t SpoolReplay::all() {
    std::size_t total = 0;
    for (std::size_t some = step(); some > 0; some = step()) {
        total += some;
    }
    return total;
}

std::vector<call::Delivery> SpoolReplay::waiting(std::size_t most) {
    std::vector<call::Delivery> deliveries;
    for (const std::string& record : m_spool.oldest(most)) {
        if (auto delivery = delivery_from_spool(record)) {
            deliveries.push_back(std::move(*delivery));
        }
    }
    return deliveries;
}

} // namespace callctl::app
