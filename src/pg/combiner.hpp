// Requests of many threads become one transaction: what waits while one runs is the next one's.
#pragma once

#include "pg/errors.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>
#include <utility>
#include <vector>

namespace callctl::pg {

enum class Patience {
    little, ///< others wait for this transaction
    full,   ///< nobody does
};

/// Flat combining (Hendler, Incze, Shavit, Tzafrir 2010): there is no thread of its own; one of
/// those that wait carries out what all of them want. Alone, a request waits for nobody.
///
/// \tparam Request,Answer copyable
template <class Request, class Answer>
class Combiner {
  public:
    /// Answers in the order of the requests. What it throws is for all of them; but where
    /// PostgreSQL gives a statement up (BusyError), or refuses one of several (SqlError), each
    /// thread carries out its own request alone: others must not suffer for one row.
    using Work = std::function<std::vector<Answer>(std::span<const Request>, Patience)>;

    struct Limits {
        std::size_t transactions{1}; ///< under way at a time, of requests together
        std::size_t requests{64};    ///< of one transaction
        std::ptrdiff_t alone{2};     ///< requests carried out alone at a time
    };

    Combiner(Limits limits, Work work)
        : m_limits{limits}, m_work{std::move(work)}, m_alone{limits.alone} {}
    Combiner(const Combiner&) = delete;
    Combiner& operator=(const Combiner&) = delete;
    ~Combiner() = default;

    /// Returns when it is carried out. From any thread, but not from within `work`.
    Answer ask(Request request) {
        const auto entry = std::make_shared<Entry>(std::move(request));
        enter(entry);
        if (entry->await() == State::leads) {
            run(std::exchange(entry->batch, {}));
        }
        if (entry->await() == State::alone) {
            return carry_out_alone(*entry);
        }
        if (entry->error) {
            std::rethrow_exception(entry->error);
        }
        return std::move(*entry->answer);
    }

    /// Requests that are not under way yet.
    [[nodiscard]] std::size_t waiting() const {
        const std::scoped_lock lock{m_mutex};
        return m_waiting.size();
    }

  private:
    enum class State { waiting, leads, done, alone };
    // Waited for by a condition variable of its own: std::atomic::wait of libstdc++ yields the
    // processor several times before it sleeps, which hundreds of threads pay for.
    struct Entry {
        explicit Entry(Request what) : request{std::move(what)} {}

        /// Anything but `waiting`.
        State await() {
            std::unique_lock lock{m_mutex};
            m_changed.wait(lock, [this] { return m_state != State::waiting; });
            return m_state;
        }
        void become(State state) {
            {
                const std::scoped_lock lock{m_mutex};
                m_state = state;
            }
            m_changed.notify_one(); // whoever is woken finds the lock free
        }

        Request request;
        std::optional<Answer> answer{};
        std::exception_ptr error{};
        std::vector<std::shared_ptr<Entry>> batch{}; ///< of who leads

      private:
        std::mutex m_mutex{};
        std::condition_variable m_changed{};
        State m_state{State::waiting};
    };
    // Shared with its thread, which may be gone as soon as the state is another.
    using Batch = std::vector<std::shared_ptr<Entry>>;

    void enter(const std::shared_ptr<Entry>& entry) {
        const std::scoped_lock lock{m_mutex};
        m_waiting.push_back(entry);
        if (m_running < m_limits.transactions) { // then nobody waits but this one
            ++m_running;
            appoint();
        }
    }

    // Who waits longest carries out what waits; its own request is among it. Under the lock.
    void appoint() {
        const auto count = std::min(m_waiting.size(), m_limits.requests);
        const auto end = m_waiting.begin() + static_cast<std::ptrdiff_t>(count);
        Batch batch{std::make_move_iterator(m_waiting.begin()), std::make_move_iterator(end)};
        m_waiting.erase(m_waiting.begin(), end);
        const auto leader = batch.front();
        leader->batch = std::move(batch);
        leader->become(State::leads);
    }

    void run(const Batch& batch) {
        carry_out(batch);
        {
            const std::scoped_lock lock{m_mutex};
            if (m_waiting.empty()) {
                --m_running;
            } else {
                appoint();
            }
        }
        for (const auto& entry : batch) {
            entry->become(entry->answer || entry->error ? State::done : State::alone);
        }
    }

    // Leaves every one with an answer or an error, or all without.
    void carry_out(const Batch& batch) {
        try {
            std::vector<Request> requests;
            requests.reserve(batch.size());
            for (const auto& entry : batch) {
                requests.push_back(entry->request);
            }
            auto answers = m_work(requests, Patience::little);
            for (std::size_t i = 0; i < batch.size(); ++i) {
                batch[i]->answer.emplace(std::move(answers.at(i)));
            }
        } catch (const BusyError& /*each alone*/) {
        } catch (const SqlError& /*each alone*/) {
            if (batch.size() == 1) {
                fail(batch, std::current_exception());
            }
        } catch (...) {
            fail(batch, std::current_exception());
        }
    }

    Answer carry_out_alone(const Entry& entry) {
        m_alone.acquire();
        try {
            auto answers = m_work(std::span{&entry.request, 1}, Patience::full);
            m_alone.release();
            return std::move(answers.at(0));
        } catch (...) {
            m_alone.release();
            throw;
        }
    }

    static void fail(const Batch& batch, const std::exception_ptr& error) {
        for (const auto& entry : batch) {
            entry->answer.reset();
            entry->error = error;
        }
    }

    Limits m_limits;
    Work m_work;
    std::counting_semaphore<> m_alone;
    mutable std::mutex m_mutex{};
    Batch m_waiting{};
    std::size_t m_running{0};
};

} // namespace callctl::pg
