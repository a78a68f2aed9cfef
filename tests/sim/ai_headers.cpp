#include "sim/ai_headers.hpp"

namespace callctl::sim {
namespace {

using Headers = std::vector<base::HttpHeader>;

Headers headers_of(const Asked& asked) {
    const std::string& id = asked.request_id;
    switch (asked.route.server) {
    case AiServer::openai:
        return {{"x-request-id", id},
                {"openai-organization", "org-sim"},
                {"openai-processing-ms", "412"},
                {"openai-version", "2020-10-01"},
                {"x-ratelimit-limit-requests", "500"},
                {"x-ratelimit-remaining-requests", "499"},
                {"x-ratelimit-reset-requests", "120ms"}};
    case AiServer::azure: // its limits say nothing
        return {{"apim-request-id", id},
                {"x-ms-region", "Sweden Central"},
                {"x-ratelimit-remaining-requests", "-1"}};
    case AiServer::groq:
        return {{"x-request-id", id},
                {"x-ratelimit-limit-requests", "2000"},
                {"x-ratelimit-remaining-requests", "1999"},
                {"x-ratelimit-reset-requests", "43.2s"}};
    case AiServer::deepgram:
        return {{"dg-request-id", id}};
    case AiServer::anthropic:
        return {{"request-id", id},
                {"anthropic-ratelimit-requests-limit", "50"},
                {"anthropic-ratelimit-requests-remaining", "49"},
                {"anthropic-ratelimit-requests-reset", "2026-09-20T08:54:20Z"}};
    case AiServer::openrouter:
        return {{"x-request-id", id}};
    default:
        return {};
    }
}

} // namespace

void add_ai_headers(port::WebResponse& response, const Asked& asked) {
    Headers headers = headers_of(asked);
    response.headers.insert(response.headers.end(), headers.begin(), headers.end());
}

} // namespace callctl::sim
