#include "e2e/end_to_end_test.hpp"

#include "sim/digest.hpp"

#include <csignal>
#include <stdexcept>

namespace callctl::e2e {
namespace {

Json joined(Json call, const Json& more) {
    call.update(more);
    return call;
}

const std::string k_hook = std::string{k_public} + "/webhook";
const Json k_all_events = Json::array({"initiated", "ringing", "answered", "completed"});

} // namespace

Json inbound(const Json& more) {
    return joined({{"direction", "inbound"},
                   {"voice_url", k_hook + "/incoming_call"},
                   {"status_callback", k_hook + "/call_status"},
                   {"dialogue", "en-appointment"}},
                  more);
}

Json outbound(const Json& more) {
    return joined({{"direction", "outbound"},
                   {"voice_url", k_hook + "/outbound_call"},
                   {"status_callback", k_hook + "/call_status"},
                   {"status_callback_events", k_all_events},
                   {"dialogue", "en-appointment"}},
                  more);
}

Json foreign(const Json& more) {
    return joined({{"direction", "outbound"},
                   {"twiml", "<Response><Connect><Stream url=\"wss://other.example.com/s\"/>"
                             "</Connect></Response>"},
                   {"status_callback", k_hook + "/call_status"},
                   {"status_callback_events", k_all_events},
                   {"dialogue", "en-appointment"}},
                  more);
}

void EndToEndTest::SetUp() {
    PgDatabaseTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
        return;
    }
    m_folder = std::make_unique<support::TemporaryFolder>();
    m_simulator = std::make_unique<sim::Service>(sim::ServiceOptions{
        .simulator = {.account_sid = k_account,
                      .auth_token = k_token,
                      .ai_key = k_ai_key,
                      .time_scale = m_time_scale,
                      .rewrites = {{k_public, "http://127.0.0.1:" + std::to_string(m_port)}}}});
    m_environment = {{"TWILIO_ACCOUNT_SID", k_account},
                     {"TWILIO_AUTH_TOKEN", k_token},
                     {"TWILIO_API_BASE_URL", m_simulator->url()},
                     {"OPENAI_API_KEY", k_ai_key},
                     {"OPENAI_BASE_URL", m_simulator->url() + "/v1"},
                     {"CALLCTL_TRANSCRIPT_MODEL", "whisper-1"},
                     {"CALLCTL_TRANSCRIPT_RESPONSE_FORMAT", "verbose_json"},
                     {"CALLCTL_SUMMARY_MODEL", "gpt-6-luna"},
                     {"CALLCTL_PUBLIC_URL", k_public},
                     {"CALLCTL_STREAM_URL", "wss://agent.example.com/stream"},
                     {"CALLCTL_LISTEN", "127.0.0.1:" + std::to_string(m_port)},
                     {"CALLCTL_ADMIN_LISTEN", "127.0.0.1:" + std::to_string(m_admin_port)},
                     {"CALLCTL_STATE_DIR", m_folder->path()},
                     // the calls go through much faster than real ones
                     {"CALLCTL_TWIML_GRACE", "200ms"}};
    m_environment.merge(least_environment(connect_options().conninfo.reveal(), m_folder->path()));
}

void EndToEndTest::TearDown() {
    m_server.reset();
    if (m_folder) {
        expect_nothing_secret_was_said();
        expect_no_call_is_stuck();
        expect_no_call_was_recorded_twice();
    }
    m_simulator.reset();
    m_folder.reset();
    PgDatabaseTest::TearDown();
}

void EndToEndTest::expect_nothing_secret_was_said() const {
    for (const std::string& name : m_folder->names()) {
        if (!name.starts_with("process-")) {
            continue;
        }
        const std::string said = m_folder->read(name);
        for (const char* const secret : {k_token, k_ai_key, "+9725012345", "97231234567",
                                         "Sarah Miller", "yearly inspection", "Harbour Garage"}) {
            EXPECT_EQ(said.find(secret), std::string::npos) << secret << " in " << said;
        }
    }
}

void EndToEndTest::expect_no_call_is_stuck() {
    EXPECT_EQ(value("SELECT string_agg(concat_ws(' ', w.call_sid, c.recording_status,"
                    " c.transcript_status, c.summary_status, w.reason), '; ')"
                    " FROM callctl.work w JOIN call_log c ON c.id = w.call_log_id,"
                    " concat_ws(' ', c.recording_status, c.transcript_status, c.summary_status) s"
                    " WHERE w.due_at IS NULL AND s <> 'completed completed completed' AND"
                    " (w.reason IS NULL OR s !~ '^(completed ){0,2}(failed|skipped)')"),
              "");
}

void EndToEndTest::expect_no_call_was_recorded_twice() {
    const Json state = sim("GET", "/state");
    ASSERT_TRUE(state.contains("calls"));
    for (const Json& call : state["calls"]) {
        EXPECT_LE(call["recordings"].size(), m_most_recordings) << call;
    }
}

