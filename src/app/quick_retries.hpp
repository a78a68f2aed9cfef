// Asks an AI server again at once when it stumbles: most such troubles are over within a second,
// and an attempt of the stage is worth more than that.
#pragma once

#include "port/clock.hpp"
#include "port/http_client.hpp"

#include <functional>

namespace callctl::app {

class QuickRetries : public port::HttpClient {
  public:
    /// `dice` gives a number in [0, 1). All must outlive this.
    QuickRetries(port::HttpClient& inner, port::Clock& clock, const std::function<double()>& dice)
        : m_inner{inner}, m_clock{clock}, m_dice{dice} {}

    /// Two more tries after 0.5 s and 1 s, less up to a quarter (as the official clients of OpenAI
    /// and Anthropic do), where the request has certainly cost nothing: it was never received, or
    /// was answered with 5xx. Not after 504, a time-out or a broken transfer, whose work may have
    /// been done and billed; not where the server asks for a longer pause (`Retry-After`) or for
    /// none (`x-should-retry`); not once a stop was asked for.
    [[nodiscard]] base::Result<base::HttpResponse> send(const base::HttpRequest& request) override;

  private:
    port::HttpClient& m_inner;
    port::Clock& m_clock;
    const std::function<double()>& m_dice;
};

} // namespace callctl::app
