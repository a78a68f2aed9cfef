#include "app/drive.hpp"

#include "app/breaker.hpp"
#include "app/leased_shelf.hpp"
#include "app/patience.hpp"
#include "pipeline/decide.hpp"
#include "pipeline/outcome.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>
#include <vector>

namespace callctl::app {
namespace {

using pipeline::Step;
using port::Written;

// More turns than any call needs; beyond it the call waits for its next turn like any other.
constexpr int k_most_turns = 16;
// From one to two of these until a place is asked for again.
constexpr int k_for_a_place_ms{1'000};

// Asking Twilio how things are is no attempt at anything.
bool is_in_history(const Step& step) {
    return !std::holds_alternative<pipeline::Observe>(step);
}

bool is_of_a_text(const Step& step) {
    return std::holds_alternative<pipeline::Transcribe>(step) ||
           std::holds_alternative<pipeline::Summarise>(step);
}

StepResult stopped(const Step& step) {
    const auto unasked = pipeline::providers_of(step);
    return {.outcome = base::fail(
                call::Failure{.reason = call::Reason::interrupted,
                              .detail = "a stop was asked for before the request was sent"}),
            .unasked = {unasked.begin(), unasked.end()}};
}

} // namespace

struct Driver::Turn {
    port::Lease lease;
    call::Call call;
    std::optional<call::Stage> only{}; ///< no other stage is begun
    int left{k_most_turns};
    DriveReport report{};
    bool begun{false};       ///< the attempt of the next step is
    base::Time decided_at{}; ///< where it is, when that was decided: a provider may close meanwhile
    bool given_back{false};
};

Driver::Driver(port::CallStore& store, StepRunner& runner, port::Clock& clock,
               pipeline::Policy policy, Dice dice, std::shared_ptr<spdlog::logger> logger)
    : m_store{store}, m_runner{runner}, m_clock{clock}, m_policy{policy}, m_dice{std::move(dice)},
      m_logger{std::move(logger)} {}

DriveReport Driver::drive(port::Claim claim, std::optional<call::Stage> only) const {
    DriveReport report = try_drive(std::move(claim), only);
    if (report.fault) {
        std::rethrow_exception(report.fault);
    }
    return report;
}

DriveReport Driver::try_drive(port::Claim claim, std::optional<call::Stage> only) const {
    Turn turn{claim.lease, std::move(claim.call), only};
    try {
        drive(turn);
    } catch (...) {
        turn.report.fault = std::current_exception();
    }
    return std::move(turn.report);
}

void Driver::drive(Turn& turn) const {
    for (; turn.left > 0; --turn.left) {
        if (m_clock.stopping() && !turn.begun) {
            turn.report.handed_back = true;
            break;
        }
        if (!catch_up(turn) || (turn.only && turn.call.stage != *turn.only) || !take_step(turn)) {
            break;
        }
    }
    if (!turn.report.superseded) {
        if (!turn.given_back) {
            m_store.release(turn.lease);
        }
        turn.report.call = std::move(turn.call);
    }
}

// The schedule follows when the host or news have moved the call on. False: the lease is lost.
bool Driver::catch_up(Turn& turn) const {
    const auto change = pipeline::caught_up(turn.call, m_store.now());
    return !turn.call.due_at || !change || advance(turn, *change, {});
}

// One decision carried out, and the call as it is then. False: nothing more can be done now.
bool Driver::take_step(Turn& turn) const {
    const base::Time now = m_store.now();
    const Step step = pipeline::next_step(turn.call, now, m_policy);
    if (!pipeline::providers_of(step).empty()) {
        return ask(turn, step);
    }
    return move_on(turn, pipeline::change_of(turn.call, step, now), now);
}

/// The place that a step has at a provider that is asked only so often at a time.
class Driver::HeldPlace {
  public:
    HeldPlace(const Driver& driver, const Turn& turn, call::Provider provider)
        : m_driver{driver}, m_turn{turn},
          m_provider{provider}, m_places{driver.m_policy.limits_of(provider).concurrency} {}
    HeldPlace(const HeldPlace&) = delete;
    HeldPlace& operator=(const HeldPlace&) = delete;
    ~HeldPlace() {
        if (m_taken) {
            leave();
        }
    }

