#include "pipeline/step.hpp"

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

std::optional<call::Provider> provider_of(const Step& step) {
    if (std::holds_alternative<Observe>(step) || std::holds_alternative<StartRecording>(step)) {
        return call::Provider::twilio;
    }
    if (std::holds_alternative<Transcribe>(step)) {
        return call::Provider::transcription;
    }
    if (std::holds_alternative<Summarise>(step)) {
        return call::Provider::summary;
    }
    return std::nullopt;
}

} // namespace callctl::pipeline