Json EndToEndTest::sim(const std::string& method, const std::string& path, const Json& body) {
    const auto answer = m_http.send({.method = method,
                                     .url = m_simulator->url() + "/sim" + path,
                                     .body = body.is_null() ? std::string{} : body.dump(),
                                     .timeout = 60s});
    if (!answer) {
        throw std::runtime_error{"the simulator does not answer: " + answer.error().message};
    }
    if (answer->status >= 300) {
        throw std::runtime_error{"the simulator refuses " + path + ": " + answer->body};
    }
    return Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
}

std::string EndToEndTest::place(const Json& call) {
    return sim("POST", "/calls", call)["call_sid"];
}

void EndToEndTest::fault(const Json& fault) {
    sim("POST", "/faults", fault);
}

void EndToEndTest::end_faults() {
    sim("DELETE", "/faults");
    let_pauses_pass();
}

void EndToEndTest::wait_for_quiet() {
    sim("GET", "/quiet");
}

std::string EndToEndTest::call_status(const std::string& sid) {
    return sim("GET", "/calls/" + sid)["status"];
}

std::size_t EndToEndTest::recordings_of(const std::string& sid) {
    return sim("GET", "/calls/" + sid)["recordings"].size();
}

std::unique_ptr<Process> EndToEndTest::start(const std::vector<std::string>& arguments,
                                             const Environment& more) {
    Environment environment = m_environment;
    for (const auto& [name, value] : more) {
        environment[name] = value;
    }
    return std::make_unique<Process>(CALLCTL_BINARY, arguments, environment,
                                     m_folder->path("process-" + std::to_string(++m_started)));
}

Finished EndToEndTest::run(const std::vector<std::string>& arguments, const Environment& more) {
    return start(arguments, more)->wait();
}

Finished EndToEndTest::reconcile() {
    return run({"reconcile", "--until-idle", "--max-runtime", "40s"});
}

Process& EndToEndTest::serve(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{"serve-webhooks"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    m_server = start(words);
    const bool ready = eventually([this] {
        const auto answer =
            m_http.send({.url = "http://127.0.0.1:" + std::to_string(m_admin_port) + "/readyz"});
        return !m_server->running() || (answer && answer->status == 200);
    });
    if (!ready || !m_server->running()) {
        throw std::runtime_error{"serve-webhooks is not ready: " + m_server->err()};
    }
    return *m_server;
}

Finished EndToEndTest::stop_server() {
    m_server->signal(SIGTERM);
    return m_server->wait(10s);
}

std::string EndToEndTest::ended_call(const Json& call) {
    serve({"--workers", "0"});
    std::string sid = place(call);
    wait_for_quiet();
    stop_server();
    return sid;
}

base::HttpResponse EndToEndTest::admin(const std::string& path) {
    auto answer = m_http.send({.url = "http://127.0.0.1:" + std::to_string(m_admin_port) + path});
    if (!answer) {
        throw std::runtime_error{"the admin listener does not answer: " + answer.error().message};
    }
    return std::move(*answer);
}

base::Result<base::HttpResponse> EndToEndTest::post_webhook(const std::string& path,
                                                            const sim::Fields& fields) {
    return m_http.send(
        {.method = "POST",
         .url = "http://127.0.0.1:" + std::to_string(m_port) + path,
         .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"},
                     {"X-Twilio-Signature",
                      sim::twilio_signature(k_token, k_public + path, fields)}},
         .body = sim::encode_fields(fields)});
}

std::string EndToEndTest::standing(const std::string& sid) {
    const auto rows = exec("SELECT concat_ws(' ', c.recording_status, c.transcript_status,"
                           " c.summary_status) || CASE WHEN w.call_id IS NULL THEN ' + unknown'"
                           " WHEN w.due_at IS NULL THEN '' ELSE ' + due' END"
                           " FROM call_log c LEFT JOIN callctl.work w ON w.call_log_id = c.id"
                           " WHERE c.call_sid = $1",
                           {pg::param(sid)});
    return rows.empty() ? std::string{} : rows.one().at(0).text();
}

std::string EndToEndTest::work(const std::string& sid, const std::string& column) {
    return value("SELECT " + column + "::text FROM callctl.work WHERE call_sid = $1",
                 {pg::param(sid)});
}

std::string EndToEndTest::row(const std::string& sid, const std::string& column) {
    return value("SELECT " + column + "::text FROM call_log WHERE call_sid = $1", {pg::param(sid)});
}

bool EndToEndTest::reaches(const std::string& sid, const std::string& expected) {
    return eventually([&] { return standing(sid) == expected; });
}

void EndToEndTest::let_pauses_pass() {
    exec("UPDATE callctl.work SET due_at = now() WHERE due_at > now()");
    exec("UPDATE callctl.provider SET closed_until = NULL, failures = 0");
}

void EndToEndTest::let_leases_run_out() {
    exec("UPDATE callctl.work SET lease_until = now() WHERE lease_until > now()");
}

void EndToEndTest::let_time_pass(const std::string& interval) {
    exec("UPDATE callctl.work SET due_at = due_at - $1::interval,"
         " heard_at = heard_at - $1::interval, answered_at = answered_at - $1::interval,"
         " ended_at = ended_at - $1::interval, observed_at = observed_at - $1::interval",
         {pg::param(interval)});
}

std::string EndToEndTest::story(const std::string& sid) {
    return run({"status", sid}).out;
}

} // namespace callctl::e2e
