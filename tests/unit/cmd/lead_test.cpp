#include "lead_text.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace callctl::cmd {
namespace {

using call::Direction;
using call::Status;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr base::Time k_monday{std::chrono::microseconds{1'767'268'800'000'000}};

call::Call call_of(char digit, Direction direction, Status status, std::chrono::seconds length) {
    call::Call call{.sid = *base::CallSid::parse("CA" + std::string(32, digit)),
                    .statuses = {status, std::nullopt, std::nullopt},
                    .created_at = k_monday};
    call.facts.direction = direction;
    call.facts.duration = length;
    call.facts.recording.duration = length - 1s;
    call.facts.answered_at = k_monday;
    call.facts.recording.started_at = k_monday + 2s;
    return call;
}

Lead two_calls() {
    return {.number = "+972501234567",
            .calls = {call_of('b', Direction::outbound, Status::failed, 30s),
                      call_of('a', Direction::inbound, Status::completed, 90s)}};
}

std::string printed(const Lead& lead, int limit, Numbers numbers, int width = 0) {
    std::ostringstream out;
    print_lead({.out = out, .width = width}, lead, limit, numbers);
    return out.str();
}

TEST(Lead, HasTheTotalsOfItsCalls) {
    const auto totals = totals_of(two_calls());
    EXPECT_EQ(totals.inbound, 1);
    EXPECT_EQ(totals.outbound, 1);
    EXPECT_EQ(totals.talked, 120s);
    EXPECT_EQ(totals.recorded, 118s);
    EXPECT_EQ(totals.statuses.at(static_cast<std::size_t>(Status::failed)), 1);
}

TEST(Lead, IsShownWithItsNewestCallsFirst) {
    EXPECT_EQ(printed(two_calls(), 20, Numbers::shown),
              "+972501234567: 2 calls, 1 inbound, 1 outbound; talked 2m, recorded 1m 58s\n"
              "1 completed, 1 failed\n\n"
              "CREATED               CALL                                DIRECTION  LENGTH  "
              "HEAD LOSS  STAGE      STATUS     REASON\n"
              "2026-01-01T12:00:00Z  CAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb  outbound   30s     "
              "2000 ms    recording  failed     -\n"
              "2026-01-01T12:00:00Z  CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  inbound    1m 30s  "
              "2000 ms    recording  completed  -\n");
}

TEST(Lead, ShowsNoNumberAndNoMoreCallsThanAskedFor) {
    const std::string text = printed(two_calls(), 1, Numbers::masked);
    EXPECT_THAT(text, Not(HasSubstr("1234")));
    EXPECT_THAT(text, HasSubstr(std::string(32, 'b')));
    EXPECT_THAT(text, Not(HasSubstr(std::string(32, 'a'))));
    EXPECT_THAT(text, HasSubstr("2 calls")) << "the totals are of all";
}

TEST(Lead, WithoutCallsSaysSo) {
    EXPECT_THAT(printed({.number = "+15550001"}, 20, Numbers::shown), HasSubstr("0 calls"));
}

} // namespace
} // namespace callctl::cmd
