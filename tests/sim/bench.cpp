#include "sim/bench.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace callctl::sim {
namespace {

// Sun, 20 Sep 2026 08:53:20 UTC
constexpr base::Time k_start{std::chrono::seconds{1'789'894'400}};

} // namespace

void BenchSender::send(base::HttpRequest request, Heard done) {
    const std::string body = std::get<std::string>(request.body);
    const std::size_t question = request.url.find('?');
    const Fields fields = parse_fields(request.method == "POST" || question == std::string::npos
                                           ? body
                                           : request.url.substr(question + 1));
    sent.push_back({std::move(request), fields, done});
    if (hold) {
        held.push_back(std::move(done));
        return;
    }
    const Sent latest = sent.back(); // an answer may lead to the next webhook
    done(respond ? respond(latest) : plain_response(204));
}

void BenchSender::release(const base::Result<base::HttpResponse>& response) {
    const Heard done = std::move(held.front());
    held.pop_front();
    done(response);
}

std::vector<BenchSender::Sent> BenchSender::to(std::string_view path) const {
    std::vector<Sent> found;
    for (const Sent& one : sent) {
        if (one.request.url.find(path) != std::string::npos) {
            found.push_back(one);
        }
    }
    return found;
}

base::HttpResponse twiml_response(const std::string& verbs) {
    return {.status = 200,
            .headers = {{"Content-Type", "text/xml"}},
            .body = "<?xml version=\"1.0\"?><Response>" + verbs + "</Response>"};
}

base::HttpResponse plain_response(int status) {
    return {.status = status};
}

std::string recorded_stream() {
    return "<Start><Recording channels=\"dual\" trim=\"do-not-trim\" "
           "recordingStatusCallback=\"http://app.test/webhook/recording\" "
           "recordingStatusCallbackEvent=\"in-progress completed absent\"/></Start>"
           "<Connect action=\"http://app.test/webhook/stream_ended\">"
           "<Stream url=\"wss://agent.test/talk\"><Parameter name=\"a\" "
           "value=\"b\"/></Stream></Connect>";
}

Bench::Bench(double time_scale)
    : clock{k_start}, simulator{{.account_sid = k_account,
                                 .auth_token = k_token,
                                 .api_key_sid = "SK00",
                                 .api_key_secret = "secret",
                                 .ai_key = k_ai_key,
                                 .time_scale = time_scale},
                                clock,
                                tone_library(),
                                sender} {
    sender.respond = [this](const BenchSender::Sent& sent) -> base::Result<base::HttpResponse> {
        if (sent.request.url.ends_with("/voice")) {
            return twiml_response(twiml);
        }
        return sent.request.url.ends_with("/stream_ended") ? twiml_response("<Hangup/>")
                                                           : plain_response(204);
    };
}

Answer Bench::request(const std::string& method, const std::string& target,
                      std::vector<base::HttpHeader> headers, const std::string& body) {
    auto answer = std::make_shared<std::optional<Answer>>();
    simulator.handle(
        {.method = method, .target = target, .headers = std::move(headers), .body = body},
        [answer](Answer made) { *answer = std::move(made); });
    if (!*answer) {
        throw std::logic_error{"no answer yet"};
    }
    return **answer;
}

Answer Bench::get(const std::string& path) {
    return request("GET", std::string{"/2010-04-01/Accounts/"} + k_account + path,
                   {{"Authorization", basic(k_account, k_token)}});
}

Answer Bench::post(const std::string& path, const Fields& form) {
    return request("POST", std::string{"/2010-04-01/Accounts/"} + k_account + path,
                   {{"Authorization", basic(k_account, k_token)},
                    {"Content-Type", "application/x-www-form-urlencoded"}},
                   encode_fields(form));
}

Answer Bench::control(const std::string& method, const std::string& path, const Json& body) {
    return request(method, "/sim" + path, {}, body.is_null() ? "" : body.dump());
}

void Bench::fault(const Json& fault) {
    const Answer answer = control("POST", "/faults", fault);
    if (answer.response.status != 201) {
        throw std::logic_error{answer.response.body};
    }
}

std::string Bench::place(const Json& more) {
    Json call{{"voice_url", std::string{k_app} + "/voice"},
              {"status_callback", std::string{k_app} + "/status"}};
    call.update(more);
    const Answer answer = control("POST", "/calls", call);
    if (answer.response.status != 201) {
        throw std::logic_error{answer.response.body};
    }
    return json_of(answer).at("call_sid");
}

void Bench::advance(milliseconds time) {
    const base::Time until = clock.now() + time;
    for (auto next = simulator.tick(); next && *next <= until; next = simulator.tick()) {
        clock.move_to(std::max(*next, clock.now()));
    }
    clock.move_to(until);
    (void)simulator.tick();
}

Json Bench::state() {
    return json_of(control("GET", "/state"));
}

Json Bench::call(const std::string& sid) {
    return json_of(get("/Calls/" + sid + ".json"));
}

std::vector<int> Bench::debugger_codes() {
    std::vector<int> codes;
    const Json now = state();
    for (const Json& entry : now.at("debugger")) {
        codes.push_back(entry.at("code"));
    }
    return codes;
}

std::string basic(const std::string& user, const std::string& password) {
    const std::string plain = user + ":" + password;
    std::string out(plain.size() * 2 + 4, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(plain.data()),
                                     static_cast<int>(plain.size()));
    return "Basic " + out.substr(0, static_cast<std::size_t>(size));
}

Json json_of(const Answer& answer) {
    return Json::parse(answer.response.body);
}

const Library& tone_library() {
    static ToneSpeech speech;
    static const Library k_library{speech};
    return k_library;
}

} // namespace callctl::sim
