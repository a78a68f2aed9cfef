// The life of a call: queued, ringing, answered, led by TwiML, over.
#pragma once

#include "sim/recorder.hpp"
#include "sim/twiml.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

struct Placement {
    std::string sid{};       ///< empty: a new one
    std::string direction{}; ///< `inbound` or `outbound-api`
    std::string from{};
    std::string to{};
    Subscription voice{};
    Subscription fallback{};
    Subscription status_callback{};
    std::string twiml{}; ///< instead of a voice URL
    Plan plan{};
    std::optional<RecordingOrder> record{}; ///< POST Calls with Record=true
};

class CallFlow {
  public:
    CallFlow(World& world, Engine& engine, Callbacks& callbacks, Recorder& recorder,
             const Library& library)
        : m_world{&world}, m_engine{&engine}, m_callbacks{&callbacks},
          m_recorder{&recorder}, m_library{&library} {}

    Call& place(const Placement& placement);
    void end(Call& call, CallStatus status);
    /// The person at the other end, or the agent, hangs up.
    void hang_up(Call& call);
    /// POST Calls/{sid} with Url or Twiml. \pre the call is in progress
    void redirect(Call& call, const Subscription& voice);
    void run_document(Call& call, const std::string& twiml);
    void clear() { m_scripts.clear(); }

  private:
    /// The verbs that are left, and the URL to which relative ones belong.
    struct Script {
        std::vector<Element> verbs{};
        std::size_t next{0};
        std::string stream_action{};
        Subscription stream_callback{};
        std::string stream_sid{};
        std::string stream_name{};
    };
    using CallAction = std::function<void(Call&)>;

    void ring(Call& call);
    void answer(Call& call);
    void begin_talking(Call& call);
    void fetch(Call& call, const Subscription& voice, std::string_view kind);
    void heard_twiml(Call& call, const Subscription& voice,
                     const base::Result<base::HttpResponse>& result);
    void application_error(Call& call);
    void begin_script(Call& call, Twiml twiml);
    void run_verbs(Call& call);
    [[nodiscard]] bool names_a_recording(const Call& call, const std::string& name) const;
    void run_start(Call& call, const Element& verb);
    void run_stop(Call& call, const Element& verb);
    void run_connect(Call& call, const Element& verb);
    void run_dial(Call& call, const Element& verb);
    void run_record(Call& call, const Element& verb);
    void stream_over(Call& call, std::string_view event);
    void notify_stream(Call& call, std::string_view event);
    void notify(Call& call, std::string_view event, CallStatus status);
    void set_status(Call& call, CallStatus status);
    /// Later, if nothing has turned the call's flow meanwhile.
    void later(const Call& call, milliseconds delay, CallAction action);
    [[nodiscard]] RecordingOrder order_of(const Element& element, std::string_view source) const;

    World* m_world;
    Engine* m_engine;
    Callbacks* m_callbacks;
    Recorder* m_recorder;
    const Library* m_library;
    std::map<std::string, Script> m_scripts;
};

/// A URL of a TwiML attribute: absolute, or relative to the document it stands in.
[[nodiscard]] std::string resolved_url(const std::string& document, const std::string& url);

} // namespace callctl::sim
