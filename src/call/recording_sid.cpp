#include "call/recording_sid.hpp"

#include "base/text.hpp"

namespace callctl::call {

std::optional<base::RecordingSid> recording_sid_in(std::string_view text) {
    constexpr std::size_t length = base::RecordingSid::k_length;
    for (std::size_t at = text.find("RE"); at != std::string_view::npos;
         at = text.find("RE", at + 1)) {
        const bool begins = at == 0 || !base::is_alphanumeric(text[at - 1]);
        const bool ends = at + length >= text.size() || !base::is_alphanumeric(text[at + length]);
        auto sid = base::RecordingSid::parse(text.substr(at, length));
        if (begins && ends && sid) {
            return sid;
        }
    }
    return std::nullopt;
}

} // namespace callctl::call
