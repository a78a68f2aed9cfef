// Steps that ask the real providers.
#pragma once

#include "app/renewable.hpp"
#include "app/request_pacer.hpp"
#include "app/server_in_use.hpp"
#include "app/step_runner.hpp"
#include "app/summary_server.hpp"
#include "pipeline/cost.hpp"
#include "port/http_client.hpp"
#include "summary/prompt.hpp"
#include "summary/server.hpp"
#include "transcript/server.hpp"
#include "transcript/turns.hpp"
#include "twilio/rest.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace callctl::app {

struct ProviderSettings {
    twilio::Account twilio;
    std::string recording_callback{}; ///< absolute URL with its overrides
    transcript::Server transcription{};
    summary::Server summary{};
    summary::Context business{}; ///< and the language of summaries
    std::string scratch_dir{};   ///< where a recording lies while it is transcribed
    transcript::Speakers speakers{};
    std::map<std::string, pipeline::Price> prices{}; ///< by model
};

/// What may change while the process runs.
struct ProviderSecrets {
    twilio::Account twilio;
    base::Secret transcription_key{};
    base::Secret summary_key{};
};

/// Nothing costs anything by a model that has no price.
[[nodiscard]] pipeline::Price price_of(const ProviderSettings& settings, const std::string& model);

class ProviderSteps : public StepRunner {
  public:
    /// A number in [0, 1) for each pause before a quick retry; callable from any thread.
    using Dice = std::function<double()>;

    /// `http`, `pacer` and `clock` must outlive this.
    ProviderSteps(port::HttpClient& http, RequestPacer& pacer, port::Clock& clock, Dice dice,
                  ProviderSettings settings, std::shared_ptr<spdlog::logger> logger);

    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& call, base::Time now,
                                 port::PieceShelf& shelf, const PartDone& done) override;

    /// For steps that begin later; from any thread.
    void renew(ProviderSecrets secrets);

  private:
    port::HttpClient& m_http;
    RequestPacer& m_pacer;
    port::Clock& m_clock;
    Dice m_dice;
    ProviderSettings m_settings;
    Renewable<twilio::Account> m_account;
    ServerInUse<transcript::Server> m_transcription;
    SummaryServer m_summary;
    std::shared_ptr<spdlog::logger> m_logger;
};

} // namespace callctl::app
