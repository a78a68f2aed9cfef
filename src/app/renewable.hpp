// A value that is exchanged while others use it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace callctl::app {

/// Callable from any thread. Who has taken the value keeps it as it was then.
template <class Value>
class Renewable {
  public:
    explicit Renewable(Value value) : m_value{std::make_shared<const Value>(std::move(value))} {}

    [[nodiscard]] std::shared_ptr<const Value> get() const {
        const std::scoped_lock lock{m_mutex};
        return m_value;
    }
    void set(Value value) {
        auto fresh = std::make_shared<const Value>(std::move(value));
        const std::scoped_lock lock{m_mutex};
        m_value.swap(fresh);
    }

  private:
    mutable std::mutex m_mutex{};
    std::shared_ptr<const Value> m_value;
};

} // namespace callctl::app
