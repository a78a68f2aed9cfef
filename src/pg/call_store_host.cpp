#include "pg/call_store_host.hpp"

#include "base/text.hpp"
#include "call/recording_sid.hpp"

#include <algorithm>

namespace callctl::pg {
namespace {

using call::Stage;

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// As PostgreSQL's length(): characters, not bytes.
std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string cut(std::string text, std::size_t max_characters) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_continuation(text[i]) && ++seen > max_characters) {
            text.resize(i);
            break;
        }
    }
    return text;
}

/// `unknown` is the host's word for nothing.
bool is_empty(const std::string& text) {
    return text.empty() || text == "unknown";
}

std::string inferred(const HostRow& row, Stage stage) {
    switch (stage) {
    case Stage::recording:
        if (!row.recording_url.empty()) {
            return "completed";
        }
        return row.recording_sid.empty() ? "pending" : "recording";
    case Stage::transcript:
        return characters(row.transcript) > 50 || characters(row.live_transcript) > 50 ? "completed"
                                                                                       : "pending";
    case Stage::summary:
        return characters(row.summary) > 20 ? "completed" : "pending";
    }
    return "pending";
}

std::optional<base::RecordingSid> recording_in(const HostRow& row) {
    const auto sid = base::RecordingSid::parse(row.recording_sid);
    return sid ? sid : call::recording_sid_in(row.recording_url);
}

std::string recording_url(const base::RecordingSid& sid, const std::string& account_sid) {
    return "https://api.twilio.com/2010-04-01/Accounts/" + account_sid + "/Recordings/" + sid.str();
}

/// The next call_status, or nothing when the row's own is to stay: a word that Twilio does not have
/// is the host's business, and an ended call does not begin again.
std::optional<std::string> next_call_status(const std::string& shown, call::CallState state) {
    const auto known = call::parse_call_state(shown);
    const bool ours = shown.empty() || known != call::CallState::unknown;
    if (!ours || call::is_terminal(known) || state <= known) {
        return std::nullopt;
    }
    return call_status_word(state);
}

// To the host last_error is what went wrong. To wait is no error, and neither is nothing to do; but
// a stage that shows `failed` keeps its error while it waits for something else.
std::string error_text(const call::Call& call, const std::string& shown) {
    if (!call.reason) {
        return call.detail;
    }
    switch (call::class_of(*call.reason)) {
    case call::ReasonClass::wait:
        return call.status(call.stage) == call::Status::failed ? shown : std::string{};
    case call::ReasonClass::nothing:
        return {};
    case call::ReasonClass::transient:
    case call::ReasonClass::account:
    case call::ReasonClass::permanent:
        break;
    }
    const std::string code{call::to_string(*call.reason)};
    return call.detail.empty() ? code : code + ": " + call.detail;
}

/// Texts for columns of this host's table.
class Fitted {
  public:
    explicit Fitted(const HostRules& rules) : m_rules{rules} {}

    [[nodiscard]] std::string text(const char* column, const std::string& value) const {
        const auto limit = m_rules.max_characters.find(column);
        auto storable = base::storable_text(value);
        return limit == m_rules.max_characters.end() ? storable
                                                     : cut(std::move(storable), limit->second);
    }

    [[nodiscard]] std::optional<std::string> fill(const char* column, const std::string& shown,
                                                  const std::string& value) const {
        return is_empty(shown) && !value.empty() ? std::optional{text(column, value)}
                                                 : std::nullopt;
    }

  private:
    const HostRules& m_rules;
};

void fill_recording(HostChange& change, const HostRow& row, const call::RecordingFacts& facts,
                    const HostRules& rules, const std::optional<base::RecordingSid>& replaced) {
    if (!facts.sid) {
        return;
    }
    const Fitted fitted{rules};
    const std::string& sid = facts.sid->str();
    const bool names_replaced = replaced && row.recording_sid == replaced->str();
    change.recording_sid =
        fitted.fill("recording_sid", names_replaced ? "" : row.recording_sid, sid);
    if (rules.account_sid.empty()) {
        return;
    }
    // To the host an address means a recording that can be fetched. That of one which gave way goes
    // with its name: later nobody knows that it was not the host who chose it.
    const bool is_stale =
        names_replaced && row.recording_url == recording_url(*replaced, rules.account_sid);
    if (is_stale || facts.state == call::RecordingState::completed) {
        change.recording_url = fitted.fill("recording_url", is_stale ? "" : row.recording_url,
                                           recording_url(*facts.sid, rules.account_sid));
    }
}

} // namespace

