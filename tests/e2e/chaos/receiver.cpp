#include "e2e/chaos/receiver.hpp"

#include "bench/webhooks/requests.hpp"

#include <fmt/format.h>

#include <csignal>
#include <iostream>
#include <stdexcept>

namespace callctl::chaos {

Cluster::Cluster(const Place& place, const std::string& path, const std::string& settings)
    : m_program{place.pg}, m_folder{place.folder},
      m_environment{{"PATH", path}, {"HOME", place.folder}, {"CALLCTL_PG_SETTINGS", settings}} {
    const std::string said = run({"start"});
    m_url = said.substr(0, said.find('\n'));
}

Cluster::~Cluster() {
    try {
        run({"remove"});
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
    }
}

std::string Cluster::run(std::vector<std::string> words) {
    words.insert(words.begin() + 1, m_folder + "/pg");
    const std::string files = m_folder + "/pg-" + words.front();
    const auto done = e2e::Process{m_program, words, m_environment, files}.wait();
    if (done.code != 0) {
        throw std::runtime_error{"scripts/pg " + words.front() + ": " + done.err};
    }
    return done.out;
}

Receiver::Receiver(const Place& place, const std::string& path, const std::string& url,
                   std::uint16_t port, std::uint16_t admin_port)
    : m_program{place.callctl}, m_files{place.folder + "/callctl-"},
      m_environment{{"PATH", path},
                    {"HOME", place.folder},
                    {"DATABASE_URL", url},
                    {"TWILIO_ACCOUNT_SID", bench::k_account},
                    {"TWILIO_AUTH_TOKEN", bench::k_token},
                    {"CALLCTL_PUBLIC_URL", bench::k_public_url},
                    {"CALLCTL_STREAM_URL", "wss://agent.example.com/stream"},
                    {"CALLCTL_LISTEN", fmt::format("127.0.0.1:{}", port)},
                    {"CALLCTL_ADMIN_LISTEN", fmt::format("127.0.0.1:{}", admin_port)},
                    {"CALLCTL_STATE_DIR", place.folder},
                    {"CALLCTL_LOG_LEVEL", "warning"}} {}

void Receiver::migrate() {
    const auto done =
        e2e::Process{m_program, {"migrate"}, m_environment, m_files + "migrate"}.wait();
    if (done.code != 0) {
        throw std::runtime_error{"callctl migrate: " + done.err};
    }
}

void Receiver::look_after() {
    if (!m_process || !m_process->running()) {
        const std::vector<std::string> words{"serve-webhooks", "--workers", "0"};
        m_process = std::make_unique<e2e::Process>(m_program, words, m_environment,
                                                   m_files + std::to_string(++m_started));
    }
}

void Receiver::kill() {
    if (m_process) {
        m_process->signal(SIGKILL);
        m_process->wait();
    }
}

} // namespace callctl::chaos
