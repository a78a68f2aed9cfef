#include "config/read_transcript.hpp"

#include "config/server_fields.hpp"
#include "config/transcript_provider.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace callctl::config {
namespace {

constexpr int k_longest_request_seconds = 86'400;
constexpr std::size_t k_longest_prompt = 65'536; // of gpt-transcribe

// gpt-transcribe refuses the whole request over one of these.
void check_brackets(const Item& item) {
    if (item.value.text.find_first_of("<>") != std::string::npos) {
        refuse(item, "holds < or >, for which servers refuse the whole request", "leave them out");
    }
}

std::string prompt_of(const Reader& read) {
    const auto item = read.find("transcript.prompt");
    if (!item) {
        return {};
    }
    check_brackets(*item);
    if (item->value.text.size() > k_longest_prompt) {
        refuse(*item, fmt::format("is longer than {} bytes", k_longest_prompt),
               "say only what the calls are about");
    }
    return item->value.text;
}

std::vector<std::string> keywords_of(const Reader& read) {
    const auto item = read.find("transcript.keywords");
    if (!item) {
        return {};
    }
    check_brackets(*item);
    return to_list(*item);
}

// A transcript's line is `[mm:ss] speaker: text`.
std::array<std::string, 2> speakers_of(const Item& item) {
    constexpr std::size_t k_longest_name = 40;
    const std::vector<std::string> names = to_list(item);
    const bool fit = std::all_of(names.begin(), names.end(), [](const std::string& name) {
        return name.size() <= k_longest_name && name.find_first_of(":[]") == std::string::npos;
    });
    if (names.size() != 2 || names[0] == names[1] || !fit) {
        refuse(item, "does not name two speakers",
               "write two short names by channel, as in caller,agent");
    }
    return {names[0], names[1]};
}

// Fields that are sent anyway, and would be sent twice.
constexpr std::array<std::string_view, 9> k_own_fields{
    "file",   "model",      "response_format",          "language", "languages", "languages[]",
    "prompt", "keywords[]", "timestamp_granularities[]"};

std::map<std::string, std::string> extra_fields_of(const Reader& read) {
    constexpr Setting k_field{k_extra_fields, "", "", "form field"};
    std::map<std::string, std::string> fields;
    for (const auto& [name, value] : table_of(read.values(), k_extra_fields)) {
        const bool own =
            std::find(k_own_fields.begin(), k_own_fields.end(), name) != k_own_fields.end();
        if (own || name.empty() || !consists_of(name, "_-.[]")) {
            throw base::ConfigError{fmt::format("{}: '{}' cannot be a field of {}",
                                                to_string(value.origin), name, k_extra_fields),
                                    own ? "it is sent anyway; it has a setting of its own"
                                        : "names of fields are letters, digits, _, -, . and []"};
        }
        check_text({k_field, value});
        fields.emplace(name, value.text);
    }
    return fields;
}

} // namespace

Transcript read_transcript(const Reader& read) {
    constexpr int k_most = std::numeric_limits<int>::max();
    Transcript transcript;
    transcript.provider = provider_of(read.item("transcript.provider"), k_transcript_providers);
    transcript.base_url = read.url("transcript.base_url");
    transcript.path = path_of(read, "transcript.path");
    transcript.query = query_of(read, "transcript.query");
    transcript.auth_header = auth_header_of(read, "transcript.auth_header");
    transcript.auth_prefix = auth_prefix_of(read, "transcript.auth_prefix");
    transcript.api_key = read.secret("transcript.api_key");
    transcript.model = read.text("transcript.model");
    transcript.response_format =
        optional_word(read, "transcript.response_format",
                      std::array<std::string_view, 3>{"auto", "json", "verbose_json"});
    transcript.language_field =
        optional_word(read, "transcript.language_field",
                      std::array<std::string_view, 4>{"auto", "language", "languages[]", k_none});
    if (transcript.language_field == k_none) {
        transcript.language_field = std::string{};
    }
    transcript.audio_format = optional_word(read, "transcript.audio_format",
                                            std::array<std::string_view, 2>{"wav", "flac"});
    transcript.max_bytes = optional_integer(read, "transcript.max_bytes", 100'000, k_most);
    transcript.max_seconds =
        optional_integer(read, "transcript.max_seconds", 30, k_longest_request_seconds);
    transcript.min_billed_seconds =
        optional_integer(read, "transcript.min_billed_seconds", 0, k_longest_request_seconds);
    transcript.extra_fields = extra_fields_of(read);
    transcript.prompt = prompt_of(read);
    transcript.keywords = keywords_of(read);
    transcript.limits = limits_of(read, "transcript");
    if (const auto timeout = read.find("transcript.timeout")) {
        transcript.timeout = to_duration(*timeout);
    }
    transcript.inbound_speakers = speakers_of(read.item("transcript.inbound_speakers"));
    transcript.outbound_speakers = speakers_of(read.item("transcript.outbound_speakers"));
    return transcript;
}

} // namespace callctl::config
