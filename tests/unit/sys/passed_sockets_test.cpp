#include "base/exception.hpp"
#include "sys/passed_sockets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace callctl::sys {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(PassedSockets, AreNoneOutsideOfASocketUnit) {
    ::unsetenv("LISTEN_FDS");
    ::unsetenv("LISTEN_PID");
    EXPECT_THAT(passed_sockets(), IsEmpty());
}

TEST(PassedSockets, OfAnotherProcessAreNotOurs) {
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_PID", "1", 1);
    try {
        EXPECT_THAT(passed_sockets(), IsEmpty());
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("without libsystemd"));
    }
    ::unsetenv("LISTEN_FDS");
    ::unsetenv("LISTEN_PID");
}

/// What the child says of one socket handed over as descriptor 3 in the way that systemd does it.
int exit_code_of_child(const char* names, const std::string& expected) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(socket, 3);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", "1", 1);
        ::setenv("LISTEN_FDNAMES", names, 1);
        int code = 1;
        try {
            const auto sockets = passed_sockets();
            const bool right =
                sockets.size() == 1 && sockets[0].descriptor == 3 && sockets[0].name == expected;
            code = right ? 0 : 1;
        } catch (const base::ConfigError& error) {
            code =
                std::string{error.what()}.find("without libsystemd") != std::string::npos ? 2 : 1;
        }
        ::_exit(code);
    }
    ::close(socket);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(PassedSockets, HaveTheNamesOfTheirUnits) {
    for (const auto* const name : {"webhooks", "callctl-webhooks.socket"}) {
        const int code = exit_code_of_child(name, name);
        if (code == 2) {
            GTEST_SKIP() << "built without libsystemd";
        }
        EXPECT_EQ(code, 0) << name;
    }
}

TEST(SocketsByUse, GoByName) {
    const auto uses = by_use({{3, "admin"}, {4, "webhooks"}, {5, "webhooks"}});
    EXPECT_THAT(uses.webhooks, ElementsAre(4, 5));
    EXPECT_THAT(uses.admin, ElementsAre(3));
}

TEST(SocketsByUse, GoByOrderWhereNoneIsNamed) {
    const auto uses = by_use({{3, "unknown"}, {4, "callctl-webhooks.socket"}});
    EXPECT_THAT(uses.webhooks, ElementsAre(3));
    EXPECT_THAT(uses.admin, ElementsAre(4));
    EXPECT_THAT(by_use({{3, "x"}}).admin, IsEmpty());
    EXPECT_THAT(by_use({}).webhooks, IsEmpty());
}

TEST(SocketsByUse, RefuseWhatTheyCannotTell) {
    const std::vector<std::vector<PassedSocket>> unclear{{{3, "a"}, {4, "b"}, {5, "c"}},
                                                         {{3, "webhooks"}, {4, "other"}}};
    for (const auto& sockets : unclear) {
        try {
            static_cast<void>(by_use(sockets));
            ADD_FAILURE() << "taken";
        } catch (const base::ConfigError& error) {
            EXPECT_THAT(error.hint(), HasSubstr("FileDescriptorName="));
        }
    }
}

} // namespace
} // namespace callctl::sys
