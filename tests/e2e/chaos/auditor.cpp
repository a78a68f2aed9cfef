#include "e2e/chaos/auditor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

namespace callctl::chaos {
namespace {

constexpr std::size_t k_examples = 5;
constexpr int k_shortest_ms = 3'000; ///< begun just before the end, it need not hold a word
constexpr const char* k_transcriptions = "/v1/audio/transcriptions";
constexpr const char* k_summaries = "/v1/chat/completions";
const Row k_no_words{"completed", "skipped", "skipped"};
const Row k_all_done{"completed", "completed", "completed"};

Figure figure(std::string name, std::vector<std::string> broken_by, std::size_t of,
              const std::string& what) {
    Figure figure{.name = std::move(name),
                  .measured = fmt::format("{} of {} {}", broken_by.size(), of, what),
                  .goal = "0",
                  .broken = !broken_by.empty()};
    broken_by.resize(std::min(broken_by.size(), k_examples));
    figure.examples = std::move(broken_by);
    return figure;
}

bool is_voice(const Exchange& exchange) {
    return exchange.target.find("incoming_call") != std::string::npos ||
           exchange.target.find("outbound_call") != std::string::npos;
}

std::string field(const std::string& form, const std::string& name) {
    const std::string all = "&" + form;
    const auto at = all.find("&" + name + "=");
    if (at == std::string::npos) {
        return {};
    }
    const auto from = at + name.size() + 2;
    return all.substr(from, all.find('&', from) - from);
}

// In alphabetical order: who spoke when is for other tests.
std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream{text};
    std::vector<std::string> words{std::istream_iterator<std::string>{stream}, {}};
    std::ranges::sort(words);
    return words;
}

// What the one has and the other has not.
std::string without(const std::string& text, const std::string& other) {
    std::vector<std::string> words;
    std::ranges::set_difference(words_of(text), words_of(other), std::back_inserter(words));
    std::string joined;
    for (const std::string& word : words) {
        joined += ' ' + word;
    }
    return joined;
}

// `[mm:ss] speaker: text` a line.
std::string spoken_in(const std::string& transcript) {
    std::istringstream lines{transcript};
    std::string spoken;
    for (std::string line; std::getline(lines, line);) {
        const auto text = line.find(": ");
        spoken += (text == std::string::npos ? line : line.substr(text + 2)) + ' ';
    }
    return spoken;
}

} // namespace

std::vector<Figure> Auditor::figures() {
    m_state = ask(m_simulator, "GET", "/sim/state");
    m_bills = ask(m_simulator, "GET", "/sim/bills");
    return {lost_webhooks(),   lost_calls(),   unended_calls(),      wrong_ends(),
            doubled_effects(), stale_writes(), doubled_recordings(), stored_pieces_asked_again(),
            doubled_requests()};
}

// A voice webhook is answered with TwiML even where it cannot be stored in time: a caller waits.
// Its call must not be lost, which is the next figure.
Figure Auditor::lost_webhooks() {
    std::set<std::string> stored;
    for (const Row& row : m_database.rows("SELECT convert_from(raw, 'UTF8') FROM callctl.inbox")) {
        stored.insert(row.at(0).value());
    }
    std::vector<std::string> lost;
    std::size_t acked = 0;
    for (const Exchange& exchange : m_exchanges) {
        if (exchange.direction != "webhook" || !exchange.succeeded() || is_voice(exchange)) {
            continue;
        }
        ++acked;
        if (!stored.contains(exchange.body)) {
            lost.push_back(exchange.target + " " + exchange.body);
        }
    }
    return figure("acked webhooks lost", std::move(lost), acked, "acked");
}

Figure Auditor::lost_calls() {
    std::map<std::string, std::string> rows;
    for (const Row& row :
         m_database.rows("SELECT call_sid, count(*) FROM call_log GROUP BY call_sid")) {
        rows.emplace(row.at(0).value_or("NULL"), row.at(1).value());
    }
    std::vector<std::string> lost;
    std::set<std::string> heard;
    for (const Exchange& exchange : m_exchanges) {
        if (exchange.direction == "webhook" && exchange.succeeded()) {
            heard.insert(field(exchange.body, "CallSid"));
        }
    }
    for (const std::string& sid : heard) {
        if (!rows.contains(sid)) {
            lost.push_back(sid);
        }
    }
    return figure("calls of acked webhooks lost", std::move(lost), heard.size(), "calls");
}

