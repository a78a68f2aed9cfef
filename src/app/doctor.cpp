#include "app/doctor.hpp"

#include "app/transport.hpp"
#include "app/twilio_api.hpp"
#include "base/exception.hpp"
#include "base/http.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace callctl::app {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds k_clock_tolerance{2'000};
// A recording of four hours, the longest call by default, as a two-channel WAV (32 kB a second).
constexpr std::uintmax_t k_room_for_a_call = 4UL * 3'600 * 32'000;
constexpr const char* k_no_list = "answers; it has no list of models to check against";

Check failed(std::string name, std::string detail, std::string fix) {
    return {std::move(name), Health::failed, std::move(detail), std::move(fix)};
}

Check warned(std::string name, std::string detail, std::string fix) {
    return {std::move(name), Health::warning, std::move(detail), std::move(fix)};
}

Check passed(std::string name, std::string detail) {
    return {std::move(name), Health::ok, std::move(detail), {}};
}

std::string fix_of(const call::Failure& failure, const std::string& credentials) {
    switch (call::class_of(failure.reason)) {
    case call::ReasonClass::account:
        return failure.reason == call::Reason::provider_config ? "check the model and the base URL"
                                                               : "check " + credentials;
    case call::ReasonClass::wait:
    case call::ReasonClass::transient:
        return "check the network, then try again";
    default:
        return "check the base URL";
    }
}

Check check_clock(port::CallStore& store, port::Clock& clock) {
    const auto difference = std::chrono::duration_cast<milliseconds>(clock.wall() - store.now());
    const auto size = difference < milliseconds{0} ? -difference : difference;
    const std::string text = base::format_duration(size);
    if (size <= k_clock_tolerance) {
        return passed("clock", "within " + text + " of the database's");
    }
    return warned("clock", "this host's clock differs by " + text + " from the database's",
                  "run an NTP client on both hosts; schedules use the database's clock");
}

Check check_inbox(const port::Overview& overview) {
    if (overview.inbox_unapplied == 0) {
        return passed("inbox", "every delivery has been applied");
    }
    return failed("inbox",
                  std::to_string(overview.inbox_unapplied) +
                      " deliveries are kept and not applied; the oldest: " + overview.inbox_error,
                  "a column that is required gets its value in [call_log.defaults]; repair what "
                  "else refuses the row, then run 'callctl reconcile'");
}

// Of what the provider's breaker is open for.
std::string breaker_fix(call::Provider provider, const std::optional<call::Reason>& reason) {
    const std::string name{call::to_string(provider)};
    if (reason == call::Reason::auth) {
        return "give callctl credentials of " + name +
               " that work; a reload of serve-webhooks takes "
               "them over";
    }
    if (reason == call::Reason::quota) {
        return "pay the provider, or raise the limit of its account; calls then go on by "
               "themselves";
    }
    if (reason == call::Reason::provider_config) {
        return "configure a model and a base URL that the provider has, and restart serve-webhooks";
    }
    return "see whether the provider is out; it is tried again by itself, and 'callctl status' "
           "says "
           "when";
}

std::vector<Check> check_providers(const port::Overview& overview) {
    std::vector<Check> checks;
    for (const port::ProviderLine& line : overview.providers) {
        const std::string name = "breaker " + std::string{call::to_string(line.provider)};
        if (line.is_closed(overview.now)) {
            const std::string why =
                line.reason ? std::string{call::to_string(*line.reason)} : "unknown reason";
            checks.push_back(warned(name,
                                    "nothing is asked of it until " +
                                        base::format_iso8601(*line.closed_until) + ": " + why +
                                        (line.detail.empty() ? "" : ", " + line.detail),
                                    breaker_fix(line.provider, line.reason)));
        } else {
            checks.push_back(passed(name, "open for business"));
        }
    }
    return checks;
}

const json* list_of_models(const json& body) {
    const auto data = body.is_object() ? body.find("data") : body.end();
    return data != body.end() && data->is_array() ? &*data : nullptr;
}

const json* find_model(const json& list, const std::string& name) {
    const auto found = std::ranges::find_if(list, [&name](const json& model) {
        return model.is_object() && model.value("id", json{}) == json(name);
    });
    return found == list.end() ? nullptr : &*found;
}

// OpenAI's deprecations of 2026-08-26: what takes the place of the transcription models.
std::string replacement_of(const std::string& model) {
    const bool transcribes = model == "whisper-1" || model.starts_with("gpt-4o-transcribe") ||
                             model.starts_with("gpt-4o-mini-transcribe");
    return transcribes ? "configure gpt-transcribe" : "configure another model";
}

Check judge_model(const ModelServer& server, const json& model, base::Time today) {
    const auto date = model.find("shutdown_date");
    const auto end = date != model.end() && date->is_string()
                         ? base::parse_iso8601(date->get<std::string>() + "T00:00:00Z")
                         : std::nullopt;
    if (!end) {
        return passed(server.name, "offers " + server.model);
    }
    const bool over = *end <= today;
    const std::string detail = "model " + server.model + (over ? " was" : " is") +
                               " shut down on " + base::format_date(*end);
    const std::string fix = replacement_of(server.model);
    return over ? failed(server.name, detail, fix)
                : warned(server.name, detail, fix + " before that day");
}

std::filesystem::path nearest_that_exists(std::filesystem::path path) {
    std::error_code error;
    while (path.has_relative_path() && !std::filesystem::exists(path, error)) {
        path = path.parent_path();
    }
    return path;
}

} // namespace

