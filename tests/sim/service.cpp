#include "sim/service.hpp"

#include <fmt/format.h>

namespace callctl::sim {
namespace {

std::unique_ptr<Speech> speech_of(const ServiceOptions& options) {
    if (options.media_dir.empty()) {
        return std::make_unique<ToneSpeech>();
    }
    return std::make_unique<EspeakSpeech>(options.media_dir);
}

} // namespace

Service::Service(const ServiceOptions& options)
    : m_speech{speech_of(options)}, m_library{*m_speech}, m_simulator{options.simulator, m_clock,
                                                                      m_library, m_sender},
      m_host{options.listen.substr(0, options.listen.rfind(':'))} {
    m_library.prepare();
    m_simulator.on_news([this] {
        const std::scoped_lock lock{m_mutex};
        m_news = true;
        m_woken.notify_all();
    });
    m_server = std::make_unique<SocketServer>(
        options.listen, [this](const Incoming& incoming, const SocketServer::Done& done) {
            m_simulator.handle(incoming.request, done, incoming.long_body);
        });
    m_driver = std::thread{[this] { drive(); }};
}

// Nobody may come in any more before the simulator goes: first the door, then those who are out.
Service::~Service() {
    m_server.reset();
    m_sender.stop();
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
        m_woken.notify_all();
    }
    m_driver.join();
}

std::string Service::url() const {
    return fmt::format("http://{}:{}", m_host, port());
}

void Service::drive() {
    std::unique_lock lock{m_mutex};
    while (!m_stopping) {
        m_news = false;
        lock.unlock();
        const auto next = m_simulator.tick();
        lock.lock();
        const auto woken = [this] { return m_news || m_stopping; };
        if (next) {
            m_woken.wait_until(lock, *next, woken);
        } else {
            m_woken.wait(lock, woken);
        }
    }
}

} // namespace callctl::sim
