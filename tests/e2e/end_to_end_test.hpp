// The real binary, the simulator and a database: what every end-to-end test has.
#pragma once

#include "e2e/held_port.hpp"
#include "e2e/process.hpp"

#include "curl/http_client.hpp"
#include "sim/service.hpp"
#include "support/pg_test.hpp"
#include "support/temporary_folder.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace callctl::e2e {

using sim::Json;
using namespace std::chrono_literals;

inline constexpr const char* k_account = "AC00000000000000000000000000000000";
inline constexpr const char* k_token = "sim-auth-token-5e2c";
inline constexpr const char* k_ai_key = "sk-sim-91f7";
inline constexpr const char* k_public = "https://calls.example.com";
inline constexpr const char* k_all_done = "completed completed completed";
inline constexpr const char* k_all_skipped = "skipped skipped skipped";

/// Fields of a call that is placed: both speak English for half a minute.
[[nodiscard]] Json inbound(const Json& more = Json::object());
[[nodiscard]] Json outbound(const Json& more = Json::object());
/// Somebody else serves its TwiML, so that no recording starts by itself; its progress comes to us.
[[nodiscard]] Json foreign(const Json& more = Json::object());

class EndToEndTest : public test::PgDatabaseTest {
  protected:
    void SetUp() override;
    void TearDown() override;

    // The simulator.
    Json sim(const std::string& method, const std::string& path, const Json& body = nullptr);
    /// The SID of the call.
    std::string place(const Json& call);
    void fault(const Json& fault);
    /// Faults are over, and so is the waiting that they led to.
    void end_faults();
    /// All calls are over, all recordings final, no webhook on its way.
    void wait_for_quiet();
    [[nodiscard]] std::string call_status(const std::string& sid);
    [[nodiscard]] std::size_t recordings_of(const std::string& sid);

    // callctl.
    [[nodiscard]] std::unique_ptr<Process> start(const std::vector<std::string>& arguments,
                                                 const Environment& more = {});
    Finished run(const std::vector<std::string>& arguments, const Environment& more = {});
    Finished reconcile();
    /// serve-webhooks, ready when this returns; stopped with the test.
    Process& serve(const std::vector<std::string>& arguments = {});
    Finished stop_server();
    /// An answered call that is over and on the schedule; nobody has driven it, no server runs.
    std::string ended_call(const Json& call = inbound());
    /// From the server's admin listener.
    [[nodiscard]] base::HttpResponse admin(const std::string& path);
    /// As Twilio would send it, with the right signature.
    [[nodiscard]] base::Result<base::HttpResponse> post_webhook(const std::string& path,
                                                                const sim::Fields& fields);

    // The database.
    /// The three statuses; with " + due" while the call is on the schedule. Empty: no such call.
    [[nodiscard]] std::string standing(const std::string& sid);
    /// A column of callctl.work.
    [[nodiscard]] std::string work(const std::string& sid, const std::string& column);
    /// A column of call_log.
    [[nodiscard]] std::string row(const std::string& sid, const std::string& column);
    [[nodiscard]] bool reaches(const std::string& sid, const std::string& expected);
    /// Every back-off and every provider's pause is over, as when time had passed.
    void let_pauses_pass();
    /// Every lease has run out, as when its worker had been dead for a minute.
    void let_leases_run_out();
    /// As if the calls had happened that much earlier, in PostgreSQL's words.
    void let_time_pass(const std::string& interval);
    /// What callctl knows of a call, for messages.
    [[nodiscard]] std::string story(const std::string& sid);

    Environment m_environment;
    HeldPort m_held_port{};
    HeldPort m_held_admin_port{};
    std::uint16_t m_port{m_held_port.number()};
    std::uint16_t m_admin_port{m_held_admin_port.number()};
    std::unique_ptr<support::TemporaryFolder> m_folder;
    std::unique_ptr<sim::Service> m_simulator;
    std::unique_ptr<Process> m_server;
    curl::CurlHttpClient m_http;
    double m_time_scale{50.0};
    std::size_t m_most_recordings{1}; ///< of a call; more where the test makes them itself

  private:
    /// No token, key, number or spoken word in any output of any process.
    void expect_nothing_secret_was_said() const;
    /// Whatever happened: what is off the schedule is in an end state, with the reason for it.
    void expect_no_call_is_stuck();
    void expect_no_call_was_recorded_twice();

    int m_started{0};
};

} // namespace callctl::e2e
