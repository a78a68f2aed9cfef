#include "audio/wav.hpp"

#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"
#include "fuzz/memory_file.hpp"
#include "fuzz/reply.hpp"

#include "audio/riff.hpp"
#include "audio/survey.hpp"
#include "audio/wav_reader.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace callctl::fuzz {
namespace {

using audio::WavInfo;
using std::chrono::milliseconds;

// A frame has at least one byte a channel, and a header has 44.
void check_info(const WavInfo& info, std::size_t size) {
    must(info.channels == 1 || info.channels == 2, "a recording has one or two channels");
    must(info.sample_rate >= audio::k_lowest_sample_rate &&
             info.sample_rate <= audio::k_highest_sample_rate,
         "a rate is within its bounds");
    must(info.frames > 0, "a recording has sound");
    must(static_cast<std::uint64_t>(info.frames) * static_cast<std::uint64_t>(info.channels) + 44 <=
             size,
         "a file has no more sound than bytes");
    must(info.duration == milliseconds{info.frames * 1000 / info.sample_rate},
         "the frames say how long it is");
}

void check_reading(const std::string& path, const WavInfo& info) {
    auto reader = audio::WavReader::open(path);
    must(reader.has_value(), "what was inspected can be opened");
    std::array<std::int16_t, 512> block{};
    std::int64_t frames = 0;
    for (std::size_t got = reader->read(block); got > 0; got = reader->read(block)) {
        must(got * static_cast<std::size_t>(info.channels) <= block.size(), "a block is kept to");
        frames += static_cast<std::int64_t>(got);
    }
    must(frames <= info.frames, "no more is read than there is");
    must(reader->seek(0), "a file can be read again");
    must(!reader->seek(info.frames + 1), "there is nothing behind the end");
}

void check_survey(const std::string& path, const WavInfo& info) {
    const auto survey = audio::survey(path);
    if (!survey) {
        check_failure(survey.error());
        return;
    }
    must(survey->channels.size() == static_cast<std::size_t>(info.channels),
         "each channel is heard");
    for (const auto& regions : survey->channels) {
        milliseconds last{0};
        for (const audio::Region& region : regions) {
            must(last <= region.start && region.start < region.end, "speech comes in order");
            last = region.end;
        }
        must(last <= info.duration + milliseconds{100}, "nobody speaks behind the end");
    }
}

} // namespace

void wav(std::string_view input) {
    const MemoryFile file{input};
    const std::string path = file.path();
    if (const auto header = audio::read_riff(path)) {
        must(header->data_bytes + 12 <= input.size(), "a header promises what is there");
    } else {
        check_failure(header.error());
    }
    const auto info = audio::inspect_wav(path, std::nullopt);
    const auto hour = audio::inspect_wav(path, std::chrono::hours{1});
    if (!info) {
        must(info.error().reason == call::Reason::bad_media, "a bad file is bad media");
        check_failure(info.error());
        must(!hour, "a bad file is not good for being long");
        return;
    }
    check_info(*info, input.size());
    must(!hour || info->duration > std::chrono::minutes{59}, "a file that is cut off is refused");
    check_reading(path, *info);
    check_survey(path, *info);
}

} // namespace callctl::fuzz
