// Where a server listens: a Unix socket, a socket that somebody else made, and the end of each.
#include "web_handlers.hpp"

#include "base/exception.hpp"
#include "support/loopback_client.hpp"
#include "support/temporary_folder.hpp"
#include "web/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

namespace callctl::web {
namespace {

using namespace std::chrono_literals;
using support::LoopbackClient;
using testing::HasSubstr;

constexpr std::string_view k_get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

port::WebResponse with_peer(const port::WebRequest& request) {
    return {.status = 200, .body = request.peer};
}

ServerOptions listening_at(const std::string& path) {
    ServerOptions options;
    options.listen = "unix:" + path;
    return options;
}

ServerOptions with_socket(int descriptor) {
    ServerOptions options;
    options.sockets = {::dup(descriptor)};
    return options;
}

std::string body_for(LoopbackClient& client, std::string_view request = k_get) {
    client.send(request);
    const auto response = client.response();
    return response ? response->body : "closed";
}

/// As systemd makes one.
class ListeningSocket {
  public:
    ListeningSocket() : m_socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast) the socket interface
        if (::bind(m_socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(m_socket, 16) != 0) {
            throw std::runtime_error{"cannot listen"};
        }
        ::getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size);
        // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
        m_port = ntohs(address.sin_port);
    }
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;
    ~ListeningSocket() { ::close(m_socket); }

    [[nodiscard]] int descriptor() const { return m_socket; }
    [[nodiscard]] std::uint16_t port() const { return m_port; }

  private:
    int m_socket;
    std::uint16_t m_port{0};
};

TEST(WebUnixSocket, ServesAndGoesWithItsServer) {
    const support::TemporaryFolder folder;
    DirectHandler handler{with_peer};
    Server server{listening_at(folder.path("web.sock")), handler};
    EXPECT_EQ(server.port(), 0);
    LoopbackClient client{folder.path("web.sock")};
    EXPECT_EQ(body_for(client), "unix");
    EXPECT_EQ(body_for(client, "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"),
              "1.2.3.4");
    server.stop(0ms);
    EXPECT_TRUE(folder.names().empty());
}

