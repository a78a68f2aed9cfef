// Runs a fuzzer over files: its corpus, as a test, or an input that it found.
//
// usage: fuzz_replay FUZZER FILE|FOLDER...
#include "fuzz/fuzzers.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::fuzz {
namespace {

struct Fuzzer {
    std::string_view name;
    void (*run)(std::string_view input);
};

constexpr std::array k_fuzzers{
    Fuzzer{"form", form},
    Fuzzer{"signature", signature},
    Fuzzer{"webhook", webhook},
    Fuzzer{"twilio_reply", twilio_reply},
    Fuzzer{"transcript_reply", transcript_reply},
    Fuzzer{"summary_reply", summary_reply},
    Fuzzer{"wav", wav},
    Fuzzer{"twiml", twiml},
    Fuzzer{"config", config},
    Fuzzer{"value", value},
    Fuzzer{"guard", guard},
    Fuzzer{"spool", spool},
    Fuzzer{"upstream", upstream},
};

std::vector<std::filesystem::path> files_below(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) {
        return {path};
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{path}) {
        if (entry.is_regular_file()) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

// The name first, so that it stands above whatever ends the process.
void run_file(const Fuzzer& fuzzer, const std::filesystem::path& path) {
    std::fprintf(stderr, "%s\n", path.c_str());
    std::ifstream file{path, std::ios::binary};
    const std::string input{std::istreambuf_iterator<char>{file}, {}};
    fuzzer.run(input);
    // Cut anywhere it is an input as well.
    for (const std::size_t eighths : {0U, 2U, 5U, 7U}) {
        fuzzer.run(std::string_view{input}.substr(0, input.size() * eighths / 8));
    }
}

int replay(std::span<char*> arguments) {
    const auto* const fuzzer =
        std::find_if(k_fuzzers.begin(), k_fuzzers.end(), [&arguments](const Fuzzer& candidate) {
            return arguments.size() > 2 && candidate.name == arguments[1];
        });
    if (fuzzer == k_fuzzers.end()) {
        std::fprintf(stderr, "usage: fuzz_replay FUZZER FILE|FOLDER...\n");
        return 2;
    }
    std::size_t count = 0;
    for (const char* const argument : arguments.subspan(2)) {
        for (const auto& file : files_below(argument)) {
            run_file(*fuzzer, file);
            ++count;
        }
    }
    std::fprintf(stderr, "%zu files\n", count);
    return count > 0 ? 0 : 1; // an empty corpus shows nothing
}

} // namespace
} // namespace callctl::fuzz

int main(int argc, char** argv) {
    return callctl::fuzz::replay({argv, static_cast<std::size_t>(argc)});
}
