#include "sys/signals.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <future>
#include <string>
#include <thread>

namespace callctl::sys {
namespace {

using namespace std::chrono_literals;

class SignalsOfEachKind : public testing::TestWithParam<int> {};

TEST_P(SignalsOfEachKind, ReachTheCallbackOnAnotherThread) {
    std::promise<std::pair<int, std::thread::id>> told;
    const Signals signals{[&](int signal) {
        told.set_value({signal, std::this_thread::get_id()});
    }};
    EXPECT_EQ(signals.received(), 0);
    ASSERT_EQ(::kill(::getpid(), GetParam()), 0);
    const auto [signal, thread] = told.get_future().get();
    EXPECT_EQ(signal, GetParam());
    EXPECT_NE(thread, std::this_thread::get_id());
    EXPECT_EQ(signals.received(), GetParam());
}

TEST_P(SignalsOfEachKind, SpareThreadsThatStartedLater) {
    std::promise<void> told;
    const Signals signals{[&](int) { told.set_value(); }};
    std::promise<void> end;
    std::thread bystander{[&] { end.get_future().wait(); }};
    ASSERT_EQ(::kill(::getpid(), GetParam()), 0);
    told.get_future().wait();
    end.set_value();
    bystander.join();
}

INSTANTIATE_TEST_SUITE_P(Table, SignalsOfEachKind, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& row) { return std::string{::sigabbrev_np(row.param)}; });

TEST(Signals, TellOnlyOfTheFirst) {
    std::promise<void> told;
    const Signals signals{[&](int) { told.set_value(); }}; // a second call would throw
    ::kill(::getpid(), SIGINT);
    told.get_future().wait();
    ::kill(::getpid(), SIGTERM);
    EXPECT_EQ(signals.received(), SIGINT);
}

TEST(Signals, TellOfEachHangupWhoHasAskedForIt) {
    std::promise<void> first;
    std::promise<void> second;
    int told = 0;
    Signals signals{[](int) {}};
    signals.on_hangup([&] { (++told == 1 ? first : second).set_value(); });
    ::kill(::getpid(), SIGHUP);
    first.get_future().wait();
    ::kill(::getpid(), SIGHUP);
    second.get_future().wait();
    EXPECT_EQ(signals.received(), 0) << "it is no stop";
    signals.on_hangup({});
}

TEST(Signals, HangupDuringAStopIsNothing) {
    std::promise<void> told;
    Signals signals{[&](int) { told.set_value(); }};
    ::kill(::getpid(), SIGTERM);
    told.get_future().wait();
    ::kill(::getpid(), SIGHUP);
    EXPECT_EQ(signals.received(), SIGTERM);
}

void be_hung_up_under_nohup() {
    ::signal(SIGHUP, SIG_IGN);
    std::promise<void> stopped;
    const Signals signals{[&](int) { stopped.set_value(); }};
    ::kill(::getpid(), SIGHUP);
    ::kill(::getpid(), SIGTERM);
    stopped.get_future().wait();
    ::_exit(7);
}

TEST(SignalsDeathTest, HangupThatWasIgnoredStaysSo) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(be_hung_up_under_nohup(), testing::ExitedWithCode(7), "");
}

void hang_when_stopped() {
    const Signals signals{[](int) {},
                          [] { static_cast<void>(::write(STDERR_FILENO, "overdue", 7)); }, 20ms};
    ::kill(::getpid(), SIGTERM);
    std::promise<void>{}.get_future().wait_for(10s);
}

TEST(SignalsDeathTest, AStopThatHangsEndsTheProcess) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(hang_when_stopped(), testing::KilledBySignal(SIGTERM), "overdue");
}

void be_interrupted_after_a_stop() {
    std::promise<void> told;
    const Signals signals{[&](int) { told.set_value(); }};
    ::kill(::getpid(), SIGTERM);
    told.get_future().wait();
    ::kill(::getpid(), SIGINT);
    std::promise<void>{}.get_future().wait_for(10s);
}

TEST(SignalsDeathTest, SecondInterruptEndsTheProcess) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(be_interrupted_after_a_stop(), testing::KilledBySignal(SIGINT), "");
}

TEST(Signals, RestoreTheMaskAtTheEnd) {
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    {
        const Signals signals{[](int) {}};
    }
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    EXPECT_EQ(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
    EXPECT_EQ(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
}

TEST(Signals, WritingToAClosedSocketIsNoDeath) {
    const Signals signals{[](int) {}};
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
    ::close(pair[1]);
    EXPECT_EQ(::send(pair[0], "x", 1, 0), -1);
    ::close(pair[0]);
}

} // namespace
} // namespace callctl::sys
