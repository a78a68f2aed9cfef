#include "pg/generation.hpp"

#include <array>
#include <span>

namespace callctl::pg {
namespace {

/// Both generations have these from the beginning.
constexpr std::array<std::string_view, 4> k_common{"business_id", "call_sid", "final_transcript",
                                                   "detected_topic_id"};
constexpr std::array<std::string_view, 8> k_only_m{
    "recording_mode",      "stream_started_at", "stream_connect_count",  "webhook_11205_count",
    "webhook_retry_count", "recording_count",   "estimated_cost_bucket", "customer_name"};
constexpr std::array<std::string_view, 6> k_only_s{"from_number_norm", "to_number_norm",
                                                   "recording_status", "transcript_status",
                                                   "last_error",       "retry_count"};

std::vector<std::string> own_of(const HostTable& table, std::span<const std::string_view> names) {
    std::vector<std::string> found;
    for (const std::string_view name : names) {
        if (std::string column{name}; !table.is_ours(column)) {
            found.push_back(std::move(column));
        }
    }
    return found;
}

} // namespace

std::string_view to_string(Generation generation) {
    switch (generation) {
    case Generation::none:
        return "none";
    case Generation::s:
        return "S";
    case Generation::m:
        return "M";
    case Generation::unknown:
        return "unknown";
    }
    return "";
}

Recognised recognise(const HostTable& table) {
    if (!table.exists) {
        return {};
    }
    auto common = own_of(table, k_common);
    auto of_m = own_of(table, k_only_m);
    auto of_s = own_of(table, k_only_s);
    if (common.size() < k_common.size() || (!of_m.empty() && !of_s.empty())) {
        return {Generation::unknown, {}};
    }
    if (!of_m.empty()) {
        return {Generation::m, std::move(of_m)};
    }
    return {Generation::s, of_s.empty() ? std::move(common) : std::move(of_s)};
}

} // namespace callctl::pg
