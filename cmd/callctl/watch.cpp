#include "watch.hpp"

#include "exit_code.hpp"

#include "base/exception.hpp"

#include <sstream>

namespace callctl::cmd {
namespace {

// The cursor is hidden, and long lines are cut instead of wrapped, for a frame only, so that
// nothing is left to restore however the process ends; but Ctrl-C takes from a terminal what it has
// not shown yet (termios(3), NOFLSH), which may be the end of a frame.
constexpr std::string_view k_begin = "\x1b[?25l\x1b[?7l\x1b[H";
constexpr std::string_view k_rest_of_line = "\x1b[K\n";
constexpr std::string_view k_clear_below = "\x1b[J";
constexpr std::string_view k_restore = "\x1b[?7h\x1b[?25h";

// A frame that is higher than the terminal would scroll, and the next one could not be drawn over
// it. The last line is the cursor's.
std::string over_the_last(const std::string& frame, int height) {
    std::string shown{k_begin};
    std::istringstream lines{frame};
    std::string line;
    for (int row = 1; (height == 0 || row < height) && std::getline(lines, line); ++row) {
        shown += line;
        shown += k_rest_of_line;
    }
    return shown.append(k_clear_below).append(k_restore);
}

void leave(const Screen& screen, bool over) {
    if (over) {
        screen.out << k_restore << std::flush;
    }
}

// What the frame has so far belongs to what was not drawn, unless the error is shown there.
void tell_of(const base::StoreError& error, const std::string& every, std::ostringstream& frame,
             std::ostream& place) {
    if (&place != &frame) {
        frame.str("");
    }
    print_error(place, error.what(), "asked again " + every);
}

} // namespace

int watch(Runner& runner, std::chrono::milliseconds interval, Frames frames,
          const std::function<int(const Screen&)>& draw) {
    const std::string every = "every " + base::format_duration(interval);
    const bool for_people = frames == Frames::for_people;
    while (runner.out) {
        const Screen screen = runner.screen();
        const bool over = for_people && screen.redraws;
        std::ostringstream frame;
        if (for_people) {
            const auto time = std::chrono::floor<std::chrono::seconds>(runner.clock.wall());
            frame << screen.paint(base::format_iso8601(time) + ", " + every, Colour::grey)
                  << "\n\n";
        }
        try {
            const int code = draw(screen.through(frame));
            if (code != k_done) {
                return code;
            }
            frame << (for_people && !over ? "\n" : "");
        } catch (const base::StoreError& error) {
            tell_of(error, every, frame, over ? static_cast<std::ostream&>(frame) : runner.err);
        }
        screen.out << (over ? over_the_last(frame.str(), screen.height) : frame.str())
                   << std::flush;
        if (!runner.clock.wait(interval)) {
            leave(screen, over);
            break;
        }
    }
    return runner.unless_stopped(k_done);
}

} // namespace callctl::cmd
