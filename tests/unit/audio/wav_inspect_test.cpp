#include "audio/riff.hpp"
#include "audio/survey.hpp"
#include "audio/wav.hpp"
#include "support/made_audio.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace callctl::audio {
namespace {

using std::chrono::seconds;

std::string u16(std::uint32_t value) {
    return {static_cast<char>(value & 255U), static_cast<char>(value >> 8U & 255U)};
}

std::string u32(std::uint32_t value) {
    return u16(value & 0xFFFFU) + u16(value >> 16U);
}

std::string chunk(const std::string& id, const std::string& body) {
    return id + u32(static_cast<std::uint32_t>(body.size())) + body;
}

std::string fmt_chunk(std::uint32_t encoding, std::uint32_t channels, std::uint32_t rate,
                      std::uint32_t bits) {
    const std::uint32_t align = channels * bits / 8;
    return chunk("fmt ", u16(encoding) + u16(channels) + u32(rate) + u32(rate * align) +
                             u16(align) + u16(bits));
}

std::string riff(const std::string& chunks) {
    return "RIFF" + u32(static_cast<std::uint32_t>(chunks.size() + 4)) + "WAVE" + chunks;
}

std::string patched(std::string bytes, std::size_t offset, const std::string& with) {
    return bytes.replace(offset, with.size(), with);
}

class InspectWav : public MadeAudio {
  protected:
    // What is wrong with these bytes; `fine` when nothing is.
    std::string problem(std::string_view bytes) const {
        const auto info = inspect_wav(file(bytes), std::nullopt);
        EXPECT_TRUE(info || info.error().reason == call::Reason::bad_media);
        return info ? "fine" : info.error().detail;
    }