TEST(WebUnixSocket, IsAsOpenAsLoopback) {
    const support::TemporaryFolder folder;
    DirectHandler handler{with_peer};
    const mode_t former = ::umask(0077);
    const Server server{listening_at(folder.path("web.sock")), handler};
    ::umask(former);
    struct stat status {};
    ASSERT_EQ(::stat(folder.path("web.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0666U);
}

TEST(WebUnixSocket, HasNoLimitForOneAddress) {
    const support::TemporaryFolder folder;
    auto options = listening_at(folder.path("web.sock"));
    options.max_connections_per_address = 1;
    DirectHandler handler{with_peer};
    const Server server{options, handler};
    LoopbackClient first{folder.path("web.sock")};
    LoopbackClient second{folder.path("web.sock")};
    EXPECT_EQ(body_for(first), "unix");
    EXPECT_EQ(body_for(second), "unix");
}

TEST(WebUnixSocket, TakesThePlaceOfOneThatWasLeftBehind) {
    const support::TemporaryFolder folder;
    const std::string path = folder.path("web.sock");
    DirectHandler handler{with_peer};
    {
        Server killed{listening_at(path), handler};
        std::filesystem::rename(path, path + ".kept"); // so that its end does not remove it
        killed.stop(0ms);
        std::filesystem::rename(path + ".kept", path);
    }
    EXPECT_THROW(LoopbackClient{path}, std::runtime_error);
    const Server server{listening_at(path), handler};
    LoopbackClient client{path};
    EXPECT_EQ(body_for(client), "unix");
}

TEST(WebUnixSocket, TakesNothingFromAnother) {
    const support::TemporaryFolder folder;
    DirectHandler handler{with_peer};
    const Server first{listening_at(folder.path("web.sock")), handler};
    EXPECT_THROW((Server{listening_at(folder.path("web.sock")), handler}), base::ConfigError);
    LoopbackClient client{folder.path("web.sock")};
    EXPECT_EQ(body_for(client), "unix");

    folder.write("notes.txt", "mine");
    try {
        const Server server{listening_at(folder.path("notes.txt")), handler};
        FAIL() << "listens at a file";
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("notes.txt': it is there, and no socket"));
        EXPECT_NE(error.hint(), "");
    }
    EXPECT_EQ(folder.read("notes.txt"), "mine");
    EXPECT_THROW((Server{listening_at(folder.path("none/web.sock")), handler}), base::ConfigError);
}

TEST(WebPassedSocket, IsServed) {
    const ListeningSocket passed;
    DirectHandler handler{with_peer};
    const Server server{with_socket(passed.descriptor()), handler};
    EXPECT_EQ(server.port(), passed.port());
    LoopbackClient client{passed.port()};
    EXPECT_EQ(body_for(client), "127.0.0.1");
}

TEST(WebPassedSocket, MayBeOneOfSeveral) {
    const ListeningSocket one;
    const ListeningSocket other;
    ServerOptions options;
    options.sockets = {::dup(one.descriptor()), ::dup(other.descriptor())};
    DirectHandler handler{with_peer};
    const Server server{options, handler};
    for (const auto port : {one.port(), other.port()}) {
        LoopbackClient client{port};
        EXPECT_EQ(body_for(client), "127.0.0.1");
    }
}

TEST(WebPassedSocket, LosesNobodyWhileTheServerIsStartedAnew) {
    const ListeningSocket passed;
    DirectHandler handler{with_peer};
    {
        Server server{with_socket(passed.descriptor()), handler};
        server.stop(0ms);
    }
    LoopbackClient early{passed.port()}; // nobody serves, and nobody is refused
    early.send(k_get);
    const Server next{with_socket(passed.descriptor()), handler};
    EXPECT_EQ(early.response()->body, "127.0.0.1");
}

TEST(WebPassedSocket, ThatDoesNotListenIsRefused) {
    DirectHandler handler{with_peer};
    const int unbound = ::socket(AF_INET, SOCK_STREAM, 0);
    const int file = ::open("/dev/null", O_RDONLY);
    for (const int descriptor : {unbound, file, 1'000'000}) {
        ServerOptions options;
        options.sockets = {descriptor};
        try {
            const Server server{options, handler};
            ADD_FAILURE() << "listens at descriptor " << descriptor;
        } catch (const base::ConfigError& error) {
            EXPECT_THAT(error.what(), HasSubstr(std::to_string(descriptor)));
            EXPECT_THAT(error.hint(), HasSubstr("ListenStream="));
        }
    }
    ::close(unbound);
    ::close(file);
}

TEST(WebStopListening, AnswersWhoHadAskedAndWasNotAcceptedYet) {
    std::promise<void> begun;
    std::promise<void> may_end;
    std::atomic<bool> first{true};
    DirectHandler handler{[&](const port::WebRequest&) {
        if (first.exchange(false)) { // the I/O thread accepts nobody meanwhile
            begun.set_value();
            may_end.get_future().wait();
        }
        return port::WebResponse{.status = 204};
    }};
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    Server server{options, handler};
    LoopbackClient blocking{server.port()};
    blocking.send(k_get);
    begun.get_future().wait();
    std::vector<LoopbackClient> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.emplace_back(server.port());
        waiting.back().send(k_get);
    }
    std::thread stopping{[&] { server.stop(10s); }};
    may_end.set_value();
    EXPECT_EQ(blocking.response()->status, 204);
    for (LoopbackClient& client : waiting) {
        const auto response = client.response();
        ASSERT_TRUE(response) << "reset instead of answered";
        EXPECT_EQ(response->status, 204);
    }
    stopping.join();
}

TEST(WebRunSoon, ComesBackWhileTheThreadIsAlive) {
    DirectHandler handler{with_peer};
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    Server server{options, handler};
    std::promise<std::thread::id> ran;
    server.run_soon([&ran] { ran.set_value(std::this_thread::get_id()); });
    EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
    server.stop(0ms);
    server.run_soon([] { FAIL() << "after the end"; });
}

} // namespace
} // namespace callctl::web
