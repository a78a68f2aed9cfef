// Steps that ask the real providers.
#pragma once

#include "app/step_runner.hpp"
#include "port/http_client.hpp"
#include "summary/exchange.hpp"
#include "transcript/server.hpp"
#include "twilio/rest.hpp"

#include <map>
#include <memory>
#include <string>

namespace callctl::app {

struct ProviderSettings {
    twilio::Account twilio;
    std::string recording_callback{}; ///< absolute URL with its overrides
    transcript::Server transcription{};
    summary::Server summary{};
    std::string business_name{};
    std::string business_type{};
    std::string scratch_dir{}; ///< where a recording lies while it is transcribed
    /// Millionths of the currency for a minute of audio, as the provider bills it; 0: unknown.
    std::int64_t audio_minute_micros{0};
};

class ProviderSteps : public StepRunner {
  public:
    /// `http` must outlive this.
    ProviderSteps(port::HttpClient& http, ProviderSettings settings);

    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& call,
                                 base::Time now) override;

  private:
    port::HttpClient& m_http;
    ProviderSettings m_settings;
};

} // namespace callctl::app
