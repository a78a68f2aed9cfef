#include "sim/library.hpp"

#include <algorithm>
#include <stdexcept>

namespace callctl::sim {

Library::Library(Speech& speech) : m_speech{&speech} {
    for (const Dialogue& dialogue : all_dialogues()) {
        m_stages.push_back(std::make_unique<Stage>());
        m_stages.back()->dialogue = &dialogue;
        m_stages.back()->number = static_cast<std::uint32_t>(m_stages.size() - 1);
    }
}

const Performance& Library::performed(Stage& stage) const {
    std::call_once(stage.performed, [&] {
        stage.performance = std::make_unique<Performance>(*stage.dialogue, stage.number, *m_speech);
    });
    return *stage.performance;
}

const Performance& Library::performance(std::string_view dialogue) const {
    const auto found = std::ranges::find_if(
        m_stages, [&](const auto& stage) { return stage->dialogue->id == dialogue; });
    if (found == m_stages.end()) {
        throw std::out_of_range{"no such dialogue"};
    }
    return performed(**found);
}

const Performance* Library::on_stage(std::uint32_t number) const {
    return number < m_stages.size() ? &performed(*m_stages[number]) : nullptr;
}

void Library::prepare() const {
    for (const auto& stage : m_stages) {
        (void)performed(*stage);
    }
}

} // namespace callctl::sim
