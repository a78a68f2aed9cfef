// What Twilio knows and nobody has told us: calls of which every webhook was lost, recordings
// without a callback, recordings that are there twice. Joined by SIDs, never by times.
#pragma once

#include "app/request_pacer.hpp"
#include "pipeline/policy.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"
#include "port/http_client.hpp"
#include "twilio/rest.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace callctl::app {

struct BackfillRequest {
    /// Looked back in every pass, and further to where the last complete one ended, so that a day
    /// without passes leaves no gap.
    std::chrono::milliseconds window{};
    std::chrono::milliseconds horizon{}; ///< but never further than this
    /// Nothing is asked of Twilio from then on.
    std::optional<port::Clock::Monotonic> ends_at{};
};

struct BackfillReport {
    base::Time from{};
    base::Time until{};
    int calls{0};      ///< that began in the time looked at; legs that a call dialled belong to it
    int recordings{0}; ///< made on the days looked at
    int unknown{0};    ///< calls that nobody had told us of
    int refused{0};    ///< such calls that the host's table takes no row of; the inbox has them
    int corrected{0};  ///< known calls of which Twilio knew more
    int doubled{0};    ///< calls with more than one recording
    int gave_up{0};    ///< calls that what Twilio has set to rest, for an operator; of a real one
    int requests{0};
    /// Why the pass ended early; the next one looks back as far again.
    std::optional<call::Failure> failure{};
    std::vector<call::Delivery> news{}; ///< of a dry run: what a real one would schedule
};

class Backfill {
  public:
    /// All references must outlive this.
    Backfill(port::CallStore& store, port::HttpClient& http, RequestPacer& pacer,
             port::Clock& clock, twilio::Account account, const pipeline::Policy& policy);

    /// Lists calls and recordings page by page, and schedules what is news as a webhook would have
    /// done. Throws what the store throws.
    BackfillReport run(const BackfillRequest& request);
    using Waiting = std::span<const call::Delivery>;
    /// The dry run of it, after one that would take in what is `waiting`: asks Twilio the same, and
    /// changes nothing.
    BackfillReport rehearse(const BackfillRequest& request, Waiting waiting);

  private:
    struct Pass;
    BackfillReport run(const BackfillRequest& request, std::optional<Waiting> rehearsed);
    template <class Entry, class Visit>
    [[nodiscard]] call::Outcome<void>
    each_page(Pass& pass, base::HttpRequest request, std::string_view what,
              call::Outcome<twilio::Page<Entry>> (*read)(const base::HttpResponse&),
              const Visit& visit);
    [[nodiscard]] call::Outcome<void> may_go_on(const Pass& pass);
    [[nodiscard]] call::Outcome<void> list_calls(Pass& pass);
    [[nodiscard]] call::Outcome<void> list_recordings(Pass& pass);
    /// The calls of `entries` that nobody knows, as Twilio has them.
    [[nodiscard]] call::Outcome<std::vector<twilio::CallEntry>>
    with_their_calls(Pass& pass, std::vector<twilio::CallEntry> entries);
    void tell(Pass& pass, const std::vector<twilio::CallEntry>& entries);
    void note_refused(Pass& pass, const std::vector<twilio::CallEntry>& entries);

    port::CallStore& m_store;
    port::HttpClient& m_http;
    RequestPacer& m_pacer;
    port::Clock& m_clock;
    twilio::Account m_account;
    pipeline::Policy m_policy;
};

} // namespace callctl::app
