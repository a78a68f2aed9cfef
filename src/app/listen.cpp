#include "app/listen.hpp"

#include "app/placing.hpp"
#include "app/transport.hpp"
#include "audio/packing.hpp"
#include "audio/wav_reader.hpp"
#include "base/digest.hpp"
#include "base/exception.hpp"
#include "base/text.hpp"
#include "transcript/deepgram.hpp"
#include "transcript/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

namespace callctl::app {
namespace {

using call::Failure;
using call::Outcome;
using call::Reason;
using std::chrono::milliseconds;

// Part of each key: raised when the form of kept answers changes, so that none of another form is
// found.
constexpr std::string_view k_piece_format = "1";

audio::Encoding encoding_of(const transcript::Server& server) {
    return server.audio_format == "flac" ? audio::Encoding::flac : audio::Encoding::wav;
}

// The same key means the same question: the same sound to the same server, asked the same way.
std::string key_of(const std::string& question, std::string_view audio) {
    base::Sha256 digest;
    digest.add(question);
    digest.add(audio);
    return base::to_hex(digest.finish());
}

Outcome<std::string> key_of_file(const std::string& question, const std::string& path) {
    base::Sha256 digest;
    digest.add(question);
    std::ifstream file{path, std::ios::binary};
    std::array<char, 65'536> block{};
    while (file.read(block.data(), block.size()) || file.gcount() > 0) {
        digest.add({block.data(), static_cast<std::size_t>(file.gcount())});
    }
    if (!file.eof()) {
        return base::fail(Failure{.reason = Reason::local_fault,
                                  .detail = "the downloaded recording cannot be read"});
    }
    return base::to_hex(digest.finish());
}

// What the server says, or else whole seconds and its least (OpenAI and Groq, pricing).
milliseconds billed(const transcript::Server& server, milliseconds said, milliseconds sent) {
    return said > milliseconds{0}
               ? said
               : std::max<milliseconds>(std::chrono::ceil<std::chrono::seconds>(sent),
                                        server.min_billed);
}

} // namespace

struct Listener::Words {
    Utterances utterances{};
    std::map<std::string, std::size_t> languages{}; ///< bytes of text in each

    void add(Utterances more, const transcript::Transcription& from) {
        utterances.insert(utterances.end(), std::move_iterator{more.begin()},
                          std::move_iterator{more.end()});
        if (!from.language.empty()) {
            languages[from.language] += from.text.size();
        }
    }

