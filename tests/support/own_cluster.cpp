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

/// The output without the line's end. Throws std::runtime_error when it fails.
std::string output_of(const std::string& script) {
    const std::string command =
        "cd " + quoted(CALLCTL_SOURCE_DIR) + " && exec bash -c " + quoted(script);
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

// The scripts know where Debian keeps the server, and that it does not run as root.
constexpr const char* k_functions =
    "set -euo pipefail; . scripts/lib/say.sh; . scripts/lib/postgres.sh; ";

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

std::string OwnCluster::bash(const std::string& script) const {
    return output_of(k_functions + std::string{"folder="} + quoted(m_folder) +
                     "; export CALLCTL_PG_SETTINGS=" + quoted(m_settings) + "; " + script);
}

bool SmallCluster::is_possible() {
    return std::system("unshare --mount mount -t tmpfs tmpfs /mnt 2>/dev/null") == 0; // NOLINT
}

// The server lives in a mount namespace of its own (unshare(1)); its socket is where all can see
// it.
SmallCluster::SmallCluster() {
    const std::string inside =
        k_functions + std::string{"mount -t tmpfs -o size=160m,mode=755 tmpfs /mnt; "
                                  "export CALLCTL_PG_SETTINGS='-c fsync=on -c max_wal_size=64MB "
                                  "-c min_wal_size=32MB'; "
                                  "pg_start /mnt/cluster; pg_url /mnt/cluster"};
    m_url = output_of("exec unshare --mount bash -c " + quoted(inside));
    m_server = value("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)");
}

SmallCluster::~SmallCluster() {
    try {
        static_cast<void>(output_of("kill -QUIT " + m_server + "; rm -rf " +
                                    quoted(m_url.substr(m_url.find("host=") + 5))));
    } catch (const std::exception& /*it has ended already*/) {
    }
}

std::string SmallCluster::value(const std::string& statement) const {
    return output_of("psql --no-psqlrc --quiet --tuples-only --no-align --command " +
                     quoted(statement) + " " + quoted(m_url));
}

void SmallCluster::fill_disk() const {
    static_cast<void>(
        output_of("nsenter --target " + m_server +
                  " --mount sh -c 'cat /dev/zero >/mnt/ballast 2>/dev/null || true'"));
}

void SmallCluster::empty_disk() const {
    static_cast<void>(output_of("nsenter --target " + m_server + " --mount rm /mnt/ballast"));
}

} // namespace callctl::support
