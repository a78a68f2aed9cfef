#include "app/database_time.hpp"

#include "base/exception.hpp"

namespace callctl::app {

void DatabaseTime::refresh() {
    m_offset_us = (m_store.now() - m_clock.wall()).count();
}

bool DatabaseTime::try_refresh() {
    try {
        refresh();
        return true;
    } catch (const base::Exception& /*away, or not to be had*/) {
        // The last distance still holds; whoever needs the database says that it is away.
        return false;
    }
}

base::Time DatabaseTime::now() const {
    return m_clock.wall() + std::chrono::microseconds{m_offset_us.load()};
}

} // namespace callctl::app
