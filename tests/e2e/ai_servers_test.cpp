// Every kind of server that there is a preset for, by configuration alone.
#include "e2e/end_to_end_test.hpp"

#include <gmock/gmock.h>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;

struct Server {
    std::string preset;
    std::string base; ///< of the simulator's
    std::string model;
    std::string key{k_ai_key};
};

void PrintTo(const Server& server, std::ostream* out) {
    *out << server.preset;
}

std::string name_of(const testing::TestParamInfo<Server>& info) {
    std::string name = info.param.preset + "_" + info.param.model;
    for (char& c : name) {
        c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    }
    return name;
}

class AiServer : public EndToEndTest, public testing::WithParamInterface<Server> {
  protected:
    // All that differs from the fixture's OpenAI.
    void choose(const std::string& stage) {
        const Server& server = GetParam();
        const std::string prefix = "CALLCTL_" + stage + "_";
        m_environment[prefix + "PROVIDER"] = server.preset;
        m_environment[prefix + "BASE_URL"] = m_simulator->url() + server.base;
        m_environment[prefix + "MODEL"] = server.model;
        m_environment[prefix + "API_KEY"] = server.key;
        m_environment["CALLCTL_LANGUAGE"] = "en";
    }
};

class TranscriptionServer : public AiServer {};

TEST_P(TranscriptionServer, WritesACallDown) {
    choose("TRANSCRIPT");
    m_environment.erase("CALLCTL_TRANSCRIPT_RESPONSE_FORMAT");
    const std::string sid = ended_call();
    const Finished pass = reconcile();
    EXPECT_EQ(standing(sid), k_all_done) << pass.err << story(sid);
    const std::string transcript = row(sid, "final_transcript");
    EXPECT_THAT(transcript, testing::MatchesRegex("\\[00:0[0-9]\\] agent: (.|\n)*")) << transcript;
    EXPECT_THAT(transcript, HasSubstr("] caller: ")) << transcript;
    EXPECT_THAT(transcript, HasSubstr("Sarah Miller")) << transcript;
}

INSTANTIATE_TEST_SUITE_P(
    Presets, TranscriptionServer,
    testing::Values(Server{"openai", "/openai/v1", "gpt-transcribe"},
                    Server{"openai", "/openai/v1", "whisper-1"},
                    Server{"openai", "/openai/v1", "gpt-4o-transcribe"},
                    Server{"groq", "/groq/openai/v1", "whisper-large-v3-turbo"},
                    Server{"azure", "/azure", "whisper-1"},
                    Server{"speaches", "/speaches/v1", "Systran/faster-whisper-large-v3"},
                    Server{"whisper.cpp", "/whispercpp", "", ""},
                    Server{"vllm", "/vllm/v1", "openai/whisper-large-v3"},
                    Server{"localai", "/localai/v1", "whisper-1"},
                    Server{"deepgram", "/deepgram/v1", "nova-3"}),
    name_of);

class SummaryServer : public AiServer {};

TEST_P(SummaryServer, SummarisesACall) {
    choose("SUMMARY");
    const std::string sid = ended_call();
    const Finished pass = reconcile();
    EXPECT_EQ(standing(sid), k_all_done) << pass.err << story(sid);
    EXPECT_THAT(row(sid, "summary"), HasSubstr("Booking a yearly car inspection"));
}

INSTANTIATE_TEST_SUITE_P(Presets, SummaryServer,
                         testing::Values(Server{"openai", "/openai/v1", "gpt-6-luna"},
                                         Server{"azure", "/azure", "gpt-6-luna"},
                                         Server{"groq", "/groq/openai/v1", "openai/gpt-oss-20b"},
                                         Server{"openrouter", "/openrouter/api/v1",
                                                "openai/gpt-6-luna"},
                                         Server{"ollama", "/ollama/v1", "llama3.2", ""},
                                         Server{"llama.cpp", "/llamacpp/v1", "any"},
                                         Server{"vllm", "/vllm/v1", "Qwen/Qwen3-8B"},
                                         Server{"anthropic", "/anthropic/v1", "claude-haiku-4-5"}),
                         name_of);

} // namespace
} // namespace callctl::e2e
