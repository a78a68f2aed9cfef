#include "fakes/host_row.hpp"

#include "call/recording_sid.hpp"

#include <algorithm>

namespace callctl::fakes {
namespace {

bool is_empty(const std::string& text) {
    return text.empty() || text == "unknown";
}

void fill_text(std::string& column, const std::string& value) {
    if (is_empty(column) && !value.empty()) {
        column = value;
    }
}

std::string inferred(const HostRow& row, call::Stage stage) {
    switch (stage) {
    case call::Stage::recording:
        if (!row.recording_url.empty()) {
            return "completed";
        }
        return row.recording_sid.empty() ? "pending" : "recording";
    case call::Stage::transcript:
        return characters(row.final_transcript) > 50 || characters(row.transcription) > 50
                   ? "completed"
                   : "pending";
    case call::Stage::summary:
        return characters(row.summary) > 20 ? "completed" : "pending";
    }
    return "pending";
}

std::optional<base::RecordingSid> recording_in(const HostRow& row) {
    const auto sid = base::RecordingSid::parse(row.recording_sid);
    return sid ? sid : call::recording_sid_in(row.recording_url);
}

std::string twilio_word(call::CallState state) {
    std::string word{call::to_string(state)};
    std::replace(word.begin(), word.end(), '_', '-');
    return word;
}

} // namespace

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

call::StageStatuses known_statuses(const HostRow& row) {
    call::StageStatuses statuses;
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        statuses[i] = row.statuses[i] ? call::parse_status(*row.statuses[i]) : std::nullopt;
    }
    return statuses;
}

void infer_statuses(HostRow& row) {
    for (const auto stage : call::k_stages) {
        auto& status = row.statuses[static_cast<std::size_t>(stage)];
        if (!status) {
            status = inferred(row, stage);
        }
    }
}

call::CallFacts facts_of(const HostRow& row) {
    call::CallFacts facts;
    facts.state = call::parse_call_state(row.call_status);
    facts.direction = call::parse_direction(row.direction);
    facts.from = is_empty(row.from_number) ? "" : row.from_number;
    facts.to = is_empty(row.to_number) ? "" : row.to_number;
    facts.parent = base::CallSid::parse(row.parent_call_sid);
    if (row.duration.value_or(0) > 0) {
        facts.duration = std::chrono::seconds{*row.duration};
    }
    facts.recording.sid = recording_in(row);
    if (facts.recording.sid) {
        facts.recording_count = 1;
        if (row.statuses[0] == "completed") {
            facts.recording.state = call::RecordingState::completed;
        }
    }
    return facts;
}

void fill(HostRow& row, const call::CallFacts& facts, const std::string& account_sid,
          const std::optional<base::RecordingSid>& replaced) {
    fill_text(row.from_number, facts.from);
    fill_text(row.to_number, facts.to);
    fill_text(row.parent_call_sid, facts.parent ? facts.parent->str() : "");
    if (facts.direction != call::Direction::unknown) {
        fill_text(row.direction, std::string{call::to_string(facts.direction)});
    }
    if (facts.duration && row.duration.value_or(0) == 0) {
        row.duration = static_cast<int>(facts.duration->count());
    }
    const auto shown = call::parse_call_state(row.call_status);
    const bool ours = row.call_status.empty() || shown != call::CallState::unknown;
    if (ours && !call::is_terminal(shown) && facts.state > shown) {
        row.call_status = twilio_word(facts.state);
    }
    if (!facts.recording.sid) {
        return;
    }
    const std::string& sid = facts.recording.sid->str();
    const std::string addresses =
        "https://api.twilio.com/2010-04-01/Accounts/" + account_sid + "/Recordings/";
    if (replaced && row.recording_sid == replaced->str()) {
        row.recording_sid = sid;
        if (!account_sid.empty() && row.recording_url == addresses + replaced->str()) {
            row.recording_url = addresses + sid;
        }
    }
    fill_text(row.recording_sid, sid);
    if (facts.recording.state == call::RecordingState::completed && !account_sid.empty()) {
        fill_text(row.recording_url, addresses + sid);
    }
}

} // namespace callctl::fakes
