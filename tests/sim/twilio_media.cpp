#include "sim/twilio_media.hpp"

namespace callctl::sim {
namespace {

constexpr std::size_t k_sent_in_one = 8UL << 20U;

} // namespace

Answer TwilioMedia::answer(const Request& request, const TwilioRoute& route) const {
    const Recording* const recording = m_world->find_recording(route.recording_sid);
    // No extension means WAV; the simulator has no MP3 encoder and keeps none.
    const bool offered = route.extension.empty() || route.extension == "wav";
    if (recording == nullptr || recording->status != RecordingStatus::completed || !offered) {
        return error_answer(not_found(request.path), route.format);
    }
    const std::string wanted = value_of(request.query, "RequestedChannels").value_or("");
    if (wanted == "2" && recording->channels == 1) {
        return error_answer({400, 16113, "Dual channel download of a mono recording", {}},
                            route.format);
    }
    const int channels = wanted == "1" ? 1 : recording->channels;
    LongBody file = m_recorder->media(*recording, channels);
    Answer answer{.response = {.status = 200, .content_type = "audio/x-wav"}};
    if (file.size <= k_sent_in_one) {
        answer.response.body = file.read(0, file.size);
    } else {
        answer.long_body = std::move(file);
    }
    return answer;
}

Answer TwilioMedia::not_ready(const Request& request, const Fault& fault) {
    if (fault.code != "21501") {
        return error_answer(not_found(request.path), Format::xml);
    }
    Answer answer = error_answer(
        {fault.status == 0 ? 404 : fault.status, 21501, "Resource not available", {}}, Format::xml);
    answer.response.headers.push_back(
        {"Retry-After", fault.retry_after.empty() ? "2" : fault.retry_after});
    return answer;
}

} // namespace callctl::sim