std::string call_status_word(call::CallState state) {
    std::string word{call::to_string(state)};
    std::replace(word.begin(), word.end(), '_', '-');
    return word;
}

call::StageStatuses known_statuses(const StatusWords& words) {
    call::StageStatuses statuses;
    for (std::size_t i = 0; i < words.size(); ++i) {
        statuses[i] = words[i] ? call::parse_status(*words[i]) : std::nullopt;
    }
    return statuses;
}

StatusWords inferred_statuses(const HostRow& row) {
    StatusWords words = row.statuses;
    for (const Stage stage : call::k_stages) {
        auto& word = words[static_cast<std::size_t>(stage)];
        if (!word) {
            word = inferred(row, stage);
        }
    }
    return words;
}

call::CallFacts facts_of(const HostRow& row, const StatusWords& words) {
    call::CallFacts facts;
    facts.state = call::parse_call_state(row.call_status);
    facts.direction = call::parse_direction(row.direction);
    facts.from = is_empty(row.from) ? "" : row.from;
    facts.to = is_empty(row.to) ? "" : row.to;
    facts.parent = base::CallSid::parse(row.parent);
    if (row.duration > 0) {
        facts.duration = std::chrono::seconds{row.duration};
    }
    facts.recording.sid = recording_in(row);
    if (facts.recording.sid) {
        facts.recording_count = 1;
        if (words[0] == "completed") {
            facts.recording.state = call::RecordingState::completed;
        }
    }
    return facts;
}

HostChange host_change(const HostRow& row, const call::Call& next, const HostRules& rules,
                       const std::optional<base::RecordingSid>& replaced) {
    const Fitted fitted{rules};
    const call::CallFacts& facts = next.facts;
    HostChange change;
    for (std::size_t i = 0; i < next.statuses.size(); ++i) {
        if (next.statuses[i] && row.statuses[i] != call::to_string(*next.statuses[i])) {
            change.statuses[i] = std::string{call::to_string(*next.statuses[i])};
            change.unset[i] = !row.statuses[i];
        }
    }
    change.parent =
        fitted.fill("parent_call_sid", row.parent, facts.parent ? facts.parent->str() : "");
    change.from = fitted.fill("from_number", row.from, facts.from);
    change.to = fitted.fill("to_number", row.to, facts.to);
    if (facts.direction != call::Direction::unknown) {
        change.direction =
            fitted.fill("direction", row.direction, std::string{call::to_string(facts.direction)});
    }
    change.call_status = next_call_status(row.call_status, facts.state);
    if (row.duration == 0 && facts.duration && facts.duration->count() > 0) {
        change.duration = facts.duration->count();
    }
    fill_recording(change, row, facts.recording, rules, replaced);
    if (const auto error = fitted.text("last_error", error_text(next, row.last_error));
        error != row.last_error) {
        change.last_error = error;
    }
    if (next.attempts != row.retry_count) {
        change.retry_count = next.attempts;
    }
    return change;
}

HostRow changed(HostRow row, const HostChange& change) {
    const auto set = [](auto& value, const auto& next) { value = next.value_or(std::move(value)); };
    for (std::size_t i = 0; i < row.statuses.size(); ++i) {
        if (change.statuses[i]) {
            row.statuses[i] = change.statuses[i];
        }
    }
    set(row.parent, change.parent);
    set(row.from, change.from);
    set(row.to, change.to);
    set(row.direction, change.direction);
    set(row.call_status, change.call_status);
    set(row.duration, change.duration);
    set(row.recording_sid, change.recording_sid);
    set(row.recording_url, change.recording_url);
    set(row.last_error, change.last_error);
    set(row.retry_count, change.retry_count);
    set(row.transcript, change.transcript);
    set(row.summary, change.summary);
    return row;
}

HostChange adoption_change(const HostRow& row) {
    HostChange change;
    const StatusWords inferred = inferred_statuses(row);
    for (std::size_t i = 0; i < inferred.size(); ++i) {
        if (!row.statuses[i]) {
            change.statuses[i] = inferred[i];
            change.unset[i] = true;
        }
    }
    return change;
}

void set_texts(HostChange& change, const std::vector<call::Artefact>& artefacts,
               const HostRules& rules) {
    const Fitted fitted{rules};
    for (const call::Artefact& artefact : artefacts) {
        if (artefact.text.empty()) {
            continue;
        }
        if (artefact.stage == Stage::summary) {
            change.summary = fitted.text("summary", artefact.text);
        } else {
            change.transcript = fitted.text("final_transcript", artefact.text);
        }
    }
}

} // namespace callctl::pg
