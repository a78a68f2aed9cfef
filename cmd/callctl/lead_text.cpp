#include "lead_text.hpp"

#include "table.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <span>

namespace callctl::cmd {
namespace {

std::string length_of(std::chrono::seconds length) {
    return length.count() == 0 ? "-" : base::format_duration(length);
}

std::string head_loss_of(const call::Call& call) {
    const auto loss = call::head_loss(call.facts);
    return loss ? std::to_string(loss->count()) + " ms" : "-";
}

void print_totals(const Screen& screen, const Lead& lead, Numbers numbers) {
    const LeadTotals totals = totals_of(lead);
    const bool all = lead.calls.size() < static_cast<std::size_t>(k_most_of_a_lead);
    screen.out << screen.text(shown_number(lead.number, numbers)) << ": "
               << (all ? "" : "the newest ")
               << base::counted(static_cast<std::int64_t>(lead.calls.size()), "call", "calls")
               << ", " << totals.inbound << " inbound, " << totals.outbound << " outbound; talked "
               << length_of(totals.talked) << ", recorded " << length_of(totals.recorded) << '\n';
    std::vector<std::string> statuses;
    for (const call::Status status : call::k_statuses) {
        if (const auto count = totals.statuses.at(static_cast<std::size_t>(status)); count > 0) {
            statuses.push_back(
                screen.paint(std::to_string(count) + " " + std::string{call::to_string(status)},
                             colour_of(status)));
        }
    }
    screen.out << base::joined(statuses) << (statuses.empty() ? "" : "\n");
}

} // namespace

Lead read_lead(port::CallStore& store, port::CallFilter filter) {
    filter.limit = k_most_of_a_lead;
    filter.order = port::ListOrder::newest_first;
    const auto sids = store.list(filter);
    Lead lead{.number = filter.phone, .calls = store.find_all(sids)};
    std::ranges::sort(lead.calls, std::ranges::greater{}, [](const call::Call& call) {
        return std::pair{call.created_at, static_cast<std::int64_t>(call.id)};
    });
    return lead;
}

LeadTotals totals_of(const Lead& lead) {
    LeadTotals totals;
    for (const call::Call& call : lead.calls) {
        ++totals.statuses.at(static_cast<std::size_t>(present_status(call)));
        totals.inbound += call.facts.direction == call::Direction::inbound ? 1 : 0;
        totals.outbound += call.facts.direction == call::Direction::outbound ? 1 : 0;
        totals.talked += call.facts.duration.value_or(std::chrono::seconds{0});
        totals.recorded += call.facts.recording.duration.value_or(std::chrono::seconds{0});
    }
    return totals;
}

std::vector<port::CallLine> newest_of(const Lead& lead, const std::vector<port::CallLine>& known,
                                      int limit) {
    std::vector<port::CallLine> lines;
    const auto count = std::min(lead.calls.size(), static_cast<std::size_t>(std::max(limit, 0)));
    for (const call::Call& call : std::span{lead.calls}.first(count)) {
        const auto found = std::ranges::find(
            known, call.sid, [](const port::CallLine& line) { return line.call.sid; });
        lines.push_back({call, found == known.end() ? std::string{} : found->worker});
    }
    return lines;
}

void print_lead(const Screen& screen, const Lead& lead, int limit, Numbers numbers) {
    print_totals(screen, lead, numbers);
    Table table{
        {"CREATED", "CALL", "DIRECTION", "LENGTH", "HEAD LOSS", "STAGE", "STATUS", "REASON"},
        {"HEAD LOSS", "LENGTH", "DIRECTION", "STAGE"}};
    const auto shown = std::min(lead.calls.size(), static_cast<std::size_t>(std::max(limit, 0)));
    for (std::size_t i = 0; i < shown; ++i) {
        const call::Call& call = lead.calls[i];
        const call::Status status = present_status(call);
        table.add(
            {{base::format_iso8601(std::chrono::floor<std::chrono::seconds>(call.created_at))},
             {call.sid.str()},
             {std::string{call::to_string(call.facts.direction)}},
             {length_of(call.facts.duration.value_or(std::chrono::seconds{0}))},
             {head_loss_of(call)},
             {std::string{call::to_string(call.stage)}},
             {std::string{call::to_string(status)}, colour_of(status)},
             {call.reason ? std::string{call::to_string(*call.reason)} : "-"}});
    }
    if (!table.empty()) {
        screen.out << '\n';
        table.print(screen.out, screen.width, screen.colour);
    }
}

} // namespace callctl::cmd
