#include "e2e/chaos/inbox_audit.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <unordered_map>

namespace callctl::chaos {
namespace {

constexpr std::size_t k_examples = 10;

struct Delivered {
    int rows{0};
    bool is_applied{false};
};

struct Shown {
    int rows{0};
    std::string in_work{}; ///< the recording that callctl.work names
    std::string in_host{};
};

std::string hex_sha256(const std::string& bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        hex += fmt::format("{:02x}", digest.at(i));
    }
    return hex;
}

std::unordered_map<std::string, Delivered> deliveries_in(Database& database) {
    std::unordered_map<std::string, Delivered> found;
    for (const Row& row : database.rows("SELECT encode(sha256(raw), 'hex'), applied_at IS NOT NULL"
                                        " FROM callctl.inbox")) {
        Delivered& delivered = found[row[0].value_or("")];
        ++delivered.rows;
        delivered.is_applied = row[1] == "t";
    }
    return found;
}

std::unordered_map<std::string, Shown> calls_in(Database& database) {
    std::unordered_map<std::string, Shown> found;
    for (const Row& row :
         database.rows("SELECT l.call_sid, w.recording_sid, l.recording_sid FROM call_log l"
                       " JOIN callctl.work w ON w.call_log_id = l.id"
                       " AND w.call_sid = l.call_sid")) {
        Shown& shown = found[row[0].value_or("")];
        ++shown.rows;
        shown.in_work = row[1].value_or("");
        shown.in_host = row[2].value_or("");
    }
    return found;
}

} // namespace

InboxFindings audit_inbox(Database& database, const std::vector<bench::SignedPost>& acked) {
    const auto deliveries = deliveries_in(database);
    const auto calls = calls_in(database);
    InboxFindings findings;
    const auto found = [&findings](std::size_t& kind, const std::string& sid) {
        ++kind;
        if (findings.examples.size() < k_examples) {
            findings.examples.push_back(sid);
        }
    };
    for (const bench::SignedPost& post : acked) {
        const auto delivery = deliveries.find(hex_sha256(post.body));
        const auto call = calls.find(post.call_sid);
        if (delivery == deliveries.end()) {
            found(findings.lost, post.call_sid);
        } else if (delivery->second.rows != 1) {
            found(findings.repeated, post.call_sid);
        } else if (!delivery->second.is_applied) {
            found(findings.unapplied, post.call_sid);
        } else if (call == calls.end() || call->second.rows != 1 ||
                   call->second.in_work != post.recording_sid ||
                   call->second.in_host != post.recording_sid) {
            found(findings.without_effect, post.call_sid);
        }
    }
    return findings;
}

} // namespace callctl::chaos
