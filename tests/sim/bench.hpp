// A simulator on a bench: a clock that is moved by hand, webhooks that are answered on the spot.
#pragma once

#include "sim/simulator.hpp"

#include <nlohmann/json.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace callctl::sim {

inline constexpr const char* k_account = "AC0123456789abcdef0123456789abcdef";
inline constexpr const char* k_token = "12345";
inline constexpr const char* k_ai_key = "sk-sim-0123456789";
inline constexpr const char* k_app = "http://app.test/webhook";

/// Records every webhook; answers at once, or holds the answer back until it is asked for.
class BenchSender : public Sender {
  public:
    struct Sent {
        base::HttpRequest request;
        Fields fields;
        Heard done;

        [[nodiscard]] std::string field(std::string_view name) const {
            return value_of(fields, name).value_or("");
        }
    };
    using Respond = std::function<base::Result<base::HttpResponse>(const Sent&)>;

    void send(base::HttpRequest request, Heard done) override;
    /// Answers the oldest one that is held back.
    void release(const base::Result<base::HttpResponse>& response);
    [[nodiscard]] std::vector<Sent> to(std::string_view path) const;

    Respond respond{};
    bool hold{false};
    std::vector<Sent> sent{};
    std::deque<Heard> held{};
};

[[nodiscard]] base::HttpResponse twiml_response(const std::string& verbs);
[[nodiscard]] base::HttpResponse plain_response(int status);

/// `<Start><Recording>` with all events, then a stream with an action.
[[nodiscard]] std::string recorded_stream();

class Bench {
  public:
    explicit Bench(double time_scale = 1.0);

    Answer request(const std::string& method, const std::string& target,
                   std::vector<base::HttpHeader> headers = {}, const std::string& body = {});
    /// With the account's credentials; `path` begins below the account.
    Answer get(const std::string& path);
    Answer post(const std::string& path, const Fields& form = {});
    Answer control(const std::string& method, const std::string& path, const Json& body = nullptr);
    void fault(const Json& fault);
    /// Its SID. `more` is joined to a plain inbound call to k_app.
    std::string place(const Json& more = Json::object());
    /// Moves the clock, event by event.
    void advance(milliseconds time);
    [[nodiscard]] Json state();
    [[nodiscard]] Json call(const std::string& sid);
    [[nodiscard]] std::vector<int> debugger_codes();

    SteppedClock clock;
    BenchSender sender;
    Simulator simulator;
    std::string twiml{recorded_stream()};
};

[[nodiscard]] std::string basic(const std::string& user, const std::string& password);
[[nodiscard]] Json json_of(const Answer& answer);
[[nodiscard]] const Library& tone_library();

} // namespace callctl::sim
