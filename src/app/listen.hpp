// A recording as a transcription server hears it, every part paid for once.
#pragma once

#include "app/paid_once.hpp"
#include "audio/packing.hpp"
#include "audio/survey.hpp"
#include "audio/wav_reader.hpp"
#include "call/failure.hpp"
#include "pipeline/cost.hpp"
#include "port/http_client.hpp"
#include "transcript/server.hpp"
#include "transcript/utterance.hpp"

#include <string>
#include <vector>

namespace callctl::app {

struct Heard {
    int channels{0};
    std::vector<transcript::Utterance> utterances{};
    std::string language{}; ///< ISO 639-1: the one with the most text; empty when none is named
};

class Listener {
  public:
    /// All references must outlive this.
    Listener(port::HttpClient& http, const transcript::Server& server, pipeline::Price price,
             PaidOnce& paid)
        : m_http{http}, m_server{server}, m_price{price}, m_paid{paid} {}

    /// Failures: bad_media; no_speech, without a request; those of the server, with the remedy
    /// `degrade` also where it gives no times though it was asked for them.
    [[nodiscard]] call::Outcome<Heard> listen(const std::string& path, const audio::WavInfo& info);

  private:
    struct Words;
    using Utterances = std::vector<transcript::Utterance>;

    [[nodiscard]] std::string question() const;
    [[nodiscard]] call::Outcome<void> hear_packages(const std::string& path,
                                                    const std::vector<audio::Package>& packages,
                                                    Words& words);
    [[nodiscard]] call::Outcome<void> hear(audio::WavReader& recording,
                                           const audio::Package& package, Words& words);
    [[nodiscard]] call::Outcome<void> hear_one(audio::WavReader& recording,
                                               const audio::Package& package, Words& words);
    [[nodiscard]] call::Outcome<PaidAnswer> ask_package(std::string sound,
                                                        const audio::Package& package);
    [[nodiscard]] call::Outcome<void> hear_whole(const std::string& path,
                                                 const audio::Survey& survey, Words& words);
    [[nodiscard]] call::Outcome<PaidAnswer> ask_whole(const std::string& path,
                                                      const audio::WavInfo& info);

    port::HttpClient& m_http;
    const transcript::Server& m_server;
    pipeline::Price m_price;
    PaidOnce& m_paid;
};

} // namespace callctl::app
