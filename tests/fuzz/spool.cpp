#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"

#include "app/deliveries.hpp"
#include "base/time.hpp"
#include "sys/spool_format.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace callctl::fuzz {
namespace {

using sys::SpoolBytes;
using sys::SpoolScan;

// Records, damage and a torn end are the whole file, each byte once and in order.
void check_scan(std::string_view file, const SpoolScan& scan) {
    std::size_t at = 0;
    auto record = scan.records.begin();
    auto damage = scan.damaged.begin();
    while (at < scan.torn_at) {
        if (record != scan.records.end() && record->begin == at + sys::k_record_frame) {
            const auto bytes = file.substr(at, record->end - at);
            must(sys::framed(bytes.substr(sys::k_record_frame)) == bytes, "a record is whole");
            at = record++->end;
        } else {
            must(damage != scan.damaged.end() && damage->begin == at && damage->end > at,
                 "what is no record is damage");
            at = damage++->end;
        }
    }
    must(at == scan.torn_at && at <= file.size(), "a file ends where it is torn");
    must(record == scan.records.end() && damage == scan.damaged.end(), "nothing is seen twice");
}

struct Story {
    std::string file{};
    std::vector<SpoolBytes> whole{}; ///< records to which nothing happened
};

void add_record(Story& story, std::string_view record) {
    story.file += sys::framed(record);
    story.whole.push_back({story.file.size() - record.size(), story.file.size()});
}

void add_damaged(Story& story, std::string_view record) {
    std::string bytes = sys::framed(record);
    bytes[record.size() * 7 % bytes.size()] ^= 1;
    story.file += bytes;
}

void cut(Story& story, std::size_t bytes) {
    story.file.resize(story.file.size() - std::min(story.file.size(), bytes));
    while (!story.whole.empty() && story.whole.back().end > story.file.size()) {
        story.whole.pop_back();
    }
}

// A line each: `+` a record, `-` one with a bit changed, `0` so many zero bytes, `<` so many bytes
// cut off at the end; any other line stands there as it is.
Story told(std::string_view rest) {
    Story story;
    while (!rest.empty()) {
        const std::string_view line = take_line(rest);
        const std::string_view text = line.substr(line.empty() ? 0 : 1);
        if (line.starts_with('+')) {
            add_record(story, text);
        } else if (line.starts_with('-')) {
            add_damaged(story, text);
        } else if (line.starts_with('0')) {
            story.file.append(text.size(), '\0');
        } else if (line.starts_with('<')) {
            cut(story, text.size());
        } else {
            story.file += line;
        }
    }
    return story;
}

void check_story(const Story& story) {
    const SpoolScan scan = sys::scan_spool(story.file);
    check_scan(story.file, scan);
    auto found = scan.records.begin();
    for (const SpoolBytes& record : story.whole) {
        // One that was cut can be whole again by the first bytes of the next, which then is not.
        found = std::find_if(found, scan.records.end(), [&](const SpoolBytes& other) {
            return other.end + sys::k_record_frame > record.begin;
        });
        must(found != scan.records.end() && (*found == record || found->begin < record.begin),
             "a record to which nothing happened is found, in order");
    }
}

void check_record(std::string_view record) {
    const auto delivery = app::delivery_from_spool(record);
    if (!delivery) {
        must(delivery.error().kind == base::ErrorKind::invalid_input &&
                 !delivery.error().message.empty(),
             "what is no delivery is bad input");
        return;
    }
    const auto heard = delivery->news.heard_at;
    must(heard && base::parse_iso8601(base::format_iso8601(*heard)) == heard,
         "the time of a delivery can be written");
    const auto again = app::delivery_from_spool(app::spooled(*delivery));
    must(again && again->digest == delivery->digest && again->raw == delivery->raw &&
             again->news == delivery->news,
         "a delivery is read as it was kept");
}

void check_record_depths() {
    constexpr std::size_t k_depth = 100'000;
    check_record(std::string(k_depth, '\x81')); // lists in lists
    check_record(std::string(k_depth, '\x9F')); // of which nobody says how long they are
    std::string maps;
    for (std::size_t i = 0; i < k_depth; ++i) {
        maps += "\xA1\x61x";
    }
    check_record(maps);
}

} // namespace

void spool(std::string_view input) {
    [[maybe_unused]] static const bool k_once = (check_record_depths(), true);
    check_scan(input, sys::scan_spool(input));
    check_story(told(input));
    check_record(input);
}

} // namespace callctl::fuzz
