// How far a run is: one line of a terminal, drawn over itself. Elsewhere nothing.
#pragma once

#include "app/workers.hpp"

#include <cstddef>
#include <ostream>
#include <string>

namespace callctl::cmd {

/// `[#######.............] 412/1180`
[[nodiscard]] std::string progress_bar(std::size_t done, std::size_t all);
/// `completed 400, waiting 8, gave up 4; requests 824`
[[nodiscard]] std::string progress_text(const app::WorkReport& work);

/// The line is gone when this is.
class ProgressLine {
  public:
    /// \pre `err` is a terminal where `shown`
    ProgressLine(std::ostream& err, bool shown) : m_err{err}, m_shown{shown} {}
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { clear(); }

    [[nodiscard]] bool shown() const { return m_shown; }
    void show(const std::string& text);
    void clear();

  private:
    std::ostream& m_err;
    bool m_shown;
    bool m_drawn{false};
};

} // namespace callctl::cmd
