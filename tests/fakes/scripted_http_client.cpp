#include "fakes/scripted_http_client.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

namespace callctl::fakes {
namespace {

bool fits(const base::HttpRequest& request, const std::string& method,
          const std::string& url_part) {
    return request.method == method && request.url.find(url_part) != std::string::npos;
}

void move_body_to_sink(const base::HttpRequest& request, base::HttpResponse& response) {
    if (request.sink_path.empty() || response.status < 200 || response.status >= 300) {
        return;
    }
    std::ofstream file{request.sink_path, std::ios::binary | std::ios::trunc};
    file << response.body;
    response.sink_bytes = response.body.size();
    response.body.clear();
}

} // namespace

void ScriptedHttpClient::once(std::string method, std::string url_part, Answer answer) {
    const std::scoped_lock lock{m_mutex};
    m_once.push_back({std::move(method), std::move(url_part),
                      [answer = std::move(answer)](const base::HttpRequest&) { return answer; }});
}

void ScriptedHttpClient::always(std::string method, std::string url_part, Answer answer) {
    always(std::move(method), std::move(url_part),
           Responder{[answer = std::move(answer)](const base::HttpRequest&) { return answer; }});
}

void ScriptedHttpClient::always(std::string method, std::string url_part, Responder responder) {
    const std::scoped_lock lock{m_mutex};
    m_always.push_back({std::move(method), std::move(url_part), std::move(responder)});
}

ScriptedHttpClient::Responder ScriptedHttpClient::take(const base::HttpRequest& request) {
    const std::scoped_lock lock{m_mutex};
    m_requests.push_back(request);
    const auto asked = [&request](const Route& route) {
        return fits(request, route.method, route.url_part);
    };
    if (const auto single = std::find_if(m_once.begin(), m_once.end(), asked);
        single != m_once.end()) {
        Responder responder = std::move(single->responder);
        m_once.erase(single);
        return responder;
    }
    // The latest word counts, so that a test can change its mind.
    const auto standing = std::find_if(m_always.rbegin(), m_always.rend(), asked);
    if (standing != m_always.rend()) {
        return standing->responder;
    }
    m_unexpected.push_back(request.method + " " + request.url);
    return {};
}

ScriptedHttpClient::Answer ScriptedHttpClient::send(const base::HttpRequest& request) {
    const Responder responder = take(request);
    if (!responder) {
        return base::fail(base::ErrorKind::transient, "connect: nothing scripted for this request");
    }
    Answer answer = responder(request);
    if (answer) {
        move_body_to_sink(request, *answer);
    }
    return answer;
}

std::vector<base::HttpRequest> ScriptedHttpClient::requests() const {
    const std::scoped_lock lock{m_mutex};
    return m_requests;
}

std::size_t ScriptedHttpClient::count(const std::string& method,
                                      const std::string& url_part) const {
    const std::scoped_lock lock{m_mutex};
    return static_cast<std::size_t>(
        std::count_if(m_requests.begin(), m_requests.end(), [&](const base::HttpRequest& request) {
            return fits(request, method, url_part);
        }));
}

std::vector<std::string> ScriptedHttpClient::unexpected() const {
    const std::scoped_lock lock{m_mutex};
    return m_unexpected;
}

std::size_t ScriptedHttpClient::unused() const {
    const std::scoped_lock lock{m_mutex};
    return m_once.size();
}

base::HttpResponse http_response(int status, std::string body, std::string content_type) {
    base::HttpResponse response;
    response.status = status;
    response.headers.push_back({"Content-Type", std::move(content_type)});
    response.body = std::move(body);
    return response;
}

} // namespace callctl::fakes
