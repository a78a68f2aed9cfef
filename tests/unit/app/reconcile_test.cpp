// A pass as a whole: what it tells when it breaks off, and when its time is over.
#include "unit/app/spooled_calls.hpp"
#include "unit/app/use_cases.hpp"

#include "base/exception.hpp"
#include "fakes/memory_spool.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <span>
#include <string>

namespace callctl::app {
namespace {

/// A store whose sweep fails.
class Unsweepable : public fakes::MemoryCallStore {
  public:
    port::SweepReport sweep(const port::SweepRequest& /*request*/,
                            const DecideNews& /*decide*/) override {
        throw base::StoreError{"the server is gone"};
    }
};

class Pass : public UseCases {
  protected:
    fakes::MemorySpool m_spool;
};

TEST_F(Pass, TellsWhatItHasFoundWhereItBreaksOffBeforeItDrives) {
    Unsweepable store;
    Workers workers{store, m_driver, m_clock, m_log.logger};
    Reconcile reconcile{store, workers, m_driver.policy(), nullptr, &m_spool};
    EXPECT_THROW(static_cast<void>(reconcile.try_run({})), base::StoreError)
        << "there is nothing to tell";
    const std::string record = spooled(status_delivery(1));
    ASSERT_TRUE(m_spool.append(std::span{&record, 1}));
    const auto report = reconcile.try_run({});
    EXPECT_EQ(report.from_spool, 1U);
    EXPECT_THROW(std::rethrow_exception(report.work.fault), base::StoreError);
}

TEST_F(Pass, BeginsNoCallOnceItsTimeIsOverWhateverItWasSpentOn) {
    m_store.set_now(k_start + 5min);
    host_inserts(first());
    ReconcileRequest request{.work = {.worker = "w", .max_runtime = 4min}};
    request.work.began = m_clock.monotonic();
    m_clock.advance(4min);
    Reconcile reconcile{m_store, m_workers, m_driver.policy()};
    const auto late = reconcile.run(request);
    EXPECT_EQ(late.sweep.adopted, 1U);
    EXPECT_EQ(late.work.driven, 0);
    EXPECT_TRUE(late.work.out_of_time);
    request.work.began = m_clock.monotonic();
    EXPECT_EQ(reconcile.run(request).work.driven, 1);
}

} // namespace
} // namespace callctl::app
