#include "sim/control_input.hpp"

#include "sim/long_call.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace callctl::sim {
namespace {

/// Takes fields out of an object one by one; what is left over at the end was not understood.
class ObjectReader {
  public:
    explicit ObjectReader(const Json& object) : m_object{&object} {}

    void text(const char* name, std::string& value) {
        if (const Json* const found = take(name)) {
            if (found->is_string()) {
                value = found->get<std::string>();
            } else if (found->is_number_integer()) {
                value = found->dump(); // `"code": 21501` and `"code": "21501"` mean the same
            } else {
                complain(name);
            }
        }
    }

    void number(const char* name, int& value) {
        if (const Json* const found = take(name)) {
            if (found->is_number_integer()) {
                value = found->get<int>();
            } else {
                complain(name);
            }
        }
    }

    void flag(const char* name, bool& value) {
        if (const Json* const found = take(name)) {
            if (found->is_boolean()) {
                value = found->get<bool>();
            } else {
                complain(name);
            }
        }
    }

    void length(const char* name, milliseconds& value) {
        int count = static_cast<int>(value.count());
        number(name, count);
        value = milliseconds{count};
    }

    void length(const char* name, std::optional<milliseconds>& value) {
        if (m_object->contains(name)) {
            milliseconds there{0};
            length(name, there);
            value = there;
        }
    }

    /// A list of texts, or one text with blanks between its words.
    void texts(const char* name, std::vector<std::string>& values) {
        const Json* const found = take(name);
        if (found == nullptr) {
            return;
        }
        if (found->is_string()) {
            values = split(found->get<std::string>(), ' ');
        } else if (found->is_array() &&
                   std::ranges::all_of(*found, [](const Json& item) { return item.is_string(); })) {
            values = found->get<std::vector<std::string>>();
        } else {
            complain(name);
        }
    }

    template <class Value>
    void choice(const char* name, const std::map<std::string, Value>& choices, Value& value) {
        std::string word;
        text(name, word);
        if (word.empty()) {
            return;
        }
        const auto found = choices.find(word);
        if (found == choices.end()) {
            complain(name);
        } else {
            value = found->second;
        }
    }

    const Json* take(const char* name) {
        m_known.insert(name);
        return m_object->contains(name) ? &m_object->at(name) : nullptr;
    }

    void complain(std::string_view name) {
        m_complaint =
            m_complaint.empty() ? fmt::format("senseless value of {}", name) : m_complaint;
    }

    [[nodiscard]] std::string complaint() const {
        for (const auto& [name, value] : m_object->items()) {
            if (!m_known.contains(name)) {
                return fmt::format("unknown field {}", name);
            }
        }
        return m_complaint;
    }

  private:
    const Json* m_object;
    std::set<std::string> m_known{};
    std::string m_complaint{};
};

const std::map<std::string, CallStatus> k_outcomes{
    {"answered", CallStatus::completed},  {"completed", CallStatus::completed},
    {"busy", CallStatus::busy},           {"failed", CallStatus::failed},
    {"no-answer", CallStatus::no_answer}, {"canceled", CallStatus::canceled}};

const std::map<std::string, Fate> k_fates{{"completed", Fate::completed},
                                          {"too_short", Fate::too_short},
                                          {"silent", Fate::silent},
                                          {"system_error", Fate::system_error},
                                          {"encryption_failed", Fate::encryption_failed}};

bool is_dialogue(const std::string& id) {
    return find_dialogue(id) != nullptr || parse_long_call(id).has_value();
}

void read_behaviour(ObjectReader& fields, const World& world, Plan& plan) {
    plan.dialogue = world.settings.default_dialogue;
    std::string language;
    fields.text("language", language);
    if (!language.empty()) {
        plan.dialogue = language + "-appointment";
    }
    fields.text("dialogue", plan.dialogue);
    if (!is_dialogue(plan.dialogue)) {
        fields.complain("dialogue");
    }
    fields.choice("outcome", k_outcomes, plan.outcome);
    fields.choice("recording", k_fates, plan.fate);
    fields.choice("hang_up", {{"agent", HangUp::agent}, {"caller", HangUp::caller}}, plan.hang_up);
    fields.flag("stream_fails", plan.stream_fails);
    fields.length("duration_ms", plan.duration);
    fields.length("queue_ms", plan.queued);
    fields.length("ring_ms", plan.ringing);
    fields.length("processing_ms", plan.processing);
}

template <class Value>
base::Result<Value> judged(const ObjectReader& fields, Value value) {
    const std::string complaint = fields.complaint();
    if (!complaint.empty()) {
        return base::fail(base::ErrorKind::invalid_input, complaint);
    }
    return value;
}

bool is_call_sid(const std::string& sid) {
    return sid.size() == 34 && sid.starts_with("CA") &&
           sid.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string::npos;
}

} // namespace

