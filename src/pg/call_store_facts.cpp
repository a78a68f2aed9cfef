#include "pg/call_store_facts.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

namespace callctl::pg {
namespace {

using Json = nlohmann::json;
using base::Time;
using std::chrono::seconds;

class JsonWriter {
  public:
    void text(const char* name, const std::string& value) {
        if (!value.empty()) {
            m_json[name] = base::storable_text(value);
        }
    }
    void number(const char* name, std::int64_t value) {
        if (value != 0) {
            m_json[name] = value;
        }
    }
    void number(const char* name, const std::optional<int>& value) {
        if (value) {
            m_json[name] = *value;
        }
    }
    void time(const char* name, const std::optional<Time>& value) {
        if (value) {
            m_json[name] = base::format_iso8601(*value);
        }
    }
    void duration(const char* name, const std::optional<seconds>& value) {
        if (value) {
            m_json[name] = value->count();
        }
    }
    template <char First, char Second>
    void sid(const char* name, const std::optional<base::Sid<First, Second>>& value) {
        if (value) {
            m_json[name] = value->str();
        }
    }
    void flag(const char* name, bool value) {
        if (value) {
            m_json[name] = true;
        }
    }
    [[nodiscard]] Json take() { return std::move(m_json); }

  private:
    Json m_json = Json::object();
};

/// A member of another type than expected counts as absent.
class JsonReader {
  public:
    explicit JsonReader(const Json& json) : m_json{json} {}

    [[nodiscard]] std::string text(const char* name) const {
        const Json* const member = find(name);
        return member != nullptr && member->is_string() ? member->get<std::string>()
                                                        : std::string{};
    }
    [[nodiscard]] std::optional<int> number(const char* name) const {
        const Json* const member = find(name);
        return member != nullptr && member->is_number_integer() ? std::optional{member->get<int>()}
                                                                : std::nullopt;
    }
    [[nodiscard]] std::optional<Time> time(const char* name) const {
        return base::parse_iso8601(text(name));
    }
    [[nodiscard]] std::optional<seconds> duration(const char* name) const {
        const Json* const member = find(name);
        return member != nullptr && member->is_number_integer()
                   ? std::optional{seconds{member->get<std::int64_t>()}}
                   : std::nullopt;
    }
    [[nodiscard]] bool flag(const char* name) const {
        const Json* const member = find(name);
        return member != nullptr && member->is_boolean() && member->get<bool>();
    }
    [[nodiscard]] const Json* find(const char* name) const {
        const auto member = m_json.find(name);
        return member == m_json.end() ? nullptr : &*member;
    }

  private:
    const Json& m_json;
};

Json recording_to_json(const call::RecordingFacts& facts) {
    JsonWriter writer;
    writer.sid("sid", facts.sid);
    if (facts.state != call::RecordingState::none) {
        writer.text("state", std::string{call::to_string(facts.state)});
    }
    writer.text("source", facts.source);
    writer.number("channels", facts.channels);
    writer.duration("duration_s", facts.duration);
    writer.time("started_at", facts.started_at);
    writer.number("error_code", facts.error_code);
    return writer.take();
}

call::RecordingFacts recording_from_json(const Json& json) {
    const JsonReader reader{json};
    call::RecordingFacts facts;
    facts.sid = base::RecordingSid::parse(reader.text("sid"));
    facts.state =
        call::parse_recording_state(reader.text("state")).value_or(call::RecordingState::none);
    facts.source = reader.text("source");
    facts.channels = reader.number("channels");
    facts.duration = reader.duration("duration_s");
    facts.started_at = reader.time("started_at");
    facts.error_code = reader.number("error_code");
    return facts;
}

call::CallFacts facts_of(const Json& json) {
    const JsonReader reader{json};
    call::CallFacts facts;
    facts.state = call::parse_call_state(reader.text("state"));
    facts.direction = call::parse_direction(reader.text("direction"));
    facts.twilio_direction = reader.text("twilio_direction");
    facts.from = reader.text("from");
    facts.to = reader.text("to");
    facts.parent = base::CallSid::parse(reader.text("parent"));
    facts.heard_at = reader.time("heard_at");
    facts.answered_at = reader.time("answered_at");
    facts.ended_at = reader.time("ended_at");
    facts.duration = reader.duration("duration_s");
    facts.asked_by_twiml_at = reader.time("asked_by_twiml_at");
    facts.asked_by_rest_at = reader.time("asked_by_rest_at");
    facts.unknown_to_twilio = reader.flag("unknown_to_twilio");
    if (const Json* const recording = reader.find("recording");
        recording != nullptr && recording->is_object()) {
        facts.recording = recording_from_json(*recording);
    }
    facts.recording_count = reader.number("recording_count").value_or(0);
    facts.observed_at = reader.time("observed_at");
    facts.observations = reader.number("observations").value_or(0);
    facts.start_refused_at = reader.time("start_refused_at");
    facts.start_refusals = reader.number("start_refusals").value_or(0);
    return facts;
}

} // namespace

std::string facts_to_json(const call::CallFacts& facts) {
    JsonWriter writer;
    if (facts.state != call::CallState::unknown) {
        writer.text("state", std::string{call::to_string(facts.state)});
    }
    if (facts.direction != call::Direction::unknown) {
        writer.text("direction", std::string{call::to_string(facts.direction)});
    }
    writer.text("twilio_direction", facts.twilio_direction);
    writer.text("from", facts.from);
    writer.text("to", facts.to);
    writer.sid("parent", facts.parent);
    writer.time("heard_at", facts.heard_at);
    writer.time("answered_at", facts.answered_at);
    writer.time("ended_at", facts.ended_at);
    writer.duration("duration_s", facts.duration);
    writer.time("asked_by_twiml_at", facts.asked_by_twiml_at);
    writer.time("asked_by_rest_at", facts.asked_by_rest_at);
    writer.flag("unknown_to_twilio", facts.unknown_to_twilio);
    writer.number("recording_count", facts.recording_count);
    writer.time("observed_at", facts.observed_at);
    writer.number("observations", facts.observations);
    writer.time("start_refused_at", facts.start_refused_at);
    writer.number("start_refusals", facts.start_refusals);
    Json json = writer.take();
    if (facts.recording != call::RecordingFacts{}) {
        json["recording"] = recording_to_json(facts.recording);
    }
    return json.dump();
}

std::optional<call::CallFacts> facts_from_json(std::string_view text) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    return json.is_object() ? std::optional{facts_of(json)} : std::nullopt;
}

} // namespace callctl::pg