    [[nodiscard]] std::string language() const {
        const auto most =
            std::ranges::max_element(languages, {}, [](const auto& entry) { return entry.second; });
        return most == languages.end() ? std::string{} : most->first;
    }
};

// All that can change the answer but the sound.
std::string Listener::question() const {
    return fmt::format("{}\n{}\n", k_piece_format, transcript::fingerprint(m_server));
}

Outcome<Heard> Listener::listen(const std::string& path, const audio::WavInfo& info) {
    if (!has_room(m_server, info)) {
        return base::fail(Failure{
            .reason = Reason::too_large,
            .detail = fmt::format("transcript.max_bytes = {} has no room for 5 s of sound of {} "
                                  "samples a second",
                                  m_server.max_bytes, info.sample_rate)});
    }
    const auto survey = audio::survey(path, activity_rules(m_server, info));
    if (!survey) {
        return base::fail(survey.error());
    }
    const auto packages = audio::packed(survey->channels, packing_rules(m_server, info));
    if (packages.empty()) {
        return base::fail(Failure{.reason = Reason::no_speech,
                                  .detail = "no channel of the recording carries a voice"});
    }
    Words words;
    const auto done = m_server.kind == transcript::ServerKind::deepgram
                          ? hear_whole(path, *survey, words)
                          : hear_packages(path, packages, words);
    if (!done) {
        return base::fail(done.error());
    }
    return Heard{info.channels, std::move(words.utterances), words.language()};
}

Outcome<void> Listener::hear_packages(const std::string& path,
                                      const std::vector<audio::Package>& packages, Words& words) {
    auto recording = audio::WavReader::open(path);
    if (!recording) {
        return base::fail(recording.error());
    }
    for (const audio::Package& package : packages) {
        if (auto done = hear(*recording, package, words); !done) {
            return done;
        }
    }
    return {};
}

// In two halves where the server finds it too big: the limits of servers change.
Outcome<void> Listener::hear(audio::WavReader& recording, const audio::Package& package,
                             Words& words) {
    auto done = hear_one(recording, package, words);
    if (done || done.error().remedy != call::Remedy::split_smaller) {
        return done;
    }
    const auto halves = audio::halved(package);
    if (halves.size() < 2) {
        return done;
    }
    for (const audio::Package& half : halves) {
        if (auto half_done = hear_one(recording, half, words); !half_done) {
            return half_done;
        }
    }
    return {};
}

Outcome<void> Listener::hear_one(audio::WavReader& recording, const audio::Package& package,
                                 Words& words) {
    auto sound = audio::excerpt(recording, package.channel, package.spans, encoding_of(m_server));
    if (!sound) {
        return base::fail(sound.error());
    }
    const std::string key = key_of(question(), *sound);
    const auto heard = m_paid.ask(key, transcript::transcription_from_json,
                                  [&] { return ask_package(std::move(*sound), package); });
    if (!heard) {
        return base::fail(heard.error());
    }
    if (transcript::gives_times(m_server) && lacks_times(package, *heard)) {
        return base::fail(Failure{.reason = Reason::bad_reply,
                                  .detail = "transcription: no times came though asked for",
                                  .request_id = heard->request_id,
                                  .remedy = call::Remedy::degrade});
    }
    words.add(placed(package, *heard), *heard);
    return {};
}

Outcome<PaidAnswer> Listener::ask_package(std::string sound, const audio::Package& package) {
    const std::string name =
        fmt::format("channel{}.{}", package.channel, audio::to_string(encoding_of(m_server)));
    const auto response = exchange(
        m_http, transcript::transcription_request(m_server, std::move(sound), name), "transcribe");
    if (!response) {
        return base::fail(response.error());
    }
    auto heard = transcript::read_transcription(*response);
    if (!heard && call::class_of(heard.error().reason) != call::ReasonClass::nothing) {
        return base::fail(heard.error());
    }
    const auto transcription =
        heard ? std::move(*heard)
              : transcript::Transcription{.request_id = heard.error().request_id};
    return PaidAnswer{.document = transcript::to_json(transcription),
                      .request_id = transcription.request_id,
                      .audio_ms = package.duration().count(),
                      .cost_micros = pipeline::audio_cost(
                          m_price, billed(m_server, transcription.billed, package.duration()))};
}

Outcome<void> Listener::hear_whole(const std::string& path, const audio::Survey& survey,
                                   Words& words) {
    std::error_code gone;
    if (const auto bytes = std::filesystem::file_size(path, gone);
        !gone && bytes > m_server.max_bytes) {
        return base::fail(
            Failure{.reason = Reason::too_large,
                    .detail = fmt::format("recording of {} bytes, transcript.max_bytes = {}", bytes,
                                          m_server.max_bytes)});
    }
    const auto key = key_of_file(question(), path);
    if (!key) {
        return base::fail(key.error());
    }
    const auto heard = m_paid.ask(*key, transcript::channel_texts_from_json,
                                  [&] { return ask_whole(path, survey.info); });
    if (!heard) {
        return base::fail(heard.error());
    }
    for (const transcript::ChannelText& text : *heard) {
        words.add(placed(survey, text), text.transcription);
    }
    return {};
}

// Every channel counts (Deepgram, "Multichannel").
Outcome<PaidAnswer> Listener::ask_whole(const std::string& path, const audio::WavInfo& info) {
    const auto response =
        exchange(m_http, transcript::deepgram_request(m_server, path), "transcribe");
    if (!response) {
        return base::fail(response.error());
    }
    const auto heard = transcript::read_deepgram(*response);
    if (!heard) {
        return base::fail(heard.error());
    }
    const milliseconds sent = info.duration * info.channels;
    return PaidAnswer{.document = transcript::to_json(*heard),
                      .request_id =
                          heard->empty() ? std::string{} : heard->front().transcription.request_id,
                      .audio_ms = sent.count(),
                      .cost_micros = pipeline::audio_cost(m_price, billed(m_server, {}, sent))};
}

} // namespace callctl::app