Figure Auditor::unended_calls() {
    std::vector<std::string> open;
    for (const Row& row : m_database.rows(
             "SELECT concat_ws(' ', w.call_sid, w.stage, w.reason, w.due_at, w.lease_owner,"
             " l.recording_status, l.transcript_status, l.summary_status)"
             " FROM callctl.work w JOIN call_log l ON l.id = w.call_log_id"
             " WHERE w.due_at IS NOT NULL OR w.lease_owner IS NOT NULL"
             " OR l.recording_status NOT IN ('completed', 'skipped', 'failed')"
             " OR (l.recording_status = 'completed'"
             "     AND l.transcript_status NOT IN ('completed', 'skipped', 'failed'))"
             " OR (l.transcript_status = 'completed'"
             "     AND l.summary_status NOT IN ('completed', 'skipped', 'failed'))")) {
        open.push_back(row.at(0).value());
    }
    const auto all = std::stoul(m_database.value("SELECT count(*) FROM callctl.work"));
    return figure("calls not in an end state", std::move(open), all, "calls");
}

// What was recorded is transcribed, word by word, and summarised.
Figure Auditor::wrong_ends() {
    std::map<std::string, Row> ends;
    std::map<std::string, std::string> transcripts;
    for (const Row& row : m_database.rows("SELECT call_sid, recording_status, transcript_status,"
                                          " summary_status, final_transcript FROM call_log")) {
        ends[row.at(0).value_or("")] = {row.at(1), row.at(2), row.at(3)};
        transcripts[row.at(0).value_or("")] = row.at(4).value_or("");
    }
    std::vector<std::string> wrong;
    std::size_t recorded = 0;
    for (const Json& recording : m_state["recordings"]) {
        if (recording["status"] != "completed") {
            continue;
        }
        ++recorded;
        const std::string sid = recording["call_sid"];
        const auto length = recording["until_ms"].get<int>() - recording["from_ms"].get<int>();
        if (length < k_shortest_ms && ends[sid] == k_no_words) {
            continue;
        }
        if (ends[sid] != k_all_done) {
            wrong.push_back(sid + " was recorded and is not completed");
            continue;
        }
        const Json truth =
            ask(m_simulator, "GET",
                "/sim/recordings/" + recording["recording_sid"].get<std::string>() + "/truth");
        std::string said;
        for (const Json& turn : truth["turns"]) {
            said += turn["text"].get<std::string>() + ' ';
        }
        const std::string written = spoken_in(transcripts[sid]);
        const std::string missing = without(said, written);
        const std::string invented = without(written, said);
        if (!missing.empty() || !invented.empty()) {
            wrong.push_back(fmt::format("{} lacks:{}; has for nothing:{}", sid, missing, invented));
        }
    }
    return figure("recorded calls with another end or text", std::move(wrong), recorded,
                  "recordings");
}

Figure Auditor::doubled_effects() {
    std::vector<std::string> doubled;
    for (const char* const sql :
         {"SELECT 'rows in call_log of ' || call_sid FROM call_log GROUP BY call_sid"
          " HAVING count(*) > 1",
          "SELECT concat_ws(' ', artefact.stage, 'artefacts of', call_sid) FROM callctl.artefact"
          " JOIN callctl.work USING (call_id) GROUP BY call_sid, artefact.stage"
          " HAVING count(*) > 1",
          "SELECT concat_ws(' ', a.stage, 'completed twice', call_sid) FROM callctl.attempt a"
          " JOIN callctl.work USING (call_id)"
          " WHERE a.finished_at IS NOT NULL AND a.reason IS NULL AND a.stage <> 'recording'"
          " GROUP BY call_sid, a.stage HAVING count(*) > 1"}) {
        for (const Row& row : m_database.rows(sql)) {
            doubled.push_back(row.at(0).value());
        }
    }
    const auto effects = std::stoul(m_database.value("SELECT count(*) FROM callctl.artefact"));
    return figure("duplicate database effects", std::move(doubled), effects, "artefacts");
}

