#include "audio/packing.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace callctl::audio {
namespace {

using std::chrono::milliseconds;
using Regions = std::vector<Region>;

constexpr milliseconds k_no_time{1}; // of a stretch without length, so that it has a place

milliseconds total(const Regions& regions) {
    return std::accumulate(
        regions.begin(), regions.end(), milliseconds{0},
        [](milliseconds sum, const Region& region) { return sum + (region.end - region.start); });
}

// One region with air, at most half of the pause on either side.
Span with_air(const Regions& regions, std::size_t i, milliseconds air) {
    const Region& region = regions[i];
    milliseconds before = std::min(air, region.start);
    milliseconds after = air;
    if (i > 0) {
        before = std::min(before, (region.start - regions[i - 1].end) / 2);
    }
    if (i + 1 < regions.size()) {
        after = std::min(after, (regions[i + 1].start - region.end) / 2);
    }
    return {region.start - before, region.end + after};
}

// The other speaker takes over between two regions: says more than a word that reaches into the
// pause between them.
bool answered_between(const Region& before, const Region& after,
                      const std::vector<const Regions*>& others, milliseconds interjection) {
    return std::ranges::any_of(others, [&](const Regions* other) {
        auto region = std::ranges::lower_bound(*other, before.start, {}, &Region::start);
        for (; region != other->end() && region->start < after.start; ++region) {
            if (region->end > before.end && region->end - region->start >= interjection) {
                return true;
            }
        }
        return false;
    });
}

// Packs one channel.
class Packer {
  public:
    Packer(const std::vector<Regions>& channels, std::size_t channel, const PackingRules& rules)
        : m_regions{channels[channel]}, m_channel{static_cast<int>(channel)}, m_rules{rules} {
        for (const Regions& other : channels) {
            if (&other != &m_regions) {
                m_others.push_back(&other);
            }
        }
    }

    void run(std::vector<Package>& out) const {
        for (std::size_t i = 0; i < m_regions.size(); ++i) {
            const Span span = with_air(m_regions, i, m_rules.air);
            if (i == 0 || ends_before(out.back(), i, span)) {
                out.push_back({.channel = m_channel});
            }
            add(out.back(), m_regions[i], span);
        }
    }

  private:
    [[nodiscard]] bool ends_before(const Package& package, std::size_t i, const Span& span) const {
        const milliseconds grown = package.duration() + (span.end - span.start);
        if (m_rules.packing == Packing::until_full) {
            return grown > m_rules.longest;
        }
        const milliseconds gap =
            package.duration() < m_rules.short_turn ? m_rules.short_turn_gap : m_rules.turn_gap;
        const Region& before = m_regions[i - 1];
        const Region& next = m_regions[i];
        return grown > std::min(m_rules.longest, m_rules.longest_turn) ||
               next.start - before.end >= gap ||
               answered_between(before, next, m_others, m_rules.interjection);
    }

    // Spans that touch are one.
    static void add(Package& package, const Region& region, const Span& span) {
        package.regions.push_back(region);
        if (!package.spans.empty() && package.spans.back().end >= span.start) {
            package.spans.back().end = span.end;
        } else {
            package.spans.push_back(span);
        }
    }

    const Regions& m_regions;
    std::vector<const Regions*> m_others{};
    int m_channel;
    const PackingRules& m_rules;
};

// The parts of the spans that [from, until) of what was sent consists of; at its end at the least.
std::vector<Span> parts_of(const Package& package, milliseconds from, milliseconds until) {
    std::vector<Span> parts;
    milliseconds passed{0};
    for (const Span& span : package.spans) {
        const milliseconds length = span.end - span.start;
        const milliseconds first = std::max(from - passed, milliseconds{0});
        const milliseconds last = std::min(std::max(until, from + k_no_time) - passed, length);
        if (first < last) {
            parts.push_back({span.start + first, span.start + last});
        }
        passed += length;
    }
    if (parts.empty()) { // beyond the end, or no time at all
        parts.push_back({package.spans.back().end, package.spans.back().end});
    }
    return parts;
}

// Without the air before the first sound in it and after the last.
Span drawn_in(const Regions& regions, Span span) {
    const auto first =
        std::ranges::find_if(regions, [&](const Region& r) { return r.end > span.start; });
    if (first != regions.end()) {
        span.start = std::max(span.start, first->start);
    }
    const auto last = std::find_if(regions.rbegin(), regions.rend(),
                                   [&](const Region& r) { return r.start < span.end; });
    if (last != regions.rend()) {
        span.end = std::min(span.end, last->end);
    }
    return {span.start, std::max(span.start, span.end)};
}

} // namespace

milliseconds Package::duration() const {
    return std::accumulate(
        spans.begin(), spans.end(), milliseconds{0},
        [](milliseconds sum, const Span& span) { return sum + (span.end - span.start); });
}

std::vector<Package> packed(const std::vector<std::vector<Region>>& channels,
                            const PackingRules& rules) {
    std::vector<Package> packages;
    for (std::size_t channel = 0; channel < channels.size(); ++channel) {
        if (total(channels[channel]) >= rules.least_speech) {
            Packer{channels, channel, rules}.run(packages);
        }
    }
    std::ranges::stable_sort(packages, {}, [](const Package& package) {
        return std::tuple{package.regions.front().start, package.channel};
    });
    return packages;
}

std::vector<Package> halved(const Package& package) {
    const Regions& regions = package.regions;
    const milliseconds half = total(regions) / 2;
    milliseconds passed{0};
    std::size_t later = 0; // the first region of the second half
    while (later < regions.size() && passed < half) {
        passed += regions[later].end - regions[later].start;
        ++later;
    }
    later = std::min(later, regions.size() - 1);
    if (later == 0) {
        return {package};
    }
    const auto cut = regions.begin() + static_cast<std::ptrdiff_t>(later);
    const milliseconds moment_of_cut = (regions[later - 1].end + regions[later].start) / 2;
    Package first{.channel = package.channel, .regions = {regions.begin(), cut}};
    Package second{.channel = package.channel, .regions = {cut, regions.end()}};
    for (const Span& span : package.spans) {
        if (span.start < moment_of_cut) {
            first.spans.push_back({span.start, std::min(span.end, moment_of_cut)});
        }
        if (span.end > moment_of_cut) {
            second.spans.push_back({std::max(span.start, moment_of_cut), span.end});
        }
    }
    return {std::move(first), std::move(second)};
}

std::vector<Span> in_the_call(const Package& package, milliseconds from, milliseconds until,
                              milliseconds turn_gap) {
    std::vector<Span> places;
    for (const Span& part : parts_of(package, from, until)) {
        const Span place = drawn_in(package.regions, part);
        if (!places.empty() && place.start - places.back().end < turn_gap) {
            places.back().end = place.end;
        } else {
            places.push_back(place);
        }
    }
    return places;
}

Sound sound_of(std::span<const Region> regions, const Span& in_call) {
    Sound sound;
    for (const Region& region : regions) {
        const auto overlap =
            std::min(region.end, in_call.end) - std::max(region.start, in_call.start);
        if (overlap > milliseconds{0}) {
            sound.speech += overlap;
            sound.level_db = std::max(sound.level_db, region.level_db);
            sound.floor_db = std::max(sound.floor_db, region.floor_db);
        }
    }
    return sound;
}

} // namespace callctl::audio
