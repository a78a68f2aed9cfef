// Twilio's REST API of 2010-04-01: requests as values, replies as values, errors as reasons.
// Sources: the OpenAPI document twilio_api_v2010 and
// https://www.twilio.com/docs/voice/api/recording
#pragma once

#include "base/http.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "call/facts.hpp"
#include "call/failure.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::twilio {

/// Who asks, and where. With an API key `user` is its SK sid; otherwise it is the account's sid.
struct Account {
    base::AccountSid sid;
    std::string user;
    base::Secret password;
    std::string base_url{"https://api.twilio.com"};
};

struct RecordingEntry {
    base::CallSid call;
    call::RecordingFacts facts{};
};

struct CallEntry {
    base::CallSid sid;
    call::CallFacts facts{};
};

template <class Entry>
struct Page {
    std::vector<Entry> entries{};
    std::string next_uri{}; ///< relative, to be followed as it is; empty on the last page
};

/// Window of a listing; Twilio's filters have the resolution of a day for recordings.
struct ListWindow {
    std::optional<base::Time> from{};
    std::optional<base::Time> until{};
    int page_size{1000}; ///< at most 1000 (error 20007)
};

// --- Requests ---

/// Dual channel, do-not-trim, all three events to `callback`.
[[nodiscard]] base::HttpRequest create_recording(const Account& account, const base::CallSid& call,
                                                 const std::string& callback);
[[nodiscard]] base::HttpRequest list_call_recordings(const Account& account,
                                                     const base::CallSid& call);
[[nodiscard]] base::HttpRequest get_recording(const Account& account,
                                              const base::RecordingSid& recording);
[[nodiscard]] base::HttpRequest stop_recording(const Account& account, const base::CallSid& call,
                                               const base::RecordingSid& recording);
[[nodiscard]] base::HttpRequest get_call(const Account& account, const base::CallSid& call);
[[nodiscard]] base::HttpRequest list_calls(const Account& account, const ListWindow& window);
[[nodiscard]] base::HttpRequest list_recordings(const Account& account, const ListWindow& window);
/// May be followed with our credentials: relative, below `/2010-04-01/` and without a way out of
/// it.
[[nodiscard]] bool is_page_uri(std::string_view uri);
/// The page behind a Page::next_uri. \pre is_page_uri(next_uri)
[[nodiscard]] base::HttpRequest next_page(const Account& account, const std::string& next_uri);
/// The account itself: proves that the credentials are good.
[[nodiscard]] base::HttpRequest get_account(const Account& account);

enum class MediaChannels { as_recorded, mono, dual };
/// The WAV file, written to `sink_path`; redirects are followed without credentials.
[[nodiscard]] base::HttpRequest get_media(const Account& account,
                                          const base::RecordingSid& recording,
                                          MediaChannels channels, const std::string& sink_path);

// --- Replies ---

/// Of a create, a get or a stop; `what` names it in a failure.
[[nodiscard]] call::Outcome<RecordingEntry> read_recording(const base::HttpResponse& response,
                                                           std::string_view what = "get recording");
[[nodiscard]] call::Outcome<Page<RecordingEntry>>
read_recordings(const base::HttpResponse& response);
[[nodiscard]] call::Outcome<CallEntry> read_call(const base::HttpResponse& response);
[[nodiscard]] call::Outcome<Page<CallEntry>> read_calls(const base::HttpResponse& response);
/// The account's friendly name.
[[nodiscard]] call::Outcome<std::string> read_account(const base::HttpResponse& response);
/// Judges status and content type of a media download; the file itself is audio's to judge. 404 and
/// 21501 are not_ready, 16113 (dual of a mono recording) is rejected with its provider code.
[[nodiscard]] call::Outcome<void> read_media(const base::HttpResponse& response);

/// The reason behind an answer that is not 2xx: by Twilio's code where the body has one (JSON or
/// XML), else by status. 21220 is rejected with its provider code; what it means is the pipeline's.
[[nodiscard]] call::Failure failure_of(const base::HttpResponse& response, std::string_view what);

/// What recordings that are not finished are worth beside one that is.
enum class Unfinished {
    may_finish, ///< as much: whichever started first is the call's
    give_way,   ///< less: nobody waits for them any more
};

/// Recordings of one call joined into facts: of several the one that started first is kept, all are
/// counted; deleted ones count only when there is no other.
[[nodiscard]] call::CallFacts
facts_of(const std::vector<RecordingEntry>& recordings,
         const std::optional<base::RecordingSid>& known = std::nullopt,
         Unfinished unfinished = Unfinished::may_finish);

} // namespace callctl::twilio