    /// False: all are taken.
    [[nodiscard]] bool take() {
        if (m_places == 0) {
            return true;
        }
        m_taken = m_driver.m_store.take_place(m_turn.lease, m_provider, m_places);
        return m_taken;
    }

  private:
    // One that cannot be left now is free when the call is given back or its lease ends.
    void leave() const noexcept {
        try {
            m_driver.m_store.leave_place(m_turn.lease, m_provider);
        } catch (const std::exception& error) {
            m_driver.m_logger->warn("place_kept call={} provider={} error=\"{}\"",
                                    m_turn.call.sid.str(), call::to_string(m_provider),
                                    error.what());
        }
    }

    const Driver& m_driver;
    const Turn& m_turn;
    call::Provider m_provider;
    int m_places;
    bool m_taken{false};
};

// Nobody is asked now; the call has its turn again at `until`.
bool Driver::put_off(Turn& turn, call::Reason reason, base::Time until, base::Time now) const {
    const pipeline::Wait wait{until, reason,
                              turn.call.status(turn.call.stage).value_or(call::Status::pending)};
    return move_on(turn, pipeline::change_of(turn.call, wait, now), now);
}

bool Driver::ask(Turn& turn, const Step& step) const {
    const base::Time before = m_store.now();
    Breaker breaker{m_store, m_policy};
    if (std::exchange(turn.begun, false)) {
        return run(turn, step, turn.decided_at, breaker);
    }
    HeldPlace place{*this, turn, pipeline::providers_of(step).front()};
    if (!place.take()) {
        turn.report.found_no_place = true;
        const std::chrono::milliseconds pause{
            static_cast<int>(k_for_a_place_ms * (1.0 + m_dice()))};
        return put_off(turn, call::Reason::rate_limited, before + pause, before);
    }
    if (const auto until = breaker.closed_until(pipeline::providers_of(step), before)) {
        return put_off(turn, call::Reason::provider_closed, *until, before);
    }
    if (is_in_history(step)) {
        const Written begun = begin(turn, turn.call.stage);
        if (begun != Written::done) {
            breaker.note_nothing();
            return begun == Written::outdated && read_again(turn);
        }
    }
    return run(turn, step, before, breaker);
}

// The step itself, whose attempt is open.
bool Driver::run(Turn& turn, const Step& step, base::Time before, Breaker& breaker) const {
    const call::Stage stage = turn.call.stage;
    LeasedShelf shelf{m_store, m_clock, *m_logger, turn.call.sid, turn.lease};
    const auto part_done = [&](call::Provider provider) {
        patiently(m_clock, *m_logger, turn.call.sid, [&] {
            breaker.note_success({&provider, 1}, before);
        });
    };
    const StepResult result = m_clock.stopping()
                                  ? stopped(step)
                                  : m_runner.run(step, turn.call, before, shelf, part_done);
    if (shelf.kept() > 0) {
        // It got further: what comes next is not another try of the same.
        turn.call.crashes = 0;
        turn.call.attempts = 0;
    }
    ++turn.report.steps;
    turn.report.requests += result.usage.requests;
    turn.report.cost_micros += result.usage.cost_micros;
    int failures = 0;
    patiently(m_clock, *m_logger, turn.call.sid,
              [&] { failures = note(breaker, step, result, before); });

    base::Time now{};
    patiently(m_clock, *m_logger, turn.call.sid, [&] { now = m_store.now(); });
    call::Change change = pipeline::after(turn.call, step, result.outcome, result.usage,
                                          {now, m_policy, m_dice(), failures});
    if (!is_in_history(step)) {
        change.attempt = std::nullopt;
    }
    m_logger->log(result.outcome ? spdlog::level::info : spdlog::level::warn,
                  "step call={} stage={} step={} attempt={} result={} detail=\"{}\"",
                  turn.call.sid.str(), call::to_string(stage), pipeline::name_of(step),
                  turn.call.attempts + 1,
                  result.outcome ? "ok" : call::to_string(result.outcome.error().reason),
                  result.outcome ? "" : result.outcome.error().detail);
    return move_on(turn, change, now);
}

// Opens the attempt.
Written Driver::begin(Turn& turn, call::Stage stage) const {
    const Written begun = m_store.begin_attempt(turn.lease, stage, turn.call.news);
    turn.report.superseded = begun == Written::superseded;
    if (begun == Written::done && stage != call::Stage::recording) {
        turn.call.statuses[static_cast<std::size_t>(stage)] = call::Status::processing;
    }
    if (begun == Written::refused) {
        turn.call = m_store.reread(turn.lease).value_or(turn.call);
        log_refusal(turn);
    }
    return begun;
}

void Driver::log_refusal(const Turn& turn) const {
    m_logger->error("row_refused call={} stage={} error=\"{}\"", turn.call.sid.str(),
                    call::to_string(turn.call.stage), turn.call.detail);
}

// What the world has made of the call meanwhile. False when the lease is not ours any more.
bool Driver::read_again(Turn& turn) const {
    auto fresh = m_store.reread(turn.lease);
    turn.report.superseded = !fresh;
    turn.call = std::move(fresh).value_or(turn.call);
    return !turn.report.superseded;
}

// Whether nothing but the call decides if its next step is taken, so that its attempt can begin
// with the write that leads to it: no place has to be had at the provider, whose breaker is shut
// for nobody.
port::CallStore::BeginsNext Driver::begins_next(const Turn& turn, base::Time now) const {
    if (turn.left <= 1 || m_clock.stopping()) {
        return {};
    }
    return [this, now, only = turn.only,
            closed = Breaker{m_store, m_policy}.troubled()](const call::Call& call) {
        const auto is_closed = [&](call::Provider provider) {
            return std::ranges::find(closed, provider) != closed.end();
        };
        const Step step = pipeline::next_step(call, now, m_policy);
        const auto providers = pipeline::providers_of(step);
        return !(only && call.stage != *only) && !pipeline::caught_up(call, now) &&
               is_of_a_text(step) && m_policy.limits_of(providers.front()).concurrency == 0 &&
               std::ranges::none_of(providers, is_closed);
    };
}

// Fenced. A call that is not due any more is given back with it. False: it is not ours then.
bool Driver::move_on(Turn& turn, const call::Change& change, base::Time now) const {
    if (change.due_at && *change.due_at <= now) {
        turn.decided_at = now;
        return advance(turn, change, begins_next(turn, now));
    }
    turn.given_back = true;
    finish(turn, change);
    return false;
}

void Driver::finish(Turn& turn, const call::Change& change) const {
    port::Finished finished;
    patiently(m_clock, *m_logger, turn.call.sid,
              [&] { finished = m_store.finish(turn.lease, change); });
    if (finished.written != Written::done) {
        lose(turn, change);
        return;
    }
    leave(turn, change,
          finished.call ? std::move(*finished.call) : call::applied(turn.call, change));
}

// False when the lease is not ours any more.
bool Driver::advance(Turn& turn, const call::Change& change,
                     const port::CallStore::BeginsNext& begins_next) const {
    std::optional<port::Advanced> after;
    patiently(m_clock, *m_logger, turn.call.sid,
              [&] { after = m_store.advance(turn.lease, change, begins_next); });
    if (!after) {
        return lose(turn, change);
    }
    turn.begun = after->begun;
    leave(turn, change, std::move(after->call));
    return true;
}

// Which may be otherwise than the change has it: the host has its say, too.
void Driver::leave(Turn& turn, const call::Change& change, call::Call call) const {
    turn.call = std::move(call);
    if (turn.call.reason == call::Reason::rejected && change.reason != call::Reason::rejected) {
        log_refusal(turn);
    }
}

bool Driver::lose(Turn& turn, const call::Change& change) const {
    turn.report.superseded = true;
    m_logger->warn("superseded call={} stage={} token={}", turn.call.sid.str(),
                   call::to_string(change.stage), turn.lease.token);
    return false;
}

// How often in a row the provider had failed before.
int Driver::note(Breaker& breaker, const Step& step, const StepResult& result, base::Time asked) {
    breaker.note_nothing(result.unasked);
    if (result.outcome) {
        std::vector<call::Provider> worked;
        std::ranges::copy_if(
            pipeline::providers_of(step), std::back_inserter(worked), [&](call::Provider provider) {
                return std::ranges::find(result.unasked, provider) == result.unasked.end();
            });
        breaker.note_success(worked, asked);
        return 0;
    }
    const call::Failure& failure = result.outcome.error();
    return breaker.note_failure(failure.provider.value_or(pipeline::providers_of(step).front()),
                                failure, asked);
}

} // namespace callctl::app
