#include "sim/control.hpp"

#include "sim/control_input.hpp"
#include "sim/truth.hpp"

#include <nlohmann/json.hpp>

namespace callctl::sim {
namespace {

Answer said(const Json& body, int status = 200) {
    return {.response = {.status = status,
                         .content_type = "application/json",
                         .body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"}};
}

Answer refused(const std::string& message) {
    return said({{"error", message}}, 400);
}
Answer nowhere() {
    return said({{"error", "no such thing"}}, 404);
}

Json fault_json(const Fault& fault) {
    Json json{{"id", fault.id},
              {"where", fault.where},
              {"kind", to_string(fault.kind)},
              {"seen", fault.seen},
              {"hits", fault.hits}};
    if (fault.times) {
        json["times"] = *fault.times;
    }
    return json;
}

Json call_json(const World& world, const Call& call) {
    const auto counts = world.counts_by_call.find(call.sid);
    return {
        {"call_sid", call.sid},
        {"direction", call.direction},
        {"from", call.from},
        {"to", call.to},
        {"status", to_string(call.status)},
        {"dialogue", call.plan.dialogue},
        {"parent_call_sid", call.parent},
        {"answered_at", call.answered ? Json(iso8601(*call.answered)) : Json(nullptr)},
        {"ended_at", call.ended ? Json(iso8601(*call.ended)) : Json(nullptr)},
        {"duration_ms", call.talked.count()},
        {"recordings", call.recordings},
        {"counts", counts == world.counts_by_call.end() ? Json::object() : Json(counts->second)}};
}

Json recording_json(const Recording& recording) {
    return {{"recording_sid", recording.sid},      {"call_sid", recording.call_sid},
            {"source", recording.source},          {"status", to_string(recording.status)},
            {"channels", recording.channels},      {"from_ms", recording.from.count()},
            {"until_ms", recording.until.count()}, {"error_code", recording.error_code}};
}

Json delivery_json(const DeliveryEntry& entry) {
    return {{"kind", entry.kind},
            {"call_sid", entry.call_sid},
            {"recording_sid", entry.recording_sid},
            {"url", entry.url},
            {"idempotency_token", entry.token},
            {"fault", entry.fault},
            {"results", entry.results}};
}

Json debugger_json(const DebuggerEntry& entry) {
    return {{"time", iso8601(entry.time)},
            {"code", entry.code},
            {"level", entry.error ? "error" : "warning"},
            {"call_sid", entry.call_sid},
            {"message", entry.message},
            {"url", entry.url}};
}

Json bill_json(const Bill& bill) {
    return {{"time", iso8601(bill.time)},
            {"what", bill.what},
            {"server", bill.server},
            {"model", bill.model},
            {"request_id", bill.request_id},
            {"call_sid", bill.call_sid},
            {"sha256", bill.sha256},
            {"audio_ms", bill.audio_ms},
            {"seconds", bill.seconds},
            {"input_tokens", bill.input_tokens},
            {"output_tokens", bill.output_tokens}};
}

template <class Range, class Show>
Json list_of(const Range& range, Show show) {
    Json list = Json::array();
    for (const auto& item : range) {
        list.push_back(show(item));
    }
    return list;
}

Json settings_json(const Settings& settings) {
    return {{"phantom_on_second_start", settings.phantom_on_second_start},
            {"shortest_recording_ms", settings.shortest_recording.count()},
            {"delete_silent", settings.delete_silent},
            {"hallucinate_on_silence", settings.hallucinate_on_silence},
            {"reorder_patience_ms", settings.reorder_patience.count()},
            {"own_servers_have_keys", settings.own_servers_have_keys},
            {"context_tokens", settings.context_tokens},
            {"tokens_per_minute", settings.tokens_per_minute},
            {"default_dialogue", settings.default_dialogue}};
}

} // namespace

Answer Control::answer(const Request& request) {
    const bool post = request.method == "POST";
    if (request.path == "/sim/state" && !post) {
        return state();
    }
    if (request.path == "/sim/bills" && !post) {
        return bills(request);
    }
    if (request.path == "/sim/dialogues" && !post) {
        return dialogues();
    }
    if (request.path == "/sim/reset" && post) {
        return reset();
    }
    if (request.path == "/sim/settings") {
        return post ? change_settings(request) : said(settings_json(m_world->settings));
    }
    if (request.path == "/sim/plans" && post) {
        return add_plan(request);
    }
    if (request.path.starts_with("/sim/faults")) {
        return answer_faults(request);
    }
    if (request.path.starts_with("/sim/recordings/")) {
        return answer_recordings(request);
    }
    return request.path.starts_with("/sim/calls") ? answer_calls(request) : nowhere();
}

Answer Control::answer_faults(const Request& request) {
    const auto parts = split(request.path, '/');
    if (request.method == "POST") {
        return add_faults(request);
    }
    if (request.method == "GET") {
        return said(list_of(m_world->faults.all(), fault_json));
    }
    if (parts.size() == 2) {
        m_world->faults.clear();
        return said(Json::object());
    }
    return m_world->faults.remove(to_int(parts[2]).value_or(0)) ? said(Json::object()) : nowhere();
}

Answer Control::add_faults(const Request& request) {
    const Json parsed = Json::parse(request.body, nullptr, false);
    const Json list = parsed.is_array() ? parsed : Json::array({parsed});
    std::vector<Fault> faults;
    for (const Json& item : list) {
        auto fault = item.is_object()
                         ? read_fault(item)
                         : base::fail(base::ErrorKind::invalid_input, "a fault is a JSON object");
        if (!fault) {
            return refused(fault.error().message);
        }
        faults.push_back(std::move(*fault));
    }
    Json ids = Json::array();
    for (Fault& fault : faults) {
        const auto id = m_world->faults.add(std::move(fault));
        if (!id) {
            return refused(id.error().message);
        }
        ids.push_back(*id);
    }
    return said({{"ids", std::move(ids)}}, 201);
}

Answer Control::answer_calls(const Request& request) {
    const auto parts = split(request.path, '/');
    if (parts.size() == 2) {
        return request.method == "POST" ? place_call(request) : nowhere();
    }
    Call* const call = m_world->find_call(parts[2]);
    if (call == nullptr) {
        return nowhere();
    }
    if (parts.size() == 3) {
        return said(call_json(*m_world, *call));
    }
    if (parts[3] == "truth") {
        const milliseconds talked =
            call->began ? m_engine->nominal(*call->began, call->ended.value_or(m_engine->now()))
                        : milliseconds{0};
        return said(truth_of(m_library->performance(call->plan.dialogue), milliseconds{0}, talked));
    }
    if (parts[3] == "twiml") {
        return {.response = {.status = 200, .content_type = "text/xml", .body = call->twiml}};
    }
    if (parts[3] == "hangup" && request.method == "POST") {
        m_flow->hang_up(*call);
        return said(call_json(*m_world, *call));
    }
    return nowhere();
}

Answer Control::answer_recordings(const Request& request) const {
    const auto parts = split(request.path, '/');
    const Recording* const recording = m_world->find_recording(parts[2]);
    if (recording == nullptr || parts.size() != 4 || parts[3] != "truth") {
        return nowhere();
    }
    const Call& call = m_world->calls.at(recording->call_sid);
    return said(
        truth_of(m_library->performance(call.plan.dialogue), recording->from, recording->until));
}

Answer Control::place_call(const Request& request) {
    const auto parsed = parse_object(request.body);
    if (!parsed) {
        return refused(parsed.error().message);
    }
    const auto placement = read_placement(*parsed, *m_world);
    if (!placement) {
        return refused(placement.error().message);
    }
    return said(call_json(*m_world, m_flow->place(*placement)), 201);
}

Answer Control::add_plan(const Request& request) {
    const auto parsed = parse_object(request.body);
    if (!parsed) {
        return refused(parsed.error().message);
    }
    auto planned = read_plan(*parsed, *m_world);
    if (!planned) {
        return refused(planned.error().message);
    }
    m_world->planned.push_back(std::move(*planned));
    return said({{"planned", m_world->planned.size()}}, 201);
}

Answer Control::change_settings(const Request& request) {
    const auto parsed = parse_object(request.body);
    if (!parsed) {
        return refused(parsed.error().message);
    }
    auto settings = read_settings(*parsed, m_world->settings);
    if (!settings) {
        return refused(settings.error().message);
    }
    m_world->settings = std::move(*settings);
    return said(settings_json(m_world->settings));
}

Answer Control::reset() {
    m_engine->clear();
    m_callbacks->clear();
    m_flow->clear();
    m_world->reset();
    return said(Json::object());
}

Answer Control::state() const {
    const auto call_of = [this](const std::string& sid) {
        return call_json(*m_world, m_world->calls.at(sid));
    };
    const auto recording_of = [this](const std::string& sid) {
        return recording_json(m_world->recordings.at(sid));
    };
    const Bills& bills = m_world->bills;
    return said({{"now", iso8601(m_engine->now())},
                 {"callbacks_under_way", m_callbacks->under_way()},
                 {"calls", list_of(m_world->call_order, call_of)},
                 {"recordings", list_of(m_world->recording_order, recording_of)},
                 {"counts", m_world->counts},
                 {"bills",
                  {{"recordings", bills.recordings},
                   {"recorded_seconds", bills.recorded_seconds},
                   {"transcriptions", bills.transcriptions},
                   {"transcribed_seconds", bills.transcribed_seconds},
                   {"summaries", bills.summaries}}},
                 {"faults", list_of(m_world->faults.all(), fault_json)},
                 {"deliveries", list_of(m_world->deliveries, delivery_json)},
                 {"debugger", list_of(m_world->debugger, debugger_json)}});
}

// All of them, or those of `call_sid`.
Answer Control::bills(const Request& request) const {
    const auto sid = value_of(request.query, "call_sid");
    Json list = Json::array();
    for (const Bill& bill : m_world->ledger) {
        if (!sid || bill.call_sid == *sid) {
            list.push_back(bill_json(bill));
        }
    }
    return said(list);
}

Answer Control::dialogues() const {
    return said(list_of(all_dialogues(), [this](const Dialogue& dialogue) {
        const Performance& made = m_library->performance(dialogue.id);
        const auto line = [](const Spoken& spoken) {
            return Json{{"speaker", spoken.line->voice == Voice::caller ? "caller" : "agent"},
                        {"from_ms", spoken.from / k_samples_per_ms},
                        {"until_ms", spoken.until / k_samples_per_ms},
                        {"language", spoken.line->language},
                        {"text", spoken.line->text}};
        };
        return Json{{"id", dialogue.id},
                    {"language", dialogue.language},
                    {"duration_ms", made.length() / k_samples_per_ms},
                    {"topic", dialogue.gist.topic},
                    {"customer_name", dialogue.gist.customer_name},
                    {"lines", list_of(made.spoken(), line)}};
    }));
}

} // namespace callctl::sim
