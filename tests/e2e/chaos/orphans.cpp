#include "e2e/chaos/orphans.hpp"

#include <algorithm>
#include <iostream>

namespace callctl::chaos {
namespace {

constexpr std::chrono::milliseconds k_between_looks{100};
constexpr std::chrono::seconds k_slow{5};
// A database that was restarted is met again by then, by all hosts.
constexpr std::chrono::seconds k_until_back{5};

std::string array_of(const std::vector<std::string>& texts) {
    std::string array = "{";
    for (const std::string& text : texts) {
        array += (array.size() > 1 ? "," : "") + text;
    }
    return array + "}";
}

} // namespace

Orphans::Orphans(std::function<std::string()> url)
    : m_url{std::move(url)}, m_thread{[this](const std::stop_token& stop) {
          Database database{m_url};
          while (!stop.stop_requested()) {
              try {
                  find_new(database);
                  look(database);
              } catch (const std::exception& error) { // the next look may be luckier
                  std::cerr << "chaos: " << error.what() << '\n';
              }
              std::this_thread::sleep_for(k_between_looks);
          }
      }} {}

Orphans::~Orphans() = default;

bool Orphans::are_busy(Database& database, const std::vector<std::string>& workers) {
    return database.value("SELECT EXISTS (SELECT FROM callctl.work"
                          " WHERE lease_owner = ANY ($1::text[]))",
                          {array_of(workers)}) == "t";
}

void Orphans::going(std::vector<std::string> workers, bool orderly) {
    const std::scoped_lock lock{m_mutex};
    m_deaths.push_back(std::make_unique<Death>(
        Death{std::move(workers), orderly && Clock::now() - m_away_at > k_until_back, {}}));
}

void Orphans::gone() {
    const std::scoped_lock lock{m_mutex};
    m_deaths.back()->gone = Clock::now();
}

void Orphans::database_away() {
    const std::scoped_lock lock{m_mutex};
    m_away_at = Clock::now();
    for (const auto& death : m_deaths) {
        const bool is_recent = !death->gone || m_away_at - *death->gone < k_until_back;
        death->orderly = death->orderly && !is_recent;
    }
}

// A statement that was on its way when the worker died may still have been carried out since.
void Orphans::find_new(Database& database) {
    while (true) {
        Death* death = nullptr;
        {
            const std::scoped_lock lock{m_mutex};
            if (m_looked_into == m_deaths.size()) {
                return;
            }
            death = m_deaths[m_looked_into].get();
        }
        const auto left = database.rows("SELECT call_id, lease_token FROM callctl.work"
                                        " WHERE lease_owner = ANY ($1::text[])",
                                        {array_of(death->workers)});
        const std::scoped_lock lock{m_mutex};
        ++m_looked_into;
        for (const Row& row : left) {
            m_open.push_back({row.at(0).value(), row.at(1).value(), death});
        }
    }
}

// An orphan no more: taken by somebody, brought to its end, or given back to wait for a later time.
void Orphans::look(Database& database) {
    std::vector<std::string> calls;
    for (const Orphan& orphan : m_open) {
        calls.push_back(orphan.call);
    }
    if (calls.empty()) {
        return;
    }
    const auto held = database.rows("SELECT call_id, lease_token FROM callctl.work"
                                    " WHERE call_id = ANY ($1::bigint[]) AND due_at IS NOT NULL"
                                    " AND (lease_owner IS NOT NULL OR due_at <= now())",
                                    {array_of(calls)});
    const std::scoped_lock lock{m_mutex};
    std::erase_if(m_open, [&](const Orphan& orphan) {
        if (std::ranges::find(held, Row{orphan.call, orphan.token}) != held.end()) {
            return false;
        }
        const auto now = Clock::now();
        const std::chrono::duration<double> time = now - orphan.death->gone.value_or(now);
        if (orphan.death->orderly && time > k_slow) {
            m_times.slow.push_back("call " + orphan.call + " of " + orphan.death->workers.front());
        }
        (orphan.death->orderly ? m_times.after_stop : m_times.after_kill).push_back(time.count());
        return true;
    });
}

Orphans::Times Orphans::times() const {
    const std::scoped_lock lock{m_mutex};
    Times times = m_times;
    times.open = m_open.size();
    std::ranges::sort(times.after_kill);
    std::ranges::sort(times.after_stop);
    return times;
}

} // namespace callctl::chaos