// Who writes under a token after one with a newer token has begun.
Figure Auditor::stale_writes() {
    std::vector<std::string> stale;
    for (const Row& row :
         m_database.rows("SELECT concat_ws(' ', 'attempt', a.attempt_id, 'of call', a.call_id)"
                         " FROM callctl.attempt a WHERE EXISTS (SELECT FROM callctl.attempt b"
                         " WHERE b.call_id = a.call_id AND b.attempt_id < a.attempt_id"
                         " AND b.lease_token > a.lease_token)")) {
        stale.push_back(row.at(0).value());
    }
    const auto crashed = std::stoul(
        m_database.value("SELECT count(*) FROM callctl.attempt WHERE reason = 'CRASHED'"));
    return figure("stale writes accepted", std::move(stale), crashed, "attempts cut off");
}

Figure Auditor::doubled_recordings() {
    std::vector<std::string> doubled;
    for (const Json& call : m_state["calls"]) {
        if (call["recordings"].size() > 1) {
            doubled.push_back(call["call_sid"]);
        }
    }
    return figure("calls recorded twice", std::move(doubled), m_state["calls"].size(), "calls");
}

// A host stores a piece before it asks for the next one of that call, so whoever asks for the
// former after that has paid twice for what was there.
Figure Auditor::stored_pieces_asked_again() {
    std::map<std::string, std::string> calls;
    for (const Json& bill : m_bills) {
        calls.emplace(bill["sha256"], bill["call_sid"]);
    }
    std::map<std::string, std::vector<Exchange>> by_call;
    for (const Exchange& exchange : m_exchanges) {
        if (exchange.target == k_transcriptions && calls.contains(exchange.digest)) {
            by_call[calls[exchange.digest]].push_back(exchange);
        }
    }
    std::vector<std::string> again;
    std::size_t pieces = 0;
    for (auto& [call, asked] : by_call) {
        std::ranges::sort(asked, {}, &Exchange::asked);
        std::map<std::string, Exchange> answered;
        std::set<std::string> stored;
        for (const Exchange& next : asked) {
            if (stored.contains(next.digest)) {
                again.push_back(call + " " + next.digest);
            }
            for (const auto& [digest, earlier] : answered) {
                if (digest != next.digest && earlier.host == next.host &&
                    earlier.answered < next.asked) {
                    stored.insert(digest);
                }
            }
            if (next.succeeded()) {
                answered.insert_or_assign(next.digest, next);
            }
        }
        pieces += answered.size();
    }
    return figure("stored pieces asked for again", std::move(again), pieces, "pieces");
}

// Those whose answer was lost with the worker that had asked.
Figure Auditor::doubled_requests() {
    std::set<std::string> pieces;
    std::size_t transcriptions = 0;
    std::size_t summaries = 0;
    for (const Exchange& exchange : m_exchanges) {
        if (exchange.direction != "request" || !exchange.succeeded()) {
            continue;
        }
        if (exchange.target == k_transcriptions) {
            ++transcriptions;
            pieces.insert(exchange.digest);
        } else if (exchange.target == k_summaries) {
            ++summaries;
        }
    }
    const auto summarised = std::stoul(m_database.value(
        "SELECT count(DISTINCT call_id) FROM callctl.artefact WHERE stage = 'summary'"));
    const auto runs = std::stoul(m_database.value("SELECT count(*) FROM callctl.attempt"));
    const std::size_t doubled =
        transcriptions - pieces.size() + (summaries > summarised ? summaries - summarised : 0);
    return {.name = "duplicate external calls",
            .measured = fmt::format(
                "{} in {} stage runs: {:.0f} in 10,000", doubled, runs,
                runs == 0 ? 0.0 : 1e4 * static_cast<double>(doubled) / static_cast<double>(runs)),
            .goal = "counted"};
}

} // namespace callctl::chaos
