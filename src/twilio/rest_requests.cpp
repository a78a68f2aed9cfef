#include "base/exception.hpp"
#include "twilio/form.hpp"
#include "twilio/rest.hpp"

#include <algorithm>

namespace callctl::twilio {
namespace {

// Long recordings on slow lines: 24 hours on two channels are 2.8 GB (32,000 bytes a second).
constexpr std::chrono::minutes k_media_timeout{15};
constexpr std::size_t k_max_media_bytes = 3UL << 30U;

base::HttpRequest request_for(const Account& account, const std::string& path) {
    base::HttpRequest request;
    request.url = base::joined_url(account.base_url, path);
    request.auth = base::BasicAuth{account.user, account.password};
    return request;
}

base::HttpRequest get(const Account& account, const std::string& resource, const Form& query = {}) {
    std::string path = "/2010-04-01/Accounts/" + account.sid.str() + resource;
    if (!query.empty()) {
        path += '?' + encode_form(query);
    }
    return request_for(account, path);
}

base::HttpRequest post(const Account& account, const std::string& resource, const Form& form) {
    base::HttpRequest request = get(account, resource);
    request.method = "POST";
    request.headers = {{"Content-Type", k_form_type}};
    request.body = encode_form(form);
    return request;
}

std::pair<std::string, std::string> page_size(int wanted) {
    return {"PageSize", std::to_string(std::clamp(wanted, 1, 1000))};
}

} // namespace

base::HttpRequest create_recording(const Account& account, const base::CallSid& call,
                                   const std::string& callback) {
    Form form{{"RecordingChannels", "dual"}, {"Trim", "do-not-trim"}};
    if (!callback.empty()) {
        form.emplace_back("RecordingStatusCallback", callback);
        form.emplace_back("RecordingStatusCallbackMethod", "POST");
        // One parameter with spaces: the documented form, unlike StatusCallbackEvent of calls.
        form.emplace_back("RecordingStatusCallbackEvent", "in-progress completed absent");
    }
    return post(account, "/Calls/" + call.str() + "/Recordings.json", form);
}

base::HttpRequest list_call_recordings(const Account& account, const base::CallSid& call) {
    return get(account, "/Calls/" + call.str() + "/Recordings.json", {page_size(1000)});
}

base::HttpRequest get_recording(const Account& account, const base::RecordingSid& recording) {
    return get(account, "/Recordings/" + recording.str() + ".json",
               {{"IncludeSoftDeleted", "true"}});
}

base::HttpRequest stop_recording(const Account& account, const base::CallSid& call,
                                 const base::RecordingSid& recording) {
    return post(account, "/Calls/" + call.str() + "/Recordings/" + recording.str() + ".json",
                {{"Status", "stopped"}});
}

base::HttpRequest get_call(const Account& account, const base::CallSid& call) {
    return get(account, "/Calls/" + call.str() + ".json");
}

base::HttpRequest list_calls(const Account& account, const ListWindow& window) {
    Form query;
    if (window.from) {
        query.emplace_back(
            "StartTime>",
            base::format_iso8601(std::chrono::floor<std::chrono::seconds>(*window.from)));
    }
    if (window.until) {
        query.emplace_back(
            "StartTime<",
            base::format_iso8601(std::chrono::ceil<std::chrono::seconds>(*window.until)));
    }
    query.push_back(page_size(window.page_size));
    return get(account, "/Calls.json", query);
}

base::HttpRequest list_recordings(const Account& account, const ListWindow& window) {
    Form query;
    if (window.from) {
        query.emplace_back("DateCreated>", base::format_date(*window.from));
    }
    if (window.until) {
        // "On or before midnight of this date" is the midnight at which it begins.
        query.emplace_back("DateCreated<", base::format_date(*window.until + std::chrono::days{1}));
    }
    query.push_back(page_size(window.page_size));
    return get(account, "/Recordings.json", query);
}

bool is_page_uri(std::string_view uri) {
    const bool plain = std::ranges::all_of(
        uri, [](char c) { return c > ' ' && c < '\x7F' && c != '\\' && c != '#'; });
    const std::string_view path = uri.substr(0, uri.find('?'));
    // curl resolves `..`, also where its dots are encoded.
    const bool straight = path.find("/..") == std::string_view::npos &&
                          path.find("/%2") == std::string_view::npos &&
                          path.find("/.%2") == std::string_view::npos;
    return plain && straight && path.starts_with("/2010-04-01/");
}

base::HttpRequest next_page(const Account& account, const std::string& next_uri) {
    if (!is_page_uri(next_uri)) {
        throw base::BugError{"a page was asked for that twilio did not name"};
    }
    return request_for(account, next_uri);
}

base::HttpRequest get_account(const Account& account) {
    return get(account, ".json");
}

base::HttpRequest get_media(const Account& account, const base::RecordingSid& recording,
                            MediaChannels channels, const std::string& sink_path) {
    Form query;
    if (channels != MediaChannels::as_recorded) {
        query.emplace_back("RequestedChannels", channels == MediaChannels::dual ? "2" : "1");
    }
    base::HttpRequest request = get(account, "/Recordings/" + recording.str() + ".wav", query);
    request.redirects = base::Redirects::drop_auth;
    request.timeout = k_media_timeout;
    request.max_response_bytes = k_max_media_bytes;
    request.sink_path = sink_path;
    return request;
}

} // namespace callctl::twilio
