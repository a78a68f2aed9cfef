#include "progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace callctl::cmd {
namespace {

constexpr const char* k_clear_line = "\r\x1b[K";
constexpr std::size_t k_bar = 20;

} // namespace

std::string progress_bar(std::size_t done, std::size_t all) {
    const std::size_t filled = all == 0 ? k_bar : k_bar * std::min(done, all) / all;
    return fmt::format("[{:.<{}}] {}/{}", std::string(filled, '#'), k_bar, done, all);
}

std::string progress_text(const app::WorkReport& work) {
    return fmt::format("completed {}, waiting {}, gave up {}; requests {}", work.completed,
                       work.waiting, work.gave_up, work.requests);
}

void ProgressLine::clear() {
    if (std::exchange(m_drawn, false)) {
        m_err << k_clear_line << std::flush;
    }
}

// The cursor stays in front, so that the next line of the log takes the place of this one.
void ProgressLine::show(const std::string& text) {
    if (m_shown) {
        m_drawn = true;
        m_err << k_clear_line << text << '\r' << std::flush;
    }
}

} // namespace callctl::cmd