    // Two seconds of a tone, mono, with the usual header of 44 bytes.
    std::string whole() const { return bytes_of(wav(tone(16'000, 0.3), 1, SF_FORMAT_PCM_16)); }
};

TEST_F(InspectWav, SaysWhatIsInADualRecording) {
    const auto info =
        inspect_wav(wav(Samples(24'000, 0), 2, SF_FORMAT_PCM_16), std::chrono::seconds{1});
    ASSERT_TRUE(info) << info.error().detail;
    EXPECT_EQ(info->channels, 2);
    EXPECT_EQ(info->sample_rate, 8000);
    EXPECT_EQ(info->frames, 12'000);
    EXPECT_EQ(info->duration.count(), 1500);
}

TEST_F(InspectWav, TakesMuLawALawAndTheExtensibleForm) {
    for (const int encoding : {SF_FORMAT_ULAW, SF_FORMAT_ALAW}) {
        const auto info = inspect_wav(wav(tone(8000, 0.3), 1, encoding), seconds{1});
        ASSERT_TRUE(info) << info.error().detail;
        EXPECT_EQ(info->frames, 8000);
    }
    const auto wavex = wav(tone(8000, 0.3), 1, SF_FORMAT_PCM_16, 8000, SF_FORMAT_WAVEX);
    EXPECT_TRUE(inspect_wav(wavex, seconds{1}));
}

TEST_F(InspectWav, NamesWhatCameInstead) {
    EXPECT_EQ(problem(""), "empty file instead of a WAV file");
    EXPECT_EQ(problem("<!DOCTYPE html><p>"), "an HTML page of 18 bytes instead of a WAV file");
    EXPECT_EQ(problem("\xEF\xBB\xBF\n <HTML>"), "an HTML page of 11 bytes instead of a WAV file");
    EXPECT_EQ(problem("<?xml version='1.0'?><TwilioResponse/>"),
              "XML of 38 bytes instead of a WAV file");
    EXPECT_EQ(problem(R"({"code":20404})"), "JSON of 14 bytes instead of a WAV file");
    EXPECT_EQ(problem("[]"), "JSON of 2 bytes instead of a WAV file");
    EXPECT_EQ(problem("ID3xxxx"), "an MP3 file of 7 bytes instead of a WAV file");
    EXPECT_EQ(problem("\xFF\xFBxxxx"), "an MP3 file of 6 bytes instead of a WAV file");
    EXPECT_EQ(problem("OggSxx"), "an Ogg file of 6 bytes instead of a WAV file");
    EXPECT_EQ(problem("fLaC"), "a FLAC file of 4 bytes instead of a WAV file");
    EXPECT_EQ(problem("RIF"), "unknown data of 3 bytes instead of a WAV file");
    EXPECT_EQ(problem("   "), "unknown data of 3 bytes instead of a WAV file");
    EXPECT_EQ(problem(std::string(100, '\0')), "unknown data of 100 bytes instead of a WAV file");
}

TEST_F(InspectWav, AFileThatIsNotThereIsBadMedia) {
    EXPECT_EQ(inspect_wav(path("absent"), std::nullopt).error().reason, call::Reason::bad_media);
    EXPECT_EQ(inspect_wav(path(""), std::nullopt).error().reason, call::Reason::bad_media);
}

TEST_F(InspectWav, NoticesThatTheEndIsMissing) {
    const std::string all = whole();
    EXPECT_EQ(problem(all), "fine");
    EXPECT_EQ(problem(all.substr(0, 20'000)),
              "WAV file cut off: 32044 bytes promised, 20000 there");
    EXPECT_EQ(problem(all.substr(0, 43)), "WAV file cut off: 32044 bytes promised, 43 there");
    EXPECT_EQ(problem(all.substr(0, all.size() - 2)),
              "WAV file cut off: 32044 bytes promised, 32042 there");
    // A header whose outer size was never filled in does not hide it.
    for (const std::uint32_t unknown : {0U, 0xFFFFFFFFU}) {
        EXPECT_EQ(problem(patched(all, 4, u32(unknown))), "fine");
        EXPECT_EQ(problem(patched(all, 4, u32(unknown)).substr(0, 20'000)),
                  "WAV file cut off: 32000 bytes of audio promised, 19956 there");
    }
}

TEST_F(InspectWav, NoticesADataChunkThatClaimsMoreThanIsThere) {
    EXPECT_EQ(problem(patched(whole(), 40, u32(32'002))),
              "WAV file cut off: 32002 bytes of audio promised, 32000 there");
    EXPECT_EQ(problem(patched(whole(), 40, u32(0xFFFFFFFFU))),
              "WAV file cut off: 4294967295 bytes of audio promised, 32000 there");
}

TEST_F(InspectWav, ToleratesOtherChunksPaddingAndATail) {
    const std::string data = chunk("data", std::string(16'000, '\0'));
    const std::string format = fmt_chunk(1, 1, 8000, 16);
    EXPECT_EQ(problem(riff(chunk("LIST", "abcd") + format + chunk("fact", "1234") + data)), "fine");
    EXPECT_EQ(problem(riff(chunk("LIST", "abc") + std::string(1, '\0') + format + data)), "fine");
    EXPECT_EQ(problem(riff(format + data) + "tail after the end"), "fine");
    EXPECT_EQ(problem(riff(format + data + chunk("LIST", "abcd"))), "fine");
    // The padding of an odd last chunk is counted but not there.
    const std::string odd = riff(fmt_chunk(7, 1, 8000, 8) + chunk("data", std::string(8001, '\0')));
    EXPECT_EQ(problem(patched(odd, 4, u32(static_cast<std::uint32_t>(odd.size() - 8 + 1)))),
              "fine");
}

TEST_F(InspectWav, NeedsFormatBeforeData) {
    const std::string format = fmt_chunk(1, 1, 8000, 16);
    const std::string data = chunk("data", std::string(1600, '\0'));
    EXPECT_EQ(problem("RIFF"), "RIFF file that is no WAVE");
    EXPECT_EQ(problem(std::string{"RIFF\x04\0\0\0AVI ", 12}), "RIFF file that is no WAVE");
    EXPECT_EQ(problem(riff("")), "WAV file without a data chunk");
    EXPECT_EQ(problem(riff(format)), "WAV file without a data chunk");
    EXPECT_EQ(problem(riff(data + format)), "WAV file without a fmt chunk before its data");
    EXPECT_EQ(problem(riff(chunk("fmt ", "short") + "x" + data)),
              "WAV file with a fmt chunk that is too short");
    std::string many;
    for (int i = 0; i < 2000; ++i) {
        many += chunk("junk", "");
    }
    EXPECT_EQ(problem(riff(many + format + data)), "WAV file without a data chunk");
}

TEST_F(InspectWav, RefusesWhatIsNoTelephoneAudio) {
    const std::string data = chunk("data", std::string(16'000, '\0'));
    EXPECT_EQ(problem(riff(fmt_chunk(1, 1, 8000, 8) + data)),
              "WAV file of encoding 1 with 8 bits; PCM of 16, mu-law and A-law are read");
    EXPECT_EQ(problem(riff(fmt_chunk(3, 1, 8000, 32) + data)),
              "WAV file of encoding 3 with 32 bits; PCM of 16, mu-law and A-law are read");
    EXPECT_EQ(problem(riff(fmt_chunk(0x55, 1, 8000, 0) + data)),
              "WAV file of encoding 85 with 0 bits; PCM of 16, mu-law and A-law are read");
    EXPECT_EQ(problem(riff(fmt_chunk(1, 0, 8000, 16) + data)), "WAV file of 0 channels");
    EXPECT_EQ(problem(riff(fmt_chunk(1, 3, 8000, 16) + data)), "WAV file of 3 channels");
    EXPECT_EQ(problem(riff(fmt_chunk(1, 1, 0, 16) + data)), "WAV file of 0 samples a second");
    EXPECT_EQ(problem(riff(fmt_chunk(1, 1, 4'000'000'000U, 16) + data)),
              "WAV file of 4000000000 samples a second");
}

TEST_F(InspectWav, RefusesAFileWithoutAudio) {
    EXPECT_EQ(problem(riff(fmt_chunk(1, 1, 8000, 16) + chunk("data", ""))),
              "WAV file without audio");
    EXPECT_EQ(problem(bytes_of(wav({}, 2, SF_FORMAT_PCM_16))), "WAV file without audio");
}

TEST_F(InspectWav, HoldsTheLengthAgainstWhatTwilioSaid) {
    const std::string made = wav(tone(80'000, 0.3), 1, SF_FORMAT_PCM_16); // 10 s
    EXPECT_TRUE(inspect_wav(made, seconds{10}));
    EXPECT_TRUE(inspect_wav(made, seconds{12}));
    EXPECT_TRUE(inspect_wav(made, seconds{0})); // longer than said is all there
    EXPECT_FALSE(inspect_wav(made, seconds::max()));
    EXPECT_EQ(inspect_wav(made, seconds{13}).error().detail,
              "WAV file cut off: 10000 ms of audio, the recording has 13 s");
}

RC_GTEST_FIXTURE_PROP(InspectWav, NeverThrowsOnRandomBytes, (const std::string& bytes)) {
    (void)inspect_wav(file(bytes), seconds{1});
    (void)inspect_wav(file(riff(bytes)), seconds{1});
    (void)survey(file(riff(fmt_chunk(1, 2, 8000, 16) + bytes)));
}

TEST_F(InspectWav, NobodyReadsAFileOfAnImpossibleRate) {
    for (const std::uint32_t rate : {1U, 99U, 3'999U, 192'001U}) {
        const std::string made = file(riff(fmt_chunk(1, 1, rate, 16) + chunk("data", u32(0))));
        EXPECT_FALSE(inspect_wav(made, std::nullopt)) << rate;
        EXPECT_FALSE(survey(made)) << rate;
    }
}

RC_GTEST_FIXTURE_PROP(InspectWav, NeverThrowsOnABrokenHeader, ()) {
    std::string bytes = riff(fmt_chunk(1, 2, 8000, 16) + chunk("data", std::string(64, 'x')));
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
        bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    }
    const std::string made = file(bytes.substr(0, *rc::gen::inRange<std::size_t>(0, 120)));
    const auto info = inspect_wav(made, std::nullopt);
    const bool sound = !info || info->frames > 0; // RC_ASSERT would evaluate both sides
    RC_ASSERT(sound);
    (void)survey(made);
}

} // namespace
} // namespace callctl::audio
