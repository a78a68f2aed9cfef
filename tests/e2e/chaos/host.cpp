#include "e2e/chaos/host.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace callctl::chaos {
namespace {

constexpr const char* k_worker = "worker name=";
// What sysexits and the manual say of a database that is away, a provider that is closed, calls
// that need an operator, or a stop.
constexpr std::array k_well{0, 3, 75, 130, 143};

std::string faketime_library() {
    for (const auto& folder : std::filesystem::directory_iterator{"/usr/lib"}) {
        const auto library = folder.path() / "faketime" / "libfaketimeMT.so.1";
        if (std::filesystem::exists(library)) {
            return library.string();
        }
    }
    throw std::runtime_error{"libfaketime is missing"};
}

} // namespace

Host::Host(std::string binary, e2e::Environment environment, std::string files)
    : m_binary{std::move(binary)}, m_environment{std::move(environment)}, m_files{
                                                                              std::move(files)} {}

std::unique_ptr<e2e::Process> Host::start(const std::vector<std::string>& words) {
    return std::make_unique<e2e::Process>(m_binary, words, m_environment,
                                          m_files + "-" + std::to_string(++m_started) + "-" +
                                              words.front());
}

void Host::start() {
    m_runs = true;
    look_after();
}

void Host::look_after() {
    if (!m_runs || m_paused) {
        return;
    }
    if (!m_server || !m_server->running()) {
        m_server = start({"serve-webhooks"});
    }
    if (m_reconcile && !m_reconcile->running()) {
        const auto ended = m_reconcile->wait();
        if (std::ranges::find(k_well, ended.code) == k_well.end()) {
            m_complaint = "reconcile ended with " + std::to_string(ended.code) + ": " + ended.err;
        }
        m_reconcile.reset();
    }
    if (!m_reconcile) {
        m_reconcile = start({"reconcile", "--until-idle", "--max-runtime", "15s", "--backfill",
                             "1h", "--concurrency", "4"});
    }
}

void Host::kill() {
    for (auto* const process : {&m_server, &m_reconcile}) {
        if (*process) {
            (*process)->signal(SIGKILL);
            (*process)->wait();
            process->reset();
        }
    }
    m_runs = false;
    m_paused = false;
}

Clock::duration Host::stop() {
    if (m_paused) { // it would not hear
        resume();
    }
    const auto start = Clock::now();
    for (const auto* const process : {&m_server, &m_reconcile}) {
        if (*process) {
            (*process)->signal(SIGTERM);
        }
    }
    for (auto* const process : {&m_server, &m_reconcile}) {
        if (*process) {
            (*process)->wait(std::chrono::seconds{60});
            process->reset();
        }
    }
    m_runs = false;
    return Clock::now() - start;
}

void Host::pause() {
    m_paused = true;
    for (const auto* const process : {&m_server, &m_reconcile}) {
        if (*process) {
            (*process)->signal(SIGSTOP);
        }
    }
}

void Host::resume() {
    for (const auto* const process : {&m_server, &m_reconcile}) {
        if (*process) {
            (*process)->signal(SIGCONT);
        }
    }
    m_paused = false;
}

void Host::shift_clock(const std::string& offset) {
    if (offset.empty()) {
        m_environment.erase("LD_PRELOAD");
        m_environment.erase("FAKETIME");
        return;
    }
    m_environment["LD_PRELOAD"] = faketime_library();
    m_environment["FAKETIME"] = offset;
    m_environment["DONT_FAKE_MONOTONIC"] = "1";
}

std::vector<std::string> Host::workers() {
    std::vector<std::string> names;
    for (const auto* const process : {&m_server, &m_reconcile}) {
        if (!*process) {
            continue;
        }
        const std::string log = (*process)->err();
        const auto at = log.find(k_worker);
        if (at != std::string::npos) {
            const auto from = at + std::char_traits<char>::length(k_worker);
            names.push_back(log.substr(from, log.find_first_of(" \n", from) - from));
        }
    }
    return names;
}

} // namespace callctl::chaos
