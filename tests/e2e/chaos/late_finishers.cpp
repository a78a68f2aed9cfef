// callctl-late-finishers: workers whose lease ran out, whose call another one has, and who write
// all the same. Every write must be refused and change nothing, which is looked at from outside.
#include "e2e/chaos/database.hpp"

#include "pg/call_store.hpp"
#include "pg/pool.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace callctl::chaos {
namespace {

using call::Stage;
using call::Status;

constexpr const char* k_image =
    "SELECT w::text, l::text,"
    " (SELECT string_agg(a::text, ' ' ORDER BY attempt_id) FROM callctl.attempt a"
    "  WHERE a.call_id = w.call_id),"
    " (SELECT count(*) FROM callctl.artefact f WHERE f.call_id = w.call_id),"
    " (SELECT count(*) FROM callctl.piece p WHERE p.call_id = w.call_id)"
    " FROM callctl.work w JOIN call_log l ON l.id = w.call_log_id WHERE w.call_sid = $1";

call::Change finished() {
    call::Change change{.stage = Stage::summary, .attempts = 0};
    change.statuses[static_cast<std::size_t>(Stage::transcript)] = Status::completed;
    change.attempt = call::AttemptEnd{.requests = 1};
    change.artefacts = {{.stage = Stage::transcript, .text = "[00:00] late: words"}};
    return change;
}

call::Piece paid_for() {
    return {.stage = Stage::transcript, .key = std::string(64, 'a'), .document = "{}"};
}

/// What a late finisher does, and whether it was told to drop its result.
struct LateWrite {
    const char* name;
    bool (*is_refused)(port::CallStore& store, const port::Lease& lease);
};

constexpr std::array k_writes{
    LateWrite{"begin_attempt",
              [](port::CallStore& store, const port::Lease& lease) {
                  return store.begin_attempt(lease, Stage::transcript, 1'000) ==
                         port::Written::superseded;
              }},
    LateWrite{"write",
              [](port::CallStore& store, const port::Lease& lease) {
                  return store.write(lease, finished()) == port::Written::superseded;
              }},
    LateWrite{"advance",
              [](port::CallStore& store, const port::Lease& lease) {
                  const auto begins = [](const call::Call& /*call*/) { return true; };
                  return !store.advance(lease, finished(), begins).has_value();
              }},
    LateWrite{"finish",
              [](port::CallStore& store, const port::Lease& lease) {
                  return store.finish(lease, finished()).written == port::Written::superseded;
              }},
    LateWrite{"keep_piece",
              [](port::CallStore& store, const port::Lease& lease) {
                  return store.keep_piece(lease, paid_for()) == port::Written::superseded;
              }},
    LateWrite{"reread", [](port::CallStore& store,
                           const port::Lease& lease) { return !store.reread(lease).has_value(); }},
    LateWrite{"renew",
              [](port::CallStore& store, const port::Lease& lease) {
                  return store.renew({&lease, 1}, std::chrono::hours{1}, {}).size() == 1;
              }},
    // Nobody is told; nothing must have changed.
    LateWrite{"release",
              [](port::CallStore& store, const port::Lease& lease) {
                  store.release(lease);
                  return true;
              }},
    LateWrite{"set_aside",
              [](port::CallStore& store, const port::Lease& lease) {
                  store.set_aside(lease, {"late", std::chrono::hours{1}});
                  return true;
              }},
};

class LateFinisher {
  public:
    LateFinisher(port::CallStore& store, std::string url, base::CallSid sid)
        : m_store{store}, m_database{[url = std::move(url)] { return url; }}, m_sid{
                                                                                  std::move(sid)} {}

    /// One late write; true if it was refused and nothing changed.
    bool is_refused(const LateWrite& write) {
        const auto late = claim("late");
        m_database.rows("UPDATE callctl.work SET lease_until = now() WHERE call_sid = $1",
                        {m_sid.str()});
        const auto present = claim("present");
        const auto before = m_database.rows(k_image, {m_sid.str()});
        const bool refused = write.is_refused(m_store, late);
        const bool unchanged = m_database.rows(k_image, {m_sid.str()}) == before;
        m_store.release(present);
        return refused && unchanged;
    }

  private:
    port::Lease claim(const std::string& worker) {
        const auto claimed = m_store.claim_call(m_sid, {.worker = worker});
        if (!claimed) {
            throw std::runtime_error{"no claim: " + claimed.error().message};
        }
        return claimed->lease;
    }

    port::CallStore& m_store;
    Database m_database;
    base::CallSid m_sid;
};

base::CallSid make_call(Database& database, int number) {
    const std::string sid = fmt::format("CA{:032}", number);
    database.rows("INSERT INTO call_log (call_sid, call_status, recording_sid, recording_url,"
                  " recording_status, transcript_status, summary_status, created_at)"
                  " VALUES ($1, 'completed', 'RE' || repeat('1', 32), 'https://api.twilio.com/x',"
                  " 'completed', 'pending', 'pending', now() AT TIME ZONE 'UTC')",
                  {sid});
    return base::CallSid::parse(sid).value();
}

int run(int writes, const std::string& url) {
    constexpr int k_threads = 2;
    pg::Pool pool{{.conninfo = base::Secret{url}}, {.max_connections = k_threads}};
    pg::PgCallStore store{pool};
    Database database{[&url] { return url; }};
    std::vector<base::CallSid> calls;
    for (int i = 0; i < k_threads; ++i) {
        calls.push_back(make_call(database, i));
    }
    store.sweep({}, [](const auto&, const auto&, auto) { return call::Change{}; });
    std::array<std::atomic<int>, k_writes.size()> tried{};
    std::array<std::atomic<int>, k_writes.size()> accepted{};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < k_threads; ++i) {
            threads.emplace_back([&, i] {
                LateFinisher finisher{store, url, calls.at(static_cast<std::size_t>(i))};
                for (int n = i; n < writes; n += k_threads) {
                    const auto kind = static_cast<std::size_t>(n / k_threads) % k_writes.size();
                    ++tried.at(kind);
                    accepted.at(kind) += finisher.is_refused(k_writes.at(kind)) ? 0 : 1;
                }
            });
        }
    }
    int sum = 0;
    for (std::size_t i = 0; i < k_writes.size(); ++i) {
        sum += accepted.at(i);
        std::cerr << fmt::format("late-finishers: {:<14} {} of {} accepted\n", k_writes.at(i).name,
                                 accepted.at(i).load(), tried.at(i).load());
    }
    fmt::print("{:<42} {:<44} {:<8} {}\n", "writes of forced late finishers accepted",
               fmt::format("{} of {}", sum, writes), "0", sum == 0 ? "holds" : "BROKEN");
    return sum == 0 ? 0 : 1;
}

} // namespace
} // namespace callctl::chaos

int main(int argc, char** argv) {
    try {
        CLI::App app{"Writes under leases that ran out, on the database of DATABASE_URL."};
        int writes = 10'000;
        app.add_option("--writes", writes)->capture_default_str();
        CLI11_PARSE(app, argc, argv);
        const char* const url = std::getenv("DATABASE_URL");
        return callctl::chaos::run(writes, url == nullptr ? "" : url);
    } catch (const std::exception& error) {
        std::cerr << "late-finishers: " << error.what() << '\n';
        return 2;
    }
}
