#include "app/admin.hpp"
#include "base/exception.hpp"
#include "fakes/memory_call_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>

namespace callctl::app {
namespace {

using port::WebResponse;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

/// Hangs while the test holds the gate.
class HungStore : public fakes::MemoryCallStore {
  public:
    base::Time now() override {
        const std::scoped_lock lock{gate};
        return MemoryCallStore::now();
    }
    port::Figures figures() override {
        const std::scoped_lock lock{gate};
        return MemoryCallStore::figures();
    }

    std::mutex gate{};
};

std::string own() {
    return "# its own\n";
}

std::future<WebResponse> asked(AdminHandler& pages, const std::string& target,
                               const std::string& method = "GET") {
    const auto answered = std::make_shared<std::promise<WebResponse>>();
    pages.handle({.method = method, .target = target},
                 [answered](WebResponse response) { answered->set_value(std::move(response)); });
    return answered->get_future();
}

TEST(AdminPages, SayThatTheProcessRuns) {
    HungStore store;
    AdminHandler pages{store, own};
    const auto response = asked(pages, "/healthz?probe=1").get();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "ok\n");
}

TEST(AdminPages, AreReadyWhileTheDatabaseAnswers) {
    HungStore store;
    AdminHandler pages{store, own};
    EXPECT_EQ(asked(pages, "/readyz").get().status, 200);
    store.set_available(false);
    const auto response = asked(pages, "/readyz").get();
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr("not ready: the database cannot be reached"));
}

TEST(AdminPages, CountTheCalls) {
    HungStore store;
    AdminHandler pages{store, own};
    const auto response = asked(pages, "/metrics").get();
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.content_type, HasSubstr("version=0.0.4"));
    EXPECT_THAT(response.body, StartsWith("# its own\n"));
    EXPECT_THAT(response.body, HasSubstr("callctl_database_up 1\n"));
    EXPECT_THAT(response.body, HasSubstr("callctl_due 0\n"));
}

TEST(AdminPages, ShowWhatIsKnownWithoutTheDatabaseWhileItIsAway) {
    HungStore store;
    AdminHandler pages{store, own};
    store.set_available(false);
    const auto response = asked(pages, "/metrics").get();
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.content_type, HasSubstr("version=0.0.4"));
    EXPECT_THAT(response.body, StartsWith("# its own\n"));
    EXPECT_THAT(response.body, HasSubstr("callctl_database_up 0\n"));
    EXPECT_THAT(response.body, Not(HasSubstr("callctl_due")));
}

TEST(AdminPages, RefuseWhatTheyDoNotHave) {
    HungStore store;
    AdminHandler pages{store, own};
    EXPECT_EQ(asked(pages, "/").get().status, 404);
    EXPECT_EQ(asked(pages, "/readyz", "POST").get().status, 405);
}

TEST(AdminPages, KeepAnsweringWhileTheDatabaseHangs) {
    HungStore store;
    AdminHandler pages{store, own, 20ms};
    const std::scoped_lock hung{store.gate};
    auto ready = asked(pages, "/readyz");
    auto metrics = asked(pages, "/metrics");
    EXPECT_EQ(asked(pages, "/healthz").wait_for(0s), std::future_status::ready);
    EXPECT_EQ(ready.get().status, 503);
    const auto late = metrics.get();
    EXPECT_EQ(late.status, 200);
    EXPECT_THAT(late.body, HasSubstr("callctl_database_up 0\n"));
}

TEST(AdminPages, RefuseAtOnceWhenTooManyWaitForAHungDatabase) {
    HungStore store;
    AdminHandler pages{store, own, 1h};
    std::vector<std::future<WebResponse>> waiting;
    const std::scoped_lock hung{store.gate};
    bool refused = false;
    for (int i = 0; i < 32; ++i) {
        auto answer = asked(pages, "/readyz");
        refused = refused || answer.wait_for(0s) == std::future_status::ready;
        waiting.push_back(std::move(answer));
    }
    EXPECT_TRUE(refused);
}

} // namespace
} // namespace callctl::app
