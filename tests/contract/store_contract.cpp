#include "contract/store_contract.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>

namespace callctl::contract {

void StoreContract::SetUp() {
    m_backend = GetParam().make();
}

void StoreContract::hear_of(const base::CallSid& sid, const call::CallFacts& news) {
    ASSERT_EQ(ingest(delivery(sid, news, "first")).applied, 1U);
}

port::IngestReport StoreContract::ingest(const call::Delivery& delivery) {
    return store().ingest(std::vector{delivery}, heed);
}

call::Call StoreContract::call(const base::CallSid& sid) {
    return store().find(sid).value();
}

fakes::HostRow StoreContract::host(const base::CallSid& sid) {
    return m_backend->host(sid).at(0);
}

port::Claim StoreContract::claim(const base::CallSid& sid, const std::string& worker) {
    auto claimed = store().claim_call(sid, request(1, worker));
    if (!claimed) {
        throw std::runtime_error{claimed.error().message};
    }
    return std::move(*claimed);
}

void StoreContract::settle(const base::CallSid& sid,
                           const std::function<void(call::Change&)>& edit) {
    const auto held = claim(sid, "settler");
    auto change = unchanged(held.call);
    edit(change);
    ASSERT_EQ(store().write(held.lease, change), port::Written::done);
    store().release(held.lease);
}

std::string backend_name(const testing::TestParamInfo<BackendFactory>& info) {
    return info.param.name;
}

base::CallSid call_sid(int number) {
    return base::CallSid::parse(fmt::format("CA{:032x}", number)).value();
}

base::RecordingSid recording_sid(int number) {
    return base::RecordingSid::parse(fmt::format("RE{:032x}", number)).value();
}

fakes::HostRow host_row(const base::CallSid& sid) {
    fakes::HostRow row;
    row.call_sid = sid.str();
    return row;
}

call::Delivery delivery(const base::CallSid& sid, const call::CallFacts& news,
                        const std::string& tag) {
    call::Delivery made{.sid = sid};
    made.route = "/webhook/call_status";
    made.raw = "CallSid=" + sid.str() + "&Tag=" + tag;
    made.idempotency_token = tag;
    made.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    made.digest = base::sha256(made.route + made.raw);
    made.news = news;
    return made;
}

call::CallFacts ringing() {
    call::CallFacts facts;
    facts.state = call::CallState::ringing;
    facts.direction = call::Direction::inbound;
    facts.twilio_direction = "inbound";
    facts.from = "+972501234567";
    facts.to = "+97231234567";
    return facts;
}

call::CallFacts full_facts(base::Time now) {
    call::CallFacts facts = ringing();
    facts.state = call::CallState::completed;
    facts.direction = call::Direction::outbound;
    facts.twilio_direction = "outbound-api";
    facts.parent = call_sid(0xabc);
    facts.heard_at = now - 1h;
    facts.answered_at = now - 59min;
    facts.ended_at = now - 50min;
    facts.duration = 540s;
    facts.asked_by_twiml_at = now - 60min + 250ms;
    facts.asked_by_rest_at = now - 58min - 250ms;
    facts.unknown_to_twilio = true;
    facts.recording = {.sid = recording_sid(7),
                       .state = call::RecordingState::completed,
                       .source = "StartCallRecordingAPI",
                       .channels = 2,
                       .duration = 538s,
                       .started_at = now - 58min,
                       .error_code = 16104};
    facts.recording_count = 2;
    facts.observed_at = now - 1min + 1ms;
    facts.observations = 3;
    facts.start_refused_at = now - 59min - 500ms;
    facts.start_refusals = 4;
    return facts;
}

port::ClaimRequest request(int limit, const std::string& worker) {
    return {.worker = worker, .lease = 60s, .limit = limit};
}

call::Change unchanged(const call::Call& call) {
    return {.stage = call.stage,
            .reason = call.reason,
            .detail = call.detail,
            .attempts = call.attempts,
            .crashes = call.crashes,
            .due_at = call.due_at,
            .seen_news = call.news};
}

call::Change heed(const call::Call& call, const call::CallFacts& news, base::Time now) {
    auto change = unchanged(call);
    change.facts = news;
    change.due_at = now;
    if (news.recording.state == call::RecordingState::completed) {
        change.statuses[at(call::Stage::recording)] = call::Status::completed;
        change.stage = call::Stage::transcript;
    }
    return change;
}

} // namespace callctl::contract
