#include "unit/app/quiet_logger.hpp"
#include "watchdog.hpp"

#include "web/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace callctl::cmd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Counts what it is told, and waits for it.
class Told {
  public:
    void tell() {
        const std::scoped_lock lock{m_mutex};
        ++m_times;
        m_condition.notify_all();
    }
    [[nodiscard]] bool more_than(int times, std::chrono::milliseconds limit = 10s) {
        std::unique_lock lock{m_mutex};
        return m_condition.wait_for(lock, limit, [&] { return m_times > times; });
    }
    [[nodiscard]] int times() {
        const std::scoped_lock lock{m_mutex};
        return m_times;
    }

  private:
    std::mutex m_mutex{};
    std::condition_variable m_condition{};
    int m_times{0};
};

class WatchdogOf : public testing::Test {
  protected:
    std::function<void()> tell() {
        return [this] { m_told.tell(); };
    }

    Told m_told;
    app::KeptLog m_log;
};

TEST_F(WatchdogOf, TheLivingTellsAgainAndAgain) {
    const Watchdog watchdog{
        2ms, {{"one", [](const auto& answered) { answered(); }}}, tell(), m_log.logger};
    EXPECT_TRUE(m_told.more_than(20));
}

TEST_F(WatchdogOf, NobodyIsSilentWithoutALimit) {
    {
        const Watchdog watchdog{std::nullopt,
                                {{"one", [](const auto& answered) { answered(); }}},
                                tell(),
                                m_log.logger};
    }
    EXPECT_EQ(m_told.times(), 0);
}

TEST_F(WatchdogOf, OneThatHangsIsSilentUntilItAnswers) {
    std::mutex mutex;
    std::condition_variable asked_often;
    std::vector<std::function<void()>> held;
    Watchdog watchdog{2ms,
                      {{"lively", [](const auto& answered) { answered(); }},
                       {"sleepy",
                        [&](const auto& answered) {
                            const std::scoped_lock lock{mutex};
                            held.push_back(answered);
                            asked_often.notify_all();
                        }}},
                      tell(),
                      m_log.logger};
    {
        std::unique_lock lock{mutex};
        asked_often.wait(lock, [&] { return held.size() >= 10; });
        EXPECT_LE(m_told.times(), 1) << "nothing was known of it at the beginning alone";
        EXPECT_THAT(m_log.text(), HasSubstr("hangs thread=sleepy"));
        EXPECT_EQ(m_log.text().find("lively"), std::string::npos);
        held.front()();
    }
    const int before = m_told.times();
    EXPECT_TRUE(m_told.more_than(before));
}

TEST_F(WatchdogOf, AnswersThatComeAfterItsEndHarmNobody) {
    std::vector<std::function<void()>> held;
    {
        const Watchdog watchdog{1h,
                                {{"one", [&](const auto& answered) { held.push_back(answered); }}},
                                tell(),
                                m_log.logger};
        ASSERT_TRUE(m_told.more_than(0));
    }
    for (const auto& answered : held) {
        answered();
    }
}

class SilentHandler : public port::WebHandler {
  public:
    void handle(port::WebRequest /*request*/, Reply /*reply*/) override {}
};

TEST_F(WatchdogOf, AServerIsSilentWhileItsThreadIsBlocked) {
    SilentHandler handler;
    web::ServerOptions options;
    options.listen = "127.0.0.1:0";
    web::Server server{options, handler};
    const Watchdog watchdog{
        2ms,
        {{"server", [&](std::function<void()> answered) { server.run_soon(std::move(answered)); }}},
        tell(),
        m_log.logger};
    EXPECT_TRUE(m_told.more_than(10));

    std::mutex gate;
    std::unique_lock closed{gate};
    server.run_soon([&gate] { const std::scoped_lock lock{gate}; });
    int before = m_told.times();
    while (m_told.more_than(before, 100ms)) { // what was answered before it was blocked
        before = m_told.times();
    }
    EXPECT_THAT(m_log.text(), HasSubstr("hangs thread=server"));
    closed.unlock();
    EXPECT_TRUE(m_told.more_than(before));
}

} // namespace
} // namespace callctl::cmd
