#include "call/reason.hpp"

#include <algorithm>
#include <array>

namespace callctl::call {
namespace {

using enum Reason;
using Class = ReasonClass;

constexpr std::array k_reasons{
    ReasonInfo{call_live, "CALL_LIVE", Class::wait, "the call is still going on"},
    ReasonInfo{not_ready, "NOT_READY", Class::wait, "Twilio has not finished the recording yet"},
    ReasonInfo{rate_limited, "RATE_LIMITED", Class::wait,
               "the provider, or a limit of ours, asked for fewer requests"},
    ReasonInfo{unreachable, "UNREACHABLE", Class::wait, "the provider cannot be reached"},
    ReasonInfo{provider_closed, "PROVIDER_CLOSED", Class::wait,
               "the provider's breaker is open, nothing is asked of it now"},
    ReasonInfo{local_fault, "LOCAL_FAULT", Class::wait,
               "this host is at fault: its scratch folder is full or cannot be written to"},
    ReasonInfo{interrupted, "INTERRUPTED", Class::wait,
               "a stop was asked for meanwhile, the next worker goes on"},
    ReasonInfo{timeout, "TIMEOUT", Class::transient, "the provider did not answer in time"},
    ReasonInfo{provider_error, "PROVIDER_ERROR", Class::transient, "the provider failed"},
    ReasonInfo{bad_reply, "BAD_REPLY", Class::transient, "the provider's answer cannot be read"},
    ReasonInfo{bad_media, "BAD_MEDIA", Class::transient, "the recording is no whole WAV file"},
    ReasonInfo{empty_transcript, "EMPTY_TRANSCRIPT", Class::transient,
               "there is sound on the line but the transcript came back empty"},
    ReasonInfo{auth, "AUTH", Class::account, "the provider refuses our credentials"},
    ReasonInfo{quota, "QUOTA", Class::account,
               "the account at the provider is out of money or quota"},
    ReasonInfo{provider_config, "PROVIDER_CONFIG", Class::account,
               "the model or the path that is configured does not exist at the provider"},
    ReasonInfo{not_found, "NOT_FOUND", Class::permanent,
               "Twilio does not know the call or the recording"},
    ReasonInfo{deleted, "DELETED", Class::permanent, "the recording was deleted at Twilio"},
    ReasonInfo{expired, "EXPIRED", Class::permanent,
               "it took longer than the maximum age of a stage"},
    ReasonInfo{absent, "ABSENT", Class::permanent, "Twilio recorded but kept nothing"},
    ReasonInfo{encrypted, "ENCRYPTED", Class::permanent,
               "the recording failed in Twilio's encryption or upload"},
    ReasonInfo{too_large, "TOO_LARGE", Class::permanent, "the call is too long for the provider"},
    ReasonInfo{refused, "REFUSED", Class::permanent, "the provider's filter refused the content"},
    ReasonInfo{
        rejected, "REJECTED", Class::permanent,
        "the provider refused the request as wrong, or the application the row or what came of it"},
    ReasonInfo{not_recorded, "NOT_RECORDED", Class::permanent,
               "the call was answered and is over, and Twilio has no recording of it"},
    ReasonInfo{crashed, "CRASHED", Class::permanent, "workers died over this call again and again"},
    ReasonInfo{no_answer, "NO_ANSWER", Class::nothing, "nobody answered the call"},
    ReasonInfo{too_short, "TOO_SHORT", Class::nothing, "the call was too short to be recorded"},
    ReasonInfo{silent, "SILENT", Class::nothing, "Twilio discarded the recording as silent"},
    ReasonInfo{no_speech, "NO_SPEECH", Class::nothing, "nobody spoke"},
    ReasonInfo{not_eligible, "NOT_ELIGIBLE", Class::nothing,
               "its parent call has the recording, or the application has deleted its row"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < k_reasons.size(); ++i) {
        if (static_cast<std::size_t>(k_reasons[i].reason) != i) {
            return false;
        }
    }
    return true;
}
static_assert(in_order(), "info() looks reasons up by position");
static_assert(k_reasons.size() == static_cast<std::size_t>(not_eligible) + 1);

} // namespace

std::span<const ReasonInfo> all_reasons() {
    return k_reasons;
}

const ReasonInfo& info(Reason reason) {
    return k_reasons.at(static_cast<std::size_t>(reason));
}

std::string_view to_string(ReasonClass reason_class) {
    switch (reason_class) {
    case ReasonClass::wait:
        return "wait";
    case ReasonClass::transient:
        return "transient";
    case ReasonClass::account:
        return "account";
    case ReasonClass::permanent:
        return "permanent";
    case ReasonClass::nothing:
        return "nothing";
    }
    return "unknown";
}

std::optional<Reason> parse_reason(std::string_view code) {
    const auto* const found = std::ranges::find(k_reasons, code, &ReasonInfo::code);
    return found == k_reasons.end() ? std::nullopt : std::optional{found->reason};
}

} // namespace callctl::call
