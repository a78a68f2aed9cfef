#include "sim/world.hpp"

namespace callctl::sim {

Call* World::find_call(std::string_view sid) {
    const auto found = calls.find(sid);
    return found == calls.end() ? nullptr : &found->second;
}

Recording* World::find_recording(std::string_view sid) {
    const auto found = recordings.find(sid);
    return found == recordings.end() ? nullptr : &found->second;
}

Call& World::add_call(Call call) {
    call_order.push_back(call.sid);
    call.ordinal = static_cast<std::uint32_t>(call_order.size());
    const std::string sid = call.sid;
    return calls.insert_or_assign(sid, std::move(call)).first->second;
}

Recording& World::add_recording(Recording recording) {
    recording_order.push_back(recording.sid);
    const std::string sid = recording.sid;
    return recordings.insert_or_assign(sid, std::move(recording)).first->second;
}

Call* World::call_by_ordinal(std::uint32_t ordinal) {
    if (ordinal == 0 || ordinal > call_order.size()) {
        return nullptr;
    }
    return find_call(call_order[ordinal - 1]);
}

void World::count(std::string_view where, std::string_view call_sid) {
    ++counts[std::string{where}];
    if (!call_sid.empty()) {
        ++counts_by_call[std::string{call_sid}][std::string{where}];
    }
}

void World::charge(Bill bill) {
    if (bill.what == "summary") {
        ++bills.summaries;
    } else {
        ++bills.transcriptions;
        bills.transcribed_seconds += bill.seconds;
    }
    count("billed." + bill.what, bill.call_sid);
    ledger.push_back(std::move(bill));
}

void World::reset() {
    settings = {};
    faults.clear();
    calls.clear();
    recordings.clear();
    call_order.clear();
    recording_order.clear();
    planned.clear();
    counts.clear();
    counts_by_call.clear();
    debugger.clear();
    deliveries.clear();
    bills = {};
    ledger.clear();
    ++generation;
}

} // namespace callctl::sim
