// Recorded voices and music on hold as Asterisk ships them
// (Debian: asterisk-core-sounds-en-wav, asterisk-moh-opsound-wav).
#include "audio/activity.hpp"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace callctl::audio {
namespace {

namespace fs = std::filesystem;
using Samples = std::vector<std::int16_t>;

const fs::path k_voices{"/usr/share/asterisk/sounds/en_US_f_Allison"};
const fs::path k_music{"/usr/share/asterisk/moh"};

// Tones, a jingle, and monkeys.
const std::vector<std::string> k_no_words{"ascending-2tone",  "beep",       "beeperr",
                                          "descending-2tone", "spy-jingle", "tt-monkeys"};

std::vector<fs::path> wav_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error}) {
        if (entry.path().extension() == ".wav") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

struct Clip {
    Samples samples{};
    int rate{0};
};

Clip read(const fs::path& file) {
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> in{sf_open(file.c_str(), SFM_READ, &info),
                                                         sf_close};
    Clip clip{Samples(static_cast<std::size_t>(info.frames * info.channels)), info.samplerate};
    sf_read_short(in.get(), clip.samples.data(), static_cast<sf_count_t>(clip.samples.size()));
    return clip;
}

std::int64_t speech_ms(const Clip& clip) {
    VoiceActivity activity{clip.rate};
    activity.add(clip.samples);
    std::int64_t total = 0;
    for (const Region& region : activity.finish()) {
        total += (region.end - region.start).count();
    }
    return total;
}

TEST(RecordedVoice, IsHeardInEveryPromptWithWords) {
    const auto files = wav_files(k_voices);
    if (files.empty()) {
        GTEST_SKIP() << "no voices: apt-get install asterisk-core-sounds-en-wav";
    }
    std::size_t with_words = 0;
    for (const fs::path& file : files) {
        if (std::ranges::find(k_no_words, file.stem().string()) != k_no_words.end()) {
            continue;
        }
        Clip clip = read(file);
        // Quiet before and after, as between the turns of a call.
        const auto pause = static_cast<std::size_t>(clip.rate) * 2;
        clip.samples.insert(clip.samples.begin(), pause, 0);
        clip.samples.insert(clip.samples.end(), pause, 0);
        ++with_words;
        EXPECT_GT(speech_ms(clip), 0) << file;
    }
    EXPECT_GT(with_words, 100U);
}

// What is left are voices in the music and the beats of a drum.
TEST(MusicOnHold, IsHardlyTakenForSpeech) {
    const auto files = wav_files(k_music);
    if (files.empty()) {
        GTEST_SKIP() << "no music: apt-get install asterisk-moh-opsound-wav";
    }
    std::int64_t speech = 0;
    std::int64_t total = 0;
    for (const fs::path& file : files) {
        const Clip clip = read(file);
        speech += speech_ms(clip);
        total += static_cast<std::int64_t>(clip.samples.size()) * 1000 / clip.rate;
    }
    EXPECT_GT(total, 600'000);
    EXPECT_LT(speech * 100, total * 8);
}

} // namespace
} // namespace callctl::audio