base::Result<Json> parse_object(const std::string& body) {
    Json parsed = Json::parse(body.empty() ? "{}" : body, nullptr, false);
    if (!parsed.is_object()) {
        return base::fail(base::ErrorKind::invalid_input, "the body is not a JSON object");
    }
    return parsed;
}

base::Result<Fault> read_fault(const Json& object) {
    ObjectReader fields{object};
    Fault fault;
    std::string kind;
    fields.text("where", fault.where);
    fields.text("kind", kind);
    const auto parsed = parse_fault_kind(kind);
    if (!parsed) {
        return base::fail(base::ErrorKind::invalid_input, fmt::format("no such kind: {}", kind));
    }
    fault.kind = *parsed;
    fields.number("status", fault.status);
    fields.text("code", fault.code);
    fields.text("message", fault.message);
    fields.text("type", fault.type);
    fields.text("body", fault.body);
    fields.text("retry_after", fault.retry_after);
    fields.length("delay_ms", fault.delay);
    fields.number("skip", fault.skip);
    fields.text("call_sid", fault.call_sid);
    fields.text("match", fault.match);
    fields.flag("after_effect", fault.after_effect);
    if (object.contains("times")) {
        int times = 0;
        fields.number("times", times);
        fault.times = times;
    }
    if (const Json* const probability = fields.take("probability")) {
        fault.probability = probability->is_number() ? probability->get<double>() : -1.0;
    }
    if (fault.probability < 0.0 || fault.probability > 1.0) {
        fields.complain("probability");
    }
    if (const Json* const headers = fields.take("headers")) {
        for (const auto& [name, value] : headers->items()) {
            if (value.is_string()) {
                fault.headers.push_back({name, value.get<std::string>()});
            } else {
                fields.complain("headers");
            }
        }
    }
    return judged(fields, std::move(fault));
}

base::Result<Placement> read_placement(const Json& object, const World& world) {
    ObjectReader fields{object};
    Placement placement{.direction = "inbound"};
    fields.choice("direction",
                  {{"inbound", std::string{"inbound"}},
                   {"outbound", "outbound-api"},
                   {"outbound-api", "outbound-api"}},
                  placement.direction);
    const bool inbound = placement.direction == "inbound";
    const std::string customer = fmt::format("+97250{:07}", 1234501 + world.call_order.size());
    const std::string business = "+97231234567";
    placement.from = inbound ? customer : business;
    placement.to = inbound ? business : customer;
    placement.status_callback.events = {"completed"};
    fields.text("call_sid", placement.sid);
    fields.text("from", placement.from);
    fields.text("to", placement.to);
    fields.text("voice_url", placement.voice.url);
    fields.text("voice_method", placement.voice.method);
    fields.text("fallback_url", placement.fallback.url);
    fields.text("twiml", placement.twiml);
    fields.text("status_callback", placement.status_callback.url);
    fields.text("status_callback_method", placement.status_callback.method);
    fields.texts("status_callback_events", placement.status_callback.events);
    bool record = false;
    fields.flag("record", record);
    if (record) {
        placement.record = RecordingOrder{.source = "OutboundAPI", .trim = true};
    }
    read_behaviour(fields, world, placement.plan);
    const bool leads_nowhere = placement.voice.url.empty() && (inbound || placement.twiml.empty());
    if (leads_nowhere) {
        fields.complain("voice_url");
    }
    if (!placement.sid.empty() &&
        (!is_call_sid(placement.sid) || world.calls.contains(placement.sid))) {
        fields.complain("call_sid");
    }
    return judged(fields, std::move(placement));
}

base::Result<PlannedCall> read_plan(const Json& object, const World& world) {
    ObjectReader fields{object};
    PlannedCall planned;
    fields.text("to", planned.to);
    read_behaviour(fields, world, planned.plan);
    return judged(fields, std::move(planned));
}

base::Result<Settings> read_settings(const Json& object, Settings settings) {
    ObjectReader fields{object};
    fields.flag("phantom_on_second_start", settings.phantom_on_second_start);
    fields.length("shortest_recording_ms", settings.shortest_recording);
    fields.flag("delete_silent", settings.delete_silent);
    fields.flag("hallucinate_on_silence", settings.hallucinate_on_silence);
    fields.length("reorder_patience_ms", settings.reorder_patience);
    fields.flag("own_servers_have_keys", settings.own_servers_have_keys);
    fields.number("context_tokens", settings.context_tokens);
    fields.number("tokens_per_minute", settings.tokens_per_minute);
    fields.text("default_dialogue", settings.default_dialogue);
    if (!is_dialogue(settings.default_dialogue)) {
        fields.complain("default_dialogue");
    }
    return judged(fields, std::move(settings));
}

} // namespace callctl::sim
