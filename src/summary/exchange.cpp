#include "summary/exchange.hpp"

#include "base/text.hpp"
#include "call/ai_failure.hpp"
#include "summary/anthropic.hpp"
#include "summary/chat.hpp"
#include "summary/json.hpp"
#include "summary/prompt.hpp"

#include <nlohmann/json.hpp>

namespace callctl::summary {

base::HttpRequest summary_request(const Server& server, const Question& question) {
    base::HttpRequest request;
    request.method = "POST";
    request.url = request_url(server);
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    request.headers.insert(request.headers.end(), server.headers.begin(), server.headers.end());
    request.auth = auth_of(server);
    const Question sent = worded(server, question);
    request.body = server.kind == ServerKind::anthropic ? anthropic_body(server, sent)
                                                        : chat_body(server, sent);
    request.timeout = server.timeout;
    return request;
}

call::Outcome<Answer> read_answer(const Server& server, const base::HttpResponse& response) {
    if (auto failure = call::ai_failure(response, k_what)) {
        return base::fail(std::move(*failure));
    }
    auto answer =
        server.kind == ServerKind::anthropic ? read_anthropic(response) : read_chat(response);
    if (!answer) {
        return answer;
    }
    answer->request_id = call::ai_request_id(response.headers);
    if (answer->ending == Ending::whole && base::one_line(answer->text).empty()) {
        return base::fail(call::ai_bad_reply(response, k_what, "the answer is empty"));
    }
    return answer;
}

Tokens tokens_of(const base::HttpResponse& response) {
    const auto body = parsed(response.body);
    const auto* const usage = member(&body, "usage");
    const auto count = [usage](const char* key) { return count_of(member(usage, key)); };
    return {.input = count("prompt_tokens") + count("input_tokens") +
                     count("cache_creation_input_tokens") + count("cache_read_input_tokens"),
            .output = count("completion_tokens") + count("output_tokens")};
}

} // namespace callctl::summary
