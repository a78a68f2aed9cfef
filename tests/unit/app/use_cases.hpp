// The use cases of the command line against the store in memory and the model world.
#pragma once

#include "unit/app/model_world.hpp"
#include "unit/app/quiet_logger.hpp"

#include "app/reconcile.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callctl::app {

using namespace std::chrono_literals;

inline constexpr base::Time k_start{std::chrono::microseconds{1'767'268'800'000'000}};

class UseCases : public testing::Test {
  protected:
    UseCases() {
        m_store.set_now(k_start);
        for (Fate& fate : m_world.fates()) {
            fate.begins = k_start;
            fate.answered = k_start + 1s;
            fate.ends = k_start + 20s;
            fate.is_answered = true;
            fate.by_our_twiml = false;
            fate.too_short = false;
            fate.processing = 1s;
        }
        m_clock.on_wait([this](std::chrono::milliseconds passed) { m_store.advance(passed); });
    }

    [[nodiscard]] Fate& first() { return m_world.fates().front(); }

    void host_inserts(const Fate& fate) {
        m_store.insert_host({.call_sid = fate.sid.str(), .created_at = m_store.now()});
    }

    ReconcileReport reconcile(bool dry_run = false) {
        const ReconcileRequest request{.work = {.worker = "w", .concurrency = 2}};
        if (dry_run) {
            return plan(m_store, m_driver.policy(), request);
        }
        return Reconcile{m_store, m_workers, m_driver.policy()}.run(request);
    }

    /// Lets time pass and reconciles until nothing is due any more.
    void reconcile_to_the_end() {
        m_store.set_now(k_start + 5min);
        for (int i = 0; i < 50; ++i) {
            reconcile();
            if (!m_store.next_due({})) {
                return;
            }
            m_store.set_now(std::max(*m_store.next_due({}), m_store.now()));
        }
        FAIL() << "calls are still due";
    }

    KeptLog m_log;
    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    ModelWorld m_world{1, k_start, 3, 0};
    Driver m_driver{m_store,     m_world, m_clock, pipeline::Policy{}, [] { return 0.5; },
                    m_log.logger};
    Workers m_workers{m_store, m_driver, m_clock, m_log.logger};
};

} // namespace callctl::app
