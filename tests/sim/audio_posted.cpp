#include "sim/audio_posted.hpp"

#include "sim/audio_file.hpp"
#include "sim/digest.hpp"

#include <algorithm>
#include <cmath>

namespace callctl::sim {
namespace {

constexpr std::int64_t k_least_of_groq = 10;

void listen(std::string_view file, const Library& library, bool all_channels, PostedAudio& posted) {
    posted.sha256 = hex_sha256(file);
    posted.file_size = file.size();
    const auto audio = AudioFile::read(file);
    if (!audio) {
        return;
    }
    const Pcm& pcm = audio->pcm();
    posted.seconds = pcm.seconds();
    for (int channel = 0; channel < (all_channels ? pcm.channels : 1); ++channel) {
        posted.channels.push_back(library.recognise(pcm.channel(channel), pcm.sample_rate));
    }
}

} // namespace

std::string PostedAudio::field(std::string_view name) const {
    const auto all = fields(name);
    return all.empty() ? "" : all.front();
}

std::vector<std::string> PostedAudio::fields(std::string_view name) const {
    std::vector<std::string> values;
    if (!parts) {
        return values;
    }
    for (const Part& part : *parts) {
        if (part.name == name && !part.file_name) {
            values.push_back(part.content);
        }
    }
    return values;
}

const Part* PostedAudio::file() const {
    if (!parts) {
        return nullptr;
    }
    const auto found = std::ranges::find(*parts, "file", &Part::name);
    return found == parts->end() ? nullptr : &*found;
}

const Recognised& PostedAudio::heard() const {
    static const Recognised k_undecoded{.strange = true};
    return channels.empty() ? k_undecoded : channels.front();
}

PostedAudio read_posted_audio(const Request& request, const AiRoute& route,
                              const Library& library) {
    PostedAudio posted;
    if (route.server == AiServer::deepgram) {
        listen(request.content(), library, /*all_channels=*/true, posted);
        return posted;
    }
    posted.parts =
        parse_multipart(base::find_header(request.headers, "Content-Type"), request.content());
    if (const Part* const file = posted.file()) {
        listen(file->content, library, /*all_channels=*/false, posted);
    }
    return posted;
}

std::int64_t billed_seconds(const PostedAudio& posted, AiServer server) {
    const auto seconds = static_cast<std::int64_t>(std::ceil(posted.length()));
    return server == AiServer::groq ? std::max(seconds, k_least_of_groq) : seconds;
}

} // namespace callctl::sim
