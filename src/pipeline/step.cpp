#include "pipeline/step.hpp"

#include <array>

namespace callctl::pipeline {
namespace {

struct Describe {
    std::string_view operator()(const Rest& /*step*/) const { return "rest"; }
    std::string_view operator()(const Wait& /*step*/) const { return "wait"; }
    std::string_view operator()(const Settle& /*step*/) const { return "settle"; }
    std::string_view operator()(const Observe& /*step*/) const { return "observe"; }
    std::string_view operator()(const StartRecording& /*step*/) const { return "start_recording"; }
    std::string_view operator()(const Transcribe& /*step*/) const { return "transcribe"; }
    std::string_view operator()(const Summarise& /*step*/) const { return "summarise"; }
};

} // namespace

std::string_view name_of(const Step& step) {
    return std::visit(Describe{}, step);
}

std::span<const call::Provider> providers_of(call::Stage stage) {
    using call::Provider;
    static constexpr std::array k_twilio{Provider::twilio};
    static constexpr std::array k_transcription{Provider::transcription, Provider::twilio};
    static constexpr std::array k_summary{Provider::summary};
    switch (stage) {
    case call::Stage::recording:
        return k_twilio;
    case call::Stage::transcript:
        return k_transcription;
    case call::Stage::summary:
        return k_summary;
    }
    return {}; // GCOV_EXCL_LINE: every stage has its case
}

std::span<const call::Provider> providers_of(const Step& step) {
    if (std::holds_alternative<Observe>(step) || std::holds_alternative<StartRecording>(step)) {
        return providers_of(call::Stage::recording);
    }
    if (std::holds_alternative<Transcribe>(step)) {
        return providers_of(call::Stage::transcript);
    }
    if (std::holds_alternative<Summarise>(step)) {
        return providers_of(call::Stage::summary);
    }
    return {};
}

} // namespace callctl::pipeline
