// Multipart forms as tests post them, and recordings as they would cut them.
#pragma once

#include "sim/bench.hpp"
#include "sim/multipart.hpp"

#include <string>
#include <vector>

namespace callctl::sim {

using FormParts = std::vector<Part>;

[[nodiscard]] Part file_part(std::string content, std::string name = "audio.wav");
[[nodiscard]] Part field(std::string name, std::string value);
[[nodiscard]] std::string form_body(const FormParts& parts);

/// With `Authorization: Bearer` and the bench's key, unless headers are given.
[[nodiscard]] Answer post_form(Bench& bench, const std::string& target, const FormParts& parts,
                               std::vector<base::HttpHeader> headers = {});

/// The beginning of a track; all of it unless told otherwise.
[[nodiscard]] std::string wav_of(const char* dialogue, Track track, std::int64_t samples = -1);
[[nodiscard]] std::string flac_of(const Samples& mono);

/// What one side says in a dialogue.
[[nodiscard]] std::string expected_text(const char* dialogue, Voice voice);

} // namespace callctl::sim
