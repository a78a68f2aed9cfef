#include "cmd_start_recording.hpp"

#include "exit_code.hpp"
#include "options.hpp"
#include "report_json.hpp"
#include "wiring.hpp"

#include "app/start_recording.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

using app::StartResult;

struct StartRecordingOptions {
    std::string sid;
    std::string wait{"0s"};
    bool dry_run{false};
    bool json{false};
};

struct Answer {
    std::string_view word;
    std::string_view sentence;
    int exit_code;
    std::string_view hint{};
};

Answer answer_of(const app::StartReport& report) {
    switch (report.result) {
    case StartResult::recording:
        return {"recording", "is being recorded", k_done};
    case StartResult::recorded:
        return {"recorded", "is over and has a recording", k_done};
    case StartResult::nothing:
        return {"nothing", "is over, there was nothing to record", k_done};
    case StartResult::not_live_yet:
        return {"not_live_yet", "is not live yet", k_try_again, "try longer with --wait 30s"};
    case StartResult::not_recorded_yet:
        return {"not_recorded_yet", "is live and not recorded yet", k_try_again,
                "try longer with --wait 30s"};
    case StartResult::looked_for:
        return {"looked_for", "is over, and Twilio may still list a recording", k_try_again,
                "callctl reconcile looks again; or try longer with --wait 30s"};
    case StartResult::gave_up:
        return {"gave_up", "cannot be recorded", k_failed, "callctl status SID says why"};
    case StartResult::unknown_call:
        if (report.call) {
            return {"unknown_call", "is not known at Twilio",
                    report.call->due_at ? k_try_again : k_not_found,
                    "check that it is a call of TWILIO_ACCOUNT_SID; callctl status SID says what "
                    "comes next"};
        }
        return {"unknown_call", "is known neither here nor at Twilio", k_not_found,
                "check the SID, and that it is a call of TWILIO_ACCOUNT_SID"};
    case StartResult::not_taken:
        return {"not_taken", "cannot be recorded: call_log takes no row of it", k_failed,
                "callctl doctor names the cause; once it is mended, callctl reconcile goes on"};
    case StartResult::account:
        return {"account", "could not be asked for at Twilio", k_failed,
                "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and "
                "TWILIO_API_SECRET"};
    case StartResult::failed:
        return {"failed", "could not be asked for at Twilio", k_try_again,
                "Twilio may be down: https://status.twilio.com; try longer with --wait 30s"};
    }
    return {"failed", "failed", k_failed};
}

void print_text(Runner& runner, const base::CallSid& sid, const app::StartReport& report,
                const Answer& answer) {
    std::string line = "call " + sid.str() + " " + std::string{answer.sentence};
    if (report.call && report.call->facts.recording.sid) {
        line += ": " + report.call->facts.recording.sid->str();
    }
    if (answer.exit_code == k_done) {
        runner.out << line << '\n';
        return;
    }
    if (!report.detail.empty()) {
        line += ": " + report.detail;
    }
    if (report.call && report.call->due_at) {
        line += "; it stays on the schedule";
    }
    print_error(runner.err, line, std::string{answer.hint});
}

int run_start_recording(Runner& runner, const StartRecordingOptions& options) {
    const base::CallSid sid = parse_call_sid(options.sid);
    const auto wait = parse_duration("--wait", options.wait);
    const auto config = runner.configured(
        {config::Need::database, config::Need::twilio_rest, config::Need::public_url});
    const auto eager = app::eager(policy(config));
    Engine engine{runner, config, "start-recording", 1, eager, Downloads::no};
    app::StartRecording start{engine.store(), engine.steps(), engine.workers(), runner.clock,
                              eager};
    const auto report = start.run(
        {.sid = sid, .worker = engine.worker(), .wait = wait, .dry_run = options.dry_run});
    const Answer answer = answer_of(report);
    if (options.json) {
        nlohmann::ordered_json object{
            {"schema", k_json_schema}, {"call_sid", sid.str()}, {"result", answer.word}};
        object["call"] =
            report.call ? to_json(*report.call, Numbers::masked) : nlohmann::ordered_json(nullptr);
        runner.out << object.dump(2) << '\n';
    } else {
        print_text(runner, sid, report, answer);
    }
    return runner.unless_stopped(answer.exit_code);
}

} // namespace

void add_start_recording(CLI::App& app, Runner& runner) {
    auto* const command =
        app.add_subcommand("start-recording", "make sure that a live call is recorded, once");
    auto options = std::make_shared<StartRecordingOptions>();
    command->add_option("sid", options->sid, "the call")->type_name("SID")->required();
    command
        ->add_option("--wait", options->wait,
                     "while the call is not live, or Twilio fails, try this long")
        ->type_name("DURATION")
        ->capture_default_str();
    add_dry_run(*command, options->dry_run, "say how the call stands, start nothing");
    add_json(*command, options->json);
    add_exit_codes(*command, {k_done, k_failed, k_usage, k_not_found, k_try_again});
    add_examples(*command, "callctl-start-recording",
                 "  callctl start-recording CA0123456789abcdef0123456789abcdef\n"
                 "  callctl start-recording --wait 30s CA0123456789abcdef0123456789abcdef\n");
    command->callback([&runner, options] {
        runner.action = [&runner, options] { return run_start_recording(runner, *options); };
    });
}

} // namespace callctl::cmd
