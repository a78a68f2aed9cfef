// The admin pages: alive, ready, and figures for Prometheus. For loopback, never for Twilio.
#pragma once

#include "port/call_store.hpp"
#include "port/web_handler.hpp"

namespace callctl::app {

/// `GET /healthz` 200 while the process runs; `GET /readyz` 200 while the database answers with our
/// schema, else 503; `GET /metrics` in Prometheus' text form. Asks the database in the server's own
/// thread: the admin listener has one of its own, so nobody else waits.
class AdminHandler : public port::WebHandler {
  public:
    /// `store` must outlive this.
    explicit AdminHandler(port::CallStore& store) : m_store{store} {}

    void handle(port::WebRequest request, Reply reply) override;

  private:
    [[nodiscard]] port::WebResponse ready() const;
    [[nodiscard]] port::WebResponse metrics() const;

    port::CallStore& m_store;
};

} // namespace callctl::app
