#include "sim/faults.hpp"

#include "sim/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

struct KindRow {
    FaultKind kind;
    std::string_view name;
    std::string_view
        area; ///< where it can happen: the beginning of the places, `|` between several
};

constexpr std::string_view k_requests = "twilio|media|transcription|summary|models";

constexpr std::array<KindRow, 30> k_kinds{{
    {FaultKind::status, "status", k_requests},
    {FaultKind::html, "html", k_requests},
    {FaultKind::empty, "empty", k_requests},
    {FaultKind::truncated, "truncated", k_requests},
    {FaultKind::cut, "cut", k_requests},
    {FaultKind::reset, "reset", k_requests},
    {FaultKind::timeout, "timeout", k_requests},
    {FaultKind::slow, "slow", k_requests},
    {FaultKind::not_ready, "not_ready", "media"},
    {FaultKind::redirect, "redirect", "media"},
    {FaultKind::stale, "stale", "twilio.get_call|twilio.list_calls|twilio.get_recording"},
    {FaultKind::invalid_json, "invalid_json", "transcription|summary"},
    {FaultKind::wrong_types, "wrong_types", "transcription"},
    {FaultKind::error_in_200, "error_in_200", "transcription|summary"},
    {FaultKind::empty_segments, "empty_segments", "transcription"},
    {FaultKind::hallucination, "hallucination", "transcription"},
    {FaultKind::repetition, "repetition", "transcription"},
    {FaultKind::prompt_echo, "prompt_echo", "transcription"},
    {FaultKind::signs, "signs", "transcription"},
    {FaultKind::fenced, "fenced", "summary"},
    {FaultKind::blank, "blank", "summary"},
    {FaultKind::refusal, "refusal", "summary"},
    {FaultKind::length, "length", "summary"},
    {FaultKind::content_filter, "content_filter", "summary"},
    {FaultKind::drop, "drop", "callback"},
    {FaultKind::duplicate, "duplicate", "callback"},
    {FaultKind::reorder, "reorder", "callback"},
    {FaultKind::delay, "delay", "callback"},
    {FaultKind::bad_signature, "bad_signature", "callback"},
    {FaultKind::connect_failure, "connect_failure", "callback"},
}};

const std::vector<std::string_view> k_places{
    "twilio.create_call",
    "twilio.get_call",
    "twilio.list_calls",
    "twilio.update_call",
    "twilio.create_recording",
    "twilio.list_call_recordings",
    "twilio.get_recording",
    "twilio.list_recordings",
    "twilio.update_recording",
    "twilio.delete_recording",
    "twilio.get_account",
    "media",
    "transcription",
    "summary",
    "models",
    "callback.voice",
    "callback.action",
    "callback.stream.started",
    "callback.stream.stopped",
    "callback.stream.error",
    "callback.call.initiated",
    "callback.call.ringing",
    "callback.call.answered",
    "callback.call.completed",
    "callback.recording.in-progress",
    "callback.recording.completed",
    "callback.recording.absent",
    "callback.recording.failed",
};

bool covers(std::string_view general, std::string_view place) {
    return place == general || (place.starts_with(general) && place[general.size()] == '.');
}

bool can_happen(const KindRow& row, std::string_view place) {
    const auto areas = split(row.area, '|');
    return std::ranges::any_of(areas, [&](const auto& area) { return covers(area, place); });
}

const KindRow& row_of(FaultKind kind) {
    return k_kinds.at(static_cast<std::size_t>(kind));
}

} // namespace

std::string_view to_string(FaultKind kind) {
    return row_of(kind).name;
}

std::optional<FaultKind> parse_fault_kind(std::string_view text) {
    const auto* const found = std::ranges::find(k_kinds, text, &KindRow::name);
    return found == k_kinds.end() ? std::nullopt : std::optional{found->kind};
}

const std::vector<std::string_view>& Faults::places() {
    return k_places;
}

base::Result<int> Faults::add(Fault fault) {
    // Webhooks are Twilio's, and are often written as such.
    if (constexpr std::string_view prefix = "twilio.callback"; fault.where.starts_with(prefix)) {
        fault.where.erase(0, std::string_view{"twilio."}.size());
    }
    const bool known = std::ranges::any_of(
        k_places, [&](std::string_view place) { return covers(fault.where, place); });
    if (!known) {
        return base::fail(base::ErrorKind::invalid_input,
                          fmt::format("no such place: {}", fault.where));
    }
    const bool possible = std::ranges::any_of(k_places, [&](std::string_view place) {
        return covers(fault.where, place) && can_happen(row_of(fault.kind), place);
    });
    if (!possible) {
        return base::fail(
            base::ErrorKind::invalid_input,
            fmt::format("{} cannot happen at {}", to_string(fault.kind), fault.where));
    }
    fault.id = ++m_last_id;
    m_faults.push_back(std::move(fault));
    return m_last_id;
}

bool Faults::remove(int id) {
    return std::erase_if(m_faults, [id](const Fault& fault) { return fault.id == id; }) != 0;
}

void Faults::clear() {
    m_faults.clear();
    m_rolls.clear();
}

bool Faults::strikes(Fault& fault, std::string_view where, const Subject& subject) {
    const bool meant = covers(fault.where, where) && can_happen(row_of(fault.kind), where) &&
                       (fault.call_sid.empty() || fault.call_sid == subject.call_sid) &&
                       (subject.target.find(fault.match) != std::string_view::npos ||
                        subject.body.find(fault.match) != std::string_view::npos);
    if (!meant || (fault.times && fault.hits >= *fault.times)) {
        return false;
    }
    if (++fault.seen <= fault.skip) {
        return false;
    }
    // Rolled for each call apart, so that the order in which threads come changes nothing.
    const std::uint64_t roll = ++m_rolls[{fault.id, subject.ordinal}];
    if (dice(m_seed, static_cast<std::uint64_t>(fault.id), subject.ordinal, roll) >=
        fault.probability) {
        return false;
    }
    ++fault.hits;
    return true;
}

std::optional<Fault> Faults::strike(std::string_view where, const Subject& subject) {
    for (Fault& fault : m_faults) {
        if (strikes(fault, where, subject)) {
            return fault;
        }
    }
    return std::nullopt;
}

} // namespace callctl::sim
