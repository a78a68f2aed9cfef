#include "watch.hpp"

#include "exit_code.hpp"

#include "base/exception.hpp"

#include <sstream>

namespace callctl::cmd {
namespace {

// The cursor is hidden, and long lines are cut instead of wrapped, for a frame only, so that
// nothing is left to restore however the process ends.
constexpr std::string_view k_begin = "\x1b[?25l\x1b[?7l\x1b[H";
constexpr std::string_view k_rest_of_line = "\x1b[K\n";
constexpr std::string_view k_end = "\x1b[J\x1b[?7h\x1b[?25h";

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
    return shown.append(k_end);
}

void show(const Screen& screen, const std::string& frame) {
    screen.out << (screen.terminal ? over_the_last(frame, screen.height) : frame) << std::flush;
}

} // namespace

int watch(Runner& runner, std::chrono::milliseconds interval, FrameHead head,
          const std::function<int(const Screen&)>& draw) {
    const std::string every = "every " + base::format_duration(interval);
    while (runner.out) {
        const Screen screen = runner.screen();
        std::ostringstream frame;
        if (head == FrameHead::shown) {
            const auto time = std::chrono::floor<std::chrono::seconds>(runner.clock.wall());
            frame << screen.paint(base::format_iso8601(time) + ", " + every, Colour::grey)
                  << "\n\n";
        }
        try {
            const int code =
                draw({frame, screen.terminal, screen.colour, screen.width, screen.height});
            if (code != k_done) {
                return code;
            }
            frame << (screen.terminal || head == FrameHead::hidden ? "" : "\n");
            show(screen, frame.str());
        } catch (const base::StoreError& error) {
            std::ostream& told = screen.terminal ? static_cast<std::ostream&>(frame) : runner.err;
            print_error(told, error.what(), "asked again " + every);
            if (screen.terminal) {
                show(screen, frame.str());
            }
        }
        if (!runner.clock.wait(interval)) {
            break;
        }
    }
    return runner.unless_stopped(k_done);
}

} // namespace callctl::cmd
