// A spool in memory, with a disk that can be full.
#pragma once

#include "port/spool.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace callctl::fakes {

class MemorySpool : public port::Spool {
  public:
    base::Result<void> append(std::span<const std::string> records) override {
        if (m_before_append) {
            m_before_append();
        }
        const std::scoped_lock lock{m_mutex};
        if (m_full) {
            return base::fail(base::ErrorKind::conflict, "the spool is full");
        }
        m_records.insert(m_records.end(), records.begin(), records.end());
        m_appends.push_back(records.size());
        return {};
    }
    std::vector<std::string> oldest(std::size_t most) override {
        const std::scoped_lock lock{m_mutex};
        const auto count = static_cast<std::ptrdiff_t>(std::min(most, m_records.size()));
        return {m_records.begin(), m_records.begin() + count};
    }
    void remove(std::size_t count) override {
        const std::scoped_lock lock{m_mutex};
        for (; count > 0 && !m_records.empty(); --count) {
            m_records.pop_front();
        }
    }
    void set_aside_oldest(std::string_view why) override {
        {
            const std::scoped_lock lock{m_mutex};
            m_set_aside.emplace_back(why);
        }
        remove(1);
    }
    Depth depth() const override {
        const std::scoped_lock lock{m_mutex};
        Depth depth{.records = m_records.size()};
        for (const std::string& record : m_records) {
            depth.bytes += record.size();
        }
        return depth;
    }

    void set_full(bool full) {
        const std::scoped_lock lock{m_mutex};
        m_full = full;
    }
    /// To be set before anybody appends.
    void before_append(std::function<void()> listener) { m_before_append = std::move(listener); }
    /// How many records each append had.
    [[nodiscard]] std::vector<std::size_t> appends() const {
        const std::scoped_lock lock{m_mutex};
        return m_appends;
    }
    /// Why each record was set aside.
    [[nodiscard]] std::vector<std::string> set_aside() const {
        const std::scoped_lock lock{m_mutex};
        return m_set_aside;
    }

  private:
    mutable std::mutex m_mutex{};
    std::deque<std::string> m_records{};
    std::vector<std::size_t> m_appends{};
    std::vector<std::string> m_set_aside{};
    bool m_full{false};
    std::function<void()> m_before_append{};
};

} // namespace callctl::fakes
