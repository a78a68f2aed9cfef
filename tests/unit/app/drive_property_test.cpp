// Random orders of events: duplicated, reordered, lost, with failing providers and dying workers.
// Whatever happened, every call comes to the end that is true of it.
#include "unit/app/model_world.hpp"

#include "app/drive.hpp"
#include "call/progress.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/news.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace callctl::app {
namespace {

using call::Stage;
using call::Status;
using namespace std::chrono_literals;

constexpr int k_calls = 12;
constexpr int k_faults = 60;
constexpr base::Time k_start{std::chrono::microseconds{1'767'268'800'000'000}};

class Play {
  public:
    explicit Play(std::uint32_t seed) : m_world{seed, k_start, k_calls, k_faults} {
        m_store.set_now(k_start);
        m_world.meanwhile = [this] { hear(); };
    }

    void run() {
        for (int tick = 0; tick < 600; ++tick) {
            m_store.advance(500ms);
            hear();
            host_inserts_what_we_never_heard_of();
            work();
        }
        m_world.stop_faults();
        sweep();
        for (int i = 0; i < 2'000 && m_store.next_due({}); ++i) {
            m_store.set_now(std::max(*m_store.next_due({}), m_store.now() + 500ms));
            hear();
            drive_all();
        }
    }

    void check() {
        for (const Fate& fate : m_world.fates()) {
            const auto call = m_store.find(fate.sid);
            RC_ASSERT(call.has_value());
            RC_ASSERT(!call->due_at.has_value());
            RC_ASSERT(fate.recordings() <= 1);
            RC_ASSERT(call->facts.recording_count <= 1);
            // Paid once, but for what a worker took with it when it died.
            RC_ASSERT(fate.transcriptions <= k_parts + fate.unkept);
            RC_ASSERT(fate.summaries <= 1 + fate.deaths);
            check_end(fate, *call);
        }
    }

  private:
    // Giving up is not what this is about.
    static pipeline::Policy patient() {
        pipeline::Policy policy;
        policy.max_attempts.fill(1'000);
        policy.max_crashes = 1'000;
        policy.twiml_grace = 2s;
        return policy;
    }

    static void check_end(const Fate& fate, const call::Call& call) {
        const auto all = [&call](Status status) {
            return std::ranges::all_of(call::k_stages,
                                       [&](Stage stage) { return call.status(stage) == status; });
        };
        if (!fate.is_answered) {
            RC_ASSERT(all(Status::skipped));
            RC_ASSERT(call.reason == call::Reason::no_answer);
        } else if (fate.recordings() == 0) {
            RC_ASSERT(call.status(Stage::recording) == Status::failed ||
                      call.status(Stage::recording) == Status::skipped);
            RC_ASSERT(call.reason.has_value());
        } else if (fate.too_short) {
            RC_ASSERT(all(Status::skipped));
            RC_ASSERT(call.reason == call::Reason::too_short);
        } else {
            RC_ASSERT(all(Status::completed));
            RC_ASSERT(!call.transcript.empty());
            RC_ASSERT(fate.transcriptions == k_parts + fate.unkept);
            RC_ASSERT(!call.summary.empty());
        }
    }

    call::Change decide(const call::Call& call, const call::CallFacts& news, base::Time now) {
        return pipeline::on_news(call, news, now, m_policy);
    }

    void deliver(const call::Delivery& delivery) {
        const std::array batch{delivery};
        m_store.ingest(batch, [this](const auto& call, const auto& news, base::Time now) {
            return decide(call, news, now);
        });
    }

    // What Twilio sends, and its voice webhooks: they are answered whether or not what they bring
    // can be stored. That the database is there for a REST start and away for the TwiML a moment
    // later is left out: then nobody could know of both.
    void hear() {
        for (const call::Delivery& delivery : m_world.arrivals(m_store.now())) {
            deliver(delivery);
        }
        for (Fate* const fate : m_world.voice_requests(m_store.now())) {
            bool taken = false;
            if (fate->by_rest > 0 || m_world.chance(85)) {
                const std::array batch{ModelWorld::voice_delivery(*fate, m_store.now())};
                m_store.ingest(batch, [&](const auto& call, const auto& news, base::Time now) {
                    taken = call::is_taken(call.facts);
                    return decide(call, news, now);
                });
            }
            m_world.execute_twiml(*fate, !taken, m_store.now());
        }
    }

    // The application's own row is the only trace of a call whose webhooks were all lost.
    void host_inserts_what_we_never_heard_of() {
        for (const Fate& fate : m_world.fates()) {
            if (m_store.now() >= fate.ends && !m_store.host(fate.sid)) {
                m_store.insert_host({.call_sid = fate.sid.str(), .created_at = m_store.now()});
            }
        }
    }

    void sweep() {
        m_store.sweep({}, [this](const auto& call, const auto& news, base::Time now) {
            return decide(call, news, now);
        });
    }

    void work() {
        if (m_world.chance(10)) {
            sweep();
        }
        if (m_world.chance(15)) {
            // A worker takes calls and dies: its leases have to run out.
            static_cast<void>(m_store.claim_due({.worker = "dying", .lease = 20s, .limit = 3}));
        }
        if (m_world.chance(60)) {
            drive_all();
        }
    }

    void drive_all() {
        for (auto claims = claim(); !claims.empty(); claims = claim()) {
            try {
                m_driver.drive(std::move(claims.front()));
            } catch (const WorkerDied&) { // its lease has to run out
            }
        }
    }

    std::vector<port::Claim> claim() {
        return m_store.claim_due({.worker = "worker", .lease = 60s, .limit = 1});
    }

    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    ModelWorld m_world;
    pipeline::Policy m_policy{patient()};
    std::shared_ptr<spdlog::logger> m_logger{
        std::make_shared<spdlog::logger>("null", std::make_shared<spdlog::sinks::null_sink_mt>())};
    Driver m_driver{m_store, m_world, m_clock, m_policy, [] { return 0.5; }, m_logger};
};

RC_GTEST_PROP(Drive, BringsEveryCallToItsTrueEndWhateverWasLost, (std::uint32_t seed)) {
    Play play{seed};
    play.run();
    play.check();
}

} // namespace
} // namespace callctl::app
