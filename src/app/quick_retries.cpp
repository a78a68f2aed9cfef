#include "app/quick_retries.hpp"

#include <algorithm>
#include <array>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;

constexpr std::array k_pauses{milliseconds{500}, milliseconds{1'000}};

// 520 to 524 are Cloudflare's, 529 is Anthropic's.
bool is_stumble(int status) {
    constexpr std::array k_stumbles{500, 502, 503, 520, 521, 522, 523, 529};
    return std::ranges::find(k_stumbles, status) != k_stumbles.end();
}

bool may_be_over(const base::Result<base::HttpResponse>& answer, milliseconds pause) {
    if (!answer) {
        return answer.error().message.starts_with("connect:");
    }
    const base::HttpResponse& response = *answer;
    return is_stumble(response.status) &&
           base::find_header(response.headers, "x-should-retry") != "false" &&
           base::retry_after(response.headers).value_or(milliseconds{0}) <= pause;
}

} // namespace

base::Result<base::HttpResponse> QuickRetries::send(const base::HttpRequest& request) {
    auto answer = m_inner.send(request);
    for (const milliseconds longest : k_pauses) {
        const milliseconds pause{static_cast<milliseconds::rep>(
            static_cast<double>(longest.count()) * (1.0 - m_dice() / 4))};
        if (!may_be_over(answer, pause) || !m_clock.wait(pause)) {
            break;
        }
        answer = m_inner.send(request);
    }
    return answer;
}

} // namespace callctl::app
