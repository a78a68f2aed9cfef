// What serve-webhooks counts about itself. callctl-metrics(7) has all names.
#pragma once

#include "port/call_store.hpp"
#include "port/web_handler.hpp"
#include "twilio/webhook.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::app {

/// All methods may be called from any thread, and none waits for more than an addition. What is
/// counted by a word takes words of ours, never the peer's: each is a series for ever.
class ServerMetrics {
  public:
    using Moment = std::chrono::steady_clock::time_point;
    using Now = std::function<Moment()>;

    /// How a delivery was answered.
    enum class Answer : std::uint8_t {
        accepted, ///< after the commit that holds it
        spooled,  ///< after it was on this host's disk
        late,     ///< a voice call's TwiML, before anybody knew what becomes of the commit
        unsaved,  ///< a voice call's TwiML, although the delivery is nowhere
        failed,   ///< 503: Twilio sends it again
    };
    /// Set by whoever knows, read when the answer is given.
    using Outcome = std::shared_ptr<std::atomic<Answer>>;
    using Reply = port::WebHandler::Reply;

    /// What came of asking another application for a call's TwiML.
    enum class UpstreamResult : std::uint8_t { ok, retried, fallback };

    explicit ServerMetrics(Now now = std::chrono::steady_clock::now);
    ServerMetrics(const ServerMetrics&) = delete;
    ServerMetrics& operator=(const ServerMetrics&) = delete;
    ~ServerMetrics();

    [[nodiscard]] Moment now() const;

    /// Replies, and counts by what `outcome` then says, with the time since `arrived`. Must not
    /// outlive this.
    [[nodiscard]] Reply counted(twilio::Route route, Moment arrived, Outcome outcome, Reply reply);
    /// A request that is no webhook of ours, or not from Twilio. \pre `why` is a word
    void webhook_refused(std::optional<twilio::Route> route, std::string_view why);

    /// A commit that began at `began` holds so many deliveries.
    void committed(Moment began, std::size_t deliveries, const port::IngestReport& report);
    void commit_failed();

    /// What is in the spool now, and how much may be.
    void spool(std::size_t records, std::uint64_t bytes);
    void spool_limit(std::uint64_t bytes);
    void spooled(std::size_t deliveries);
    void replayed(std::size_t deliveries);
    /// It cannot be read to its end, and was set aside.
    void spool_file_damaged();

    void upstream(UpstreamResult result);

    void connection_opened();
    void connection_closed();
    /// Nothing was opened: `limit`, `address_limit`. \pre `why` is a word
    void connection_refused(std::string_view why);

    /// Everything in Prometheus' text form.
    [[nodiscard]] std::string text() const;

  private:
    struct Series;
    Now m_now;
    std::unique_ptr<Series> m_series;
};

} // namespace callctl::app
