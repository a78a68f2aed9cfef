#include "sim/library.hpp"

#include "sim/long_call.hpp"

#include <algorithm>
#include <stdexcept>

namespace callctl::sim {
namespace {

// A dialogue has the same number in every simulator, so that what one of them recorded another one
// understands.
std::optional<std::uint32_t> number_of_dialogue(std::string_view id) {
    const auto& written = all_dialogues();
    const auto found = std::ranges::find(written, id, &Dialogue::id);
    if (found != written.end()) {
        return static_cast<std::uint32_t>(found - written.begin());
    }
    const auto call = parse_long_call(id);
    return call ? std::optional{number_of(*call)} : std::nullopt;
}

} // namespace

Library::Library(Speech& speech) : m_speech{&speech} {}

Library::Stage* Library::stage(std::uint32_t number) const {
    const std::scoped_lock lock{m_mutex};
    const auto found = m_stages.find(number);
    if (found != m_stages.end()) {
        return found->second.get();
    }
    const auto call = long_call_of(number);
    if (!call && number >= all_dialogues().size()) {
        return nullptr;
    }
    Dialogue shown = call ? long_dialogue(*call) : all_dialogues()[number];
    return m_stages.emplace(number, std::make_unique<Stage>(std::move(shown))).first->second.get();
}

const Performance* Library::on_stage(std::uint32_t number) const {
    Stage* const found = stage(number);
    if (found == nullptr) {
        return nullptr;
    }
    std::call_once(found->performed, [&] {
        found->performance = std::make_unique<Performance>(found->dialogue, number, *m_speech);
    });
    return found->performance.get();
}

const Performance& Library::performance(std::string_view dialogue) const {
    const auto number = number_of_dialogue(dialogue);
    if (!number) {
        throw std::out_of_range{"no such dialogue"};
    }
    return *on_stage(*number);
}

void Library::prepare() const {
    for (const Dialogue& dialogue : all_dialogues()) {
        (void)performance(dialogue.id);
    }
}

} // namespace callctl::sim
