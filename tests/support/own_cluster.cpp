#include "support/own_cluster.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace callctl::support {
namespace {

std::string quoted(const std::string& text) {
    std::string result{"'"};
    for (const char c : text) {
        result += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return result + "'";
}

} // namespace

OwnCluster::OwnCluster(std::string folder, std::string settings)
    : m_folder{std::move(folder)}, m_settings{"-c fsync=on -c full_page_writes=on " +
                                              std::move(settings)} {
    start();
    m_url = bash("pg_url \"$folder\"");
}

OwnCluster::~OwnCluster() {
    try {
        static_cast<void>(bash("pg_remove \"$folder\""));
    } catch (const std::exception& /*the folder is a test's, and goes with it*/) {
    }
}

void OwnCluster::start() {
    static_cast<void>(bash("mkdir -p \"$folder\" && pg_start \"$folder\""));
}

void OwnCluster::stop() {
    static_cast<void>(bash("pg_halt \"$folder\" immediate"));
}

std::string OwnCluster::value(const std::string& statement) const {
    return bash("pg_sql \"$folder\" " + quoted(statement));
}

// The scripts know where Debian keeps the server, and that it does not run as root.
std::string OwnCluster::bash(const std::string& script) const {
    const std::string lines = "set -euo pipefail; folder=" + quoted(m_folder) +
                              "; export CALLCTL_PG_SETTINGS=" + quoted(m_settings) +
                              "; . scripts/lib/say.sh; . scripts/lib/postgres.sh; " + script;
    const std::string command =
        "cd " + quoted(CALLCTL_SOURCE_DIR) + " && exec bash -c " + quoted(lines);
    std::FILE* const pipe = ::popen(command.c_str(), "re");
    if (pipe == nullptr) {
        throw std::runtime_error{"cannot run bash"};
    }
    std::string out;
    std::array<char, 4096> block{};
    while (const auto count = std::fread(block.data(), 1, block.size(), pipe)) {
        out.append(block.data(), count);
    }
    if (::pclose(pipe) != 0) {
        throw std::runtime_error{"failed: " + script};
    }
    while (!out.empty() && out.back() == '\n') {
        out.pop_back();
    }
    return out;
}

} // namespace callctl::support
