#include "app/leased_shelf.hpp"

#include "app/patience.hpp"

namespace callctl::app {

std::optional<call::Piece> LeasedShelf::find(call::Stage stage, const std::string& key) {
    std::optional<call::Piece> found;
    patiently(m_clock, m_logger, m_call,
              [&] { found = m_store.find_piece(m_lease.call, stage, key); });
    return found;
}

bool LeasedShelf::keep(const call::Piece& piece) {
    auto written = port::Written::superseded;
    patiently(m_clock, m_logger, m_call, [&] { written = m_store.keep_piece(m_lease, piece); });
    m_kept += written == port::Written::done ? 1 : 0;
    return written == port::Written::done;
}

} // namespace callctl::app
