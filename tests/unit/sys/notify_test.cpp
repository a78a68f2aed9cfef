#include "support/notify_socket.hpp"
#include "sys/notify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace callctl::sys {
namespace {

using testing::MatchesRegex;

class Notify : public testing::Test {
  protected:
    Notify() { ::setenv("NOTIFY_SOCKET", m_systemd.path().c_str(), 1); }
    ~Notify() override { ::unsetenv("NOTIFY_SOCKET"); }

    support::NotifySocket m_systemd;
};

TEST_F(Notify, TellsSystemd) {
    notify_ready();
    const std::string message = m_systemd.message();
    if (message.empty()) {
        GTEST_SKIP() << "built without libsystemd";
    }
    EXPECT_EQ(message, "READY=1");
    notify_stopping();
    EXPECT_EQ(m_systemd.message(), "STOPPING=1");
    notify_watchdog();
    EXPECT_EQ(m_systemd.message(), "WATCHDOG=1");
    notify_status("two\nREADY=1");
    EXPECT_EQ(m_systemd.message(), "STATUS=two READY=1");
}

TEST_F(Notify, SaysWhenAReloadBegan) {
    const auto before = std::chrono::steady_clock::now().time_since_epoch();
    notify_reloading();
    const std::string message = m_systemd.message();
    if (message.empty()) {
        GTEST_SKIP() << "built without libsystemd";
    }
    ASSERT_THAT(message, MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
    const std::chrono::microseconds told{std::stoll(message.substr(message.rfind('=') + 1))};
    EXPECT_GE(told, std::chrono::floor<std::chrono::microseconds>(before));
    EXPECT_LE(told, std::chrono::steady_clock::now().time_since_epoch());
}

TEST_F(Notify, KnowsTheWatchdogOfThisProcessOnly) {
    EXPECT_EQ(watchdog_limit(), std::nullopt);
    ::setenv("WATCHDOG_USEC", "3000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    const auto ours = watchdog_limit();
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(watchdog_limit(), std::nullopt);
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
    if (!ours) {
        GTEST_SKIP() << "built without libsystemd";
    }
    EXPECT_EQ(*ours, std::chrono::seconds{3});
}

TEST(NotifyOutside, OfAUnitIsNothing) {
    ::unsetenv("NOTIFY_SOCKET");
    notify_ready();
    notify_stopping();
    notify_reloading();
    notify_status("x");
    notify_watchdog();
}

} // namespace
} // namespace callctl::sys
