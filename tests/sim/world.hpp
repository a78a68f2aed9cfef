// Everything that the simulator remembers, and nothing that it does.
#pragma once

#include "sim/billing.hpp"
#include "sim/digest.hpp"
#include "sim/faults.hpp"
#include "sim/options.hpp"
#include "sim/state.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

/// Behaviour that nobody outside Twilio is sure of, or that depends on the account.
struct Settings {
    /// A second REST start answers with a SID that never exists, not with that of the first.
    bool phantom_on_second_start{false};
    milliseconds shortest_recording{1000}; ///< below: absent, 16101
    bool delete_silent{false};             ///< silent recordings: absent, 16102
    bool hallucinate_on_silence{false};    ///< transcription of silence: a sentence nobody said
    milliseconds reorder_patience{3000};   ///< wall clock
    bool own_servers_have_keys{true};      ///< speaches, vLLM, LocalAI, llama.cpp want the key
    int context_tokens{0};                 ///< of every language model; 0: each server's own
    int tokens_per_minute{0};              ///< of OpenAI and Groq; 0: no limit
    std::string default_dialogue{"he-appointment"};
};

/// What the next call that REST places does; `to` empty: any call.
struct PlannedCall {
    std::string to{};
    Plan plan{};
};

struct Bills {
    int recordings{0};
    std::int64_t recorded_seconds{0};
    int transcriptions{0}; ///< that were answered with a text
    std::int64_t transcribed_seconds{0};
    int summaries{0};
};

class World {
  public:
    World(Options start_options, base::Time now)
        : options{std::move(start_options)}, faults{options.seed}, ids{iso8601(now)} {}

    [[nodiscard]] Call* find_call(std::string_view sid);
    [[nodiscard]] Recording* find_recording(std::string_view sid);
    /// Oldest first.
    [[nodiscard]] Call& add_call(Call call);
    Recording& add_recording(Recording recording);
    [[nodiscard]] Call* call_by_ordinal(std::uint32_t ordinal);

    /// Into the ledger and the sums.
    void charge(Bill bill);
    void count(std::string_view where, std::string_view call_sid);
    void debug(DebuggerEntry entry) { debugger.push_back(std::move(entry)); }
    /// Calls, recordings, counts, faults and settings as on the first day. Identifiers go on.
    void reset();

    Options options;
    Settings settings{};
    Faults faults;
    Identifiers ids;
    std::map<std::string, Call, std::less<>> calls{};
    std::map<std::string, Recording, std::less<>> recordings{};
    std::vector<std::string> call_order{};
    std::vector<std::string> recording_order{};
    std::deque<PlannedCall> planned{};
    std::map<std::string, int> counts{};
    std::map<std::string, std::map<std::string, int>> counts_by_call{};
    std::vector<DebuggerEntry> debugger{};
    std::vector<DeliveryEntry> deliveries{};
    Bills bills{};
    std::vector<Bill> ledger{};  ///< what is in `bills` of transcriptions and summaries, one by one
    std::uint64_t generation{0}; ///< grows with every reset: what was under way before is void
};

} // namespace callctl::sim