std::vector<Check> check_database(port::CallStore& store, port::Clock& clock) {
    std::vector<Check> checks;
    try {
        checks.push_back(check_clock(store, clock));
        const auto overview = store.overview({.limit = 0});
        checks.insert(checks.begin(), passed("database", "answers and has the schema"));
        checks.push_back(check_inbox(overview));
        const auto providers = check_providers(overview);
        checks.insert(checks.end(), providers.begin(), providers.end());
    } catch (const base::Exception& error) {
        const std::string usual = "check that PostgreSQL runs, and DATABASE_URL";
        checks.insert(checks.begin(), failed("database", error.what(),
                                             error.hint().empty() ? usual : error.hint()));
    }
    return checks;
}

Check check_twilio(port::HttpClient& http, const twilio::Account& account) {
    TwilioApi api{http, account, {}};
    const auto name = api.check_account();
    if (name) {
        return passed("twilio", "account " + account.sid.str() + " takes the credentials");
    }
    return failed("twilio", name.error().detail,
                  fix_of(name.error(), "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or "
                                       "TWILIO_API_KEY and TWILIO_API_SECRET"));
}

Check check_model(port::HttpClient& http, const ModelServer& server, base::Time today) {
    const base::HttpRequest request{.url = base::joined_url(server.base_url, "models"),
                                    .headers = server.headers,
                                    .auth = server.auth};
    const auto response = exchange(http, request, "list models");
    if (!response) {
        return failed(server.name, response.error().detail,
                      fix_of(response.error(), "the API key"));
    }
    if (response->status == 401 || response->status == 403) {
        return failed(server.name, "the server refuses the API key", "check the API key");
    }
    if (response->status == 404 || response->status == 405) {
        return server.has_list ? warned(server.name, "has no list of models",
                                        "check the base URL, up to and with /v1: " +
                                            base::printable_url(request.url) + " is not there")
                               : passed(server.name, k_no_list);
    }
    if (response->status != 200) {
        return failed(server.name, "list models: HTTP " + std::to_string(response->status),
                      "check the base URL");
    }
    const json body = json::parse(response->body, nullptr, /*allow_exceptions=*/false);
    const json* const list = list_of_models(body);
    if (list == nullptr && !body.is_object()) {
        return failed(server.name, "list models: the answer is no JSON object",
                      "check the base URL");
    }
    if (list == nullptr || server.model.empty()) {
        return passed(server.name, k_no_list);
    }
    const json* const model = find_model(*list, server.model);
    if (model == nullptr) {
        return failed(server.name, "the server does not offer model " + server.model,
                      "configure a model of its list: " + base::printable_url(request.url));
    }
    return judge_model(server, *model, today);
}

/// What keeps us from writing to it; nothing where that works.
std::error_code obstacle_in(const std::filesystem::path& folder) {
    const auto probe = folder / (".callctl-doctor-" + std::to_string(::getpid()));
    errno = 0;
    const bool writable = static_cast<bool>(std::ofstream{probe} << "probe\n" << std::flush);
    const int why = errno != 0 ? errno : EIO;
    std::error_code gone;
    std::filesystem::remove(probe, gone);
    return writable ? std::error_code{} : std::error_code{why, std::generic_category()};
}

Check check_state_dir(const std::string& folder) {
    namespace fs = std::filesystem;
    const std::string name = "state directory";
    const std::string fix = "create it for the user that runs callctl, or set CALLCTL_STATE_DIR";
    const std::string make_room = "make room: the recording of a four-hour call takes 460 MB";
    std::error_code error;
    if (!fs::exists(folder, error)) {
        const fs::path parent = nearest_that_exists(folder);
        return ::access(parent.c_str(), W_OK | X_OK) == 0
                   ? passed(name, folder + " is not there yet and can be created")
                   : failed(name, folder + " is not there and cannot be created", fix);
    }
    // Another user may have made what is in it.
    for (const fs::path& place :
         {fs::path{folder}, fs::path{folder} / "scratch", fs::path{folder} / "spool"}) {
        const auto obstacle = fs::exists(place, error) ? obstacle_in(place) : std::error_code{};
        if (obstacle) {
            return failed(name, place.string() + " cannot be written to: " + obstacle.message(),
                          obstacle == std::errc::no_space_on_device ? make_room : fix);
        }
    }
    const auto space = fs::space(folder, error);
    if (!error && space.available < k_room_for_a_call) {
        return warned(name, folder + " has " + std::to_string(space.available >> 20U) + " MiB left",
                      make_room);
    }
    return passed(name, folder);
}

Check check_spool(const std::string& state_dir) {
    namespace fs = std::filesystem;
    const auto files_in = [](const fs::path& folder) {
        std::error_code none;
        const auto entries = fs::directory_iterator{folder, none};
        return std::count_if(begin(entries), end(entries), [](const fs::directory_entry& entry) {
            return entry.path().extension() == ".spool";
        });
    };
    const std::string name = "spool";
    const fs::path folder = fs::path{state_dir} / "spool";
    if (const auto damaged = files_in(folder / "damaged"); damaged > 0) {
        return warned(
            name,
            (folder / "damaged").string() + " holds " + std::to_string(damaged) +
                " files with bytes that are no webhook",
            "look for spool_fault in the log, then run 'callctl reconcile --backfill 24h' "
            "and remove them");
    }
    if (const auto waiting = files_in(folder); waiting > 0) {
        return warned(name, std::to_string(waiting) + " files of webhooks wait for the database",
                      "run 'callctl reconcile' if serve-webhooks does not run");
    }
    return passed(name, "empty");
}

} // namespace callctl::app
