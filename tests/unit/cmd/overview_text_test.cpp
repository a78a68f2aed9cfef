#include "overview_text.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace callctl::cmd {
namespace {

using call::Provider;
using call::Reason;
using call::Stage;
using call::Status;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr base::Time k_now{std::chrono::microseconds{1'767'268'800'000'000}};

port::Overview quiet() {
    return {.now = k_now, .swept_at = k_now - 2min};
}

port::CallLine line_of(char digit, std::optional<base::Time> due, Status status,
                       std::optional<Reason> reason) {
    port::CallLine line{.call = {.sid = *base::CallSid::parse("CA" + std::string(32, digit)),
                                 .statuses = {Status::completed, status, std::nullopt},
                                 .stage = Stage::transcript,
                                 .reason = reason,
                                 .attempts = 2,
                                 .due_at = due}};
    line.call.facts.from = "+972501234567";
    line.call.facts.to = "+97231234567";
    return line;
}

std::string printed(const port::Overview& overview, int width = 0, bool colour = false) {
    std::ostringstream out;
    print_overview({.out = out, .terminal = width > 0, .colour = colour, .width = width}, overview,
                   Numbers::masked);
    return out.str();
}

TEST(Overview, BeginsWithTheVerdict) {
    EXPECT_THAT(printed(quiet()), StartsWith("HEALTHY: nothing is stuck"));
    auto overview = quiet();
    overview.stuck = 2;
    overview.oldest_due = k_now - 30min;
    overview.reasons = {{Stage::transcript, Reason::too_large, 1, true}};
    EXPECT_THAT(printed(overview),
                StartsWith("WARNING: 2 calls are stuck, the longest due for 30m\n"
                           "WARNING: 1 call gave up: 1 TOO_LARGE\n"));
    overview.providers = {
        {.provider = Provider::summary, .closed_until = k_now + 1min, .reason = Reason::quota}};
    EXPECT_THAT(printed(overview), StartsWith("CRITICAL: summary is closed for another 1m (QUOTA"));
}

TEST(Overview, SaysUntilWhenAProviderIsClosedAndInWhoseWords) {
    auto overview = quiet();
    overview.providers = {{.provider = Provider::summary,
                           .closed_until = k_now + 1min,
                           .reason = Reason::quota,
                           .detail = "you have no \x1b[31mmoney"}};
    EXPECT_THAT(printed(overview), HasSubstr("summary: closed until 2026-01-01T12:01:00Z (in 1m), "
                                             "QUOTA: you have no  [31mmoney\n"));
}

TEST(Overview, NamesTheCallThatIsNext) {
    auto overview = quiet();
    overview.next_due = k_now + 12s;
    EXPECT_THAT(printed(overview), HasSubstr("next due: in 12s\n"));
    overview.calls = {line_of('a', overview.next_due, Status::failed, Reason::timeout)};
    EXPECT_THAT(printed(overview),
                HasSubstr("next due: in 12s (transcript of CA" + std::string(32, 'a') + ")\n"));
}

TEST(Overview, SaysOfEachCallHowLongItIsStuck) {
    auto overview = quiet();
    overview.calls = {line_of('a', k_now - 124min, Status::failed, Reason::timeout),
                      line_of('b', k_now - 5s, Status::pending, std::nullopt),
                      line_of('c', k_now, Status::processing, std::nullopt),
                      line_of('d', std::nullopt, Status::completed, std::nullopt)};
    overview.calls[2].worker = "w";
    const std::string text = printed(overview);
    EXPECT_THAT(text, HasSubstr("failed      2      stuck 2h 4m"));
    EXPECT_THAT(text, HasSubstr("pending     2      5s ago"));
    EXPECT_THAT(text, HasSubstr("processing  2      worked on"));
    EXPECT_THAT(text, HasSubstr("completed   2      -"));
}

TEST(Overview, FitsATerminalOf80Columns) {
    auto overview = quiet();
    overview.reasons = {{Stage::transcript, Reason::empty_transcript, 1, true}};
    overview.calls = {line_of('a', k_now - 124min, Status::processing, Reason::empty_transcript)};
    std::istringstream lines{printed(overview, 80)};
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), 80U) << line;
    }
    EXPECT_THAT(printed(overview, 80), HasSubstr("CA" + std::string(32, 'a')))
        << "a SID is of no use when it is cut";
}

TEST(Overview, ColoursStatusesAndTheVerdict) {
    auto overview = quiet();
    overview.calls = {line_of('a', k_now, Status::failed, Reason::timeout),
                      line_of('b', k_now, Status::processing, std::nullopt),
                      line_of('c', std::nullopt, Status::completed, std::nullopt),
                      line_of('d', k_now, Status::pending, std::nullopt),
                      line_of('e', std::nullopt, Status::skipped, Reason::no_speech)};
    const std::string text = printed(overview, 200, /*colour=*/true);
    for (const std::string word :
         {"\x1b[32mHEALTHY\x1b[0m", "\x1b[31mfailed\x1b[0m", "\x1b[33mprocessing\x1b[0m",
          "\x1b[32mcompleted\x1b[0m", "\x1b[90mpending\x1b[0m", "\x1b[90mskipped\x1b[0m"}) {
        EXPECT_THAT(text, HasSubstr(word));
    }
}

} // namespace
} // namespace callctl::cmd
