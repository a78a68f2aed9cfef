// How one step, or one listing, asks one provider: each request in its turn, counted, and none once
// others have found the provider closed.
#pragma once

#include "app/request_pacer.hpp"
#include "pipeline/outcome.hpp"
#include "port/http_client.hpp"

namespace callctl::app {

class StepClient : public port::HttpClient {
  public:
    /// Counts into `usage`, which also remembers the last request id for the attempts history.
    /// `decided_at`: when the provider was found open. All references must outlive this.
    StepClient(port::HttpClient& inner, RequestPacer& pacer, call::Provider provider,
               base::Time decided_at, pipeline::Usage& usage)
        : m_inner{inner}, m_pacer{pacer}, m_provider{provider},
          m_decided_at{decided_at}, m_usage{usage} {}

    [[nodiscard]] base::Result<base::HttpResponse> send(const base::HttpRequest& request) override;

    [[nodiscard]] call::Provider provider() const { return m_provider; }
    /// Whether a request was sent.
    [[nodiscard]] bool has_asked() const { return m_has_asked; }

  private:
    void remember(const base::HttpResponse& response);

    port::HttpClient& m_inner;
    RequestPacer& m_pacer;
    call::Provider m_provider;
    base::Time m_decided_at;
    pipeline::Usage& m_usage;
    bool m_has_asked{false};
};

} // namespace callctl::app
