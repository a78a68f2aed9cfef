// What a web server hands over and gets back, whatever library it is made of.
#pragma once

#include "base/http.hpp"

#include <functional>
#include <string>
#include <vector>

namespace callctl::port {

struct WebRequest {
    std::string method{};
    std::string target{}; ///< path and query as sent, percent-encoding untouched
    std::vector<base::HttpHeader> headers{};
    std::string body{};
    std::string peer{}; ///< address of the other end of the socket
};

struct WebResponse {
    int status{200};
    std::string content_type{}; ///< empty: no such header
    std::string body{};
    std::vector<base::HttpHeader> headers{};
};

class WebHandler {
  public:
    /// Sends the answer; from any thread, exactly once.
    using Reply = std::function<void(WebResponse)>;

    WebHandler() = default;
    WebHandler(const WebHandler&) = delete;
    WebHandler& operator=(const WebHandler&) = delete;
    virtual ~WebHandler() = default;

    /// Must not block: what takes time (a commit) calls `reply` later.
    virtual void handle(WebRequest request, Reply reply) = 0;
};

} // namespace callctl::port
