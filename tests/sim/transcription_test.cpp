#include "sim/posted_form.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

Answer transcribe(Bench& bench, const FormParts& parts, const std::string& key = k_ai_key) {
    return post_form(bench, "/v1/audio/transcriptions", parts,
                     {{"Authorization", "Bearer " + key}});
}

FormParts plain(const std::string& model, FormParts more = {}) {
    FormParts parts{field("model", model), file_part(wav_of("he-appointment", Track::caller))};
    parts.insert(parts.end(), more.begin(), more.end());
    return parts;
}

TEST(Transcription, OfGptTranscribeIsTextOnly) {
    Bench bench;
    const Answer answer = transcribe(bench, plain("gpt-transcribe", {field("languages[]", "he")}));
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
    EXPECT_EQ(answer.response.content_type, "application/json");
    EXPECT_TRUE(base::find_header(answer.response.headers, "x-request-id").starts_with("req_"));
    const Json body = json_of(answer);
    EXPECT_EQ(body["text"], expected_text("he-appointment", Voice::caller));
    EXPECT_EQ(body["languages"], Json::parse(R"([{"code":"he"}])"));
    EXPECT_EQ(body["usage"]["type"], "duration");
    const std::int64_t length = tone_library().performance("he-appointment").length();
    EXPECT_EQ(body["usage"]["seconds"], (length + 7999) / 8000); // rounded up
    EXPECT_FALSE(body.contains("segments"));
}

TEST(Transcription, OfWhisperHasSegmentsWithTimes) {
    Bench bench;
    const Answer answer =
        transcribe(bench, plain("whisper-1",
                                {field("response_format", "verbose_json"), field("language", "he"),
                                 field("timestamp_granularities[]", "segment"),
                                 field("timestamp_granularities[]", "word")}));
    const Json body = json_of(answer);
    EXPECT_EQ(body["task"], "transcribe");
    EXPECT_EQ(body["language"], "hebrew");
    ASSERT_EQ(body["segments"].size(), 3U);
    const Spoken& second = tone_library().performance("he-appointment").spoken()[1];
    EXPECT_NEAR(body["segments"][0]["start"].get<double>(), static_cast<double>(second.from) / 8000,
                0.01);
    EXPECT_EQ(body["segments"][0]["text"], " " + second.line->text);
    for (const char* const key : {"id", "seek", "start", "end", "text", "tokens", "temperature",
                                  "avg_logprob", "compression_ratio", "no_speech_prob"}) {
        EXPECT_TRUE(body["segments"][0].contains(key)) << key;
    }
    EXPECT_GT(body["words"].size(), 8U);
}

TEST(Transcription, ComesAsSubtitlesAndText) {
    Bench bench;
    const Answer srt = transcribe(bench, plain("whisper-1", {field("response_format", "srt")}));
    EXPECT_TRUE(srt.response.body.starts_with("1\n00:00:0"));
    const Answer vtt = transcribe(bench, plain("whisper-1", {field("response_format", "vtt")}));
    EXPECT_TRUE(vtt.response.body.starts_with("WEBVTT"));
    const Answer text =
        transcribe(bench, plain("gpt-4o-transcribe", {field("response_format", "text")}));
    EXPECT_EQ(text.response.body, expected_text("he-appointment", Voice::caller) + "\n");
}

TEST(Transcription, OfSilenceIsEmpty) {
    Bench bench;
    const FormParts silence{field("model", "gpt-transcribe"),
                            file_part(wav_of("silent", Track::caller, 32'000))};
    EXPECT_EQ(json_of(transcribe(bench, silence))["text"], "");
    bench.control("POST", "/settings", {{"hallucinate_on_silence", true}});
    EXPECT_EQ(json_of(transcribe(bench, silence))["text"], "Thank you for watching.");
}

TEST(Transcription, OfUnknownSoundIsGeneric) {
    Bench bench;
    Wav noise{1, 8000, {}};
    for (std::uint64_t i = 0; i < 8000; ++i) {
        noise.samples.push_back(static_cast<std::int16_t>(dice(9, 0, 0, i) * 9000.0));
    }
    EXPECT_EQ(json_of(transcribe(
                  bench, {field("model", "gpt-transcribe"), file_part(write_wav(noise))}))["text"],
              "Unrecognised speech.");
}

TEST(Transcription, IsCountedForTheCallWhoseVoiceItIs) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 10'000}});
    bench.advance(30s);
    const std::string recording = bench.state()["recordings"][0]["recording_sid"];
    const std::string mono =
        bench.get("/Recordings/" + recording + ".wav?RequestedChannels=1").response.body;
    EXPECT_EQ(
        transcribe(bench, {field("model", "gpt-transcribe"), file_part(mono)}).response.status,
        200);
    const Json state = bench.state();
    EXPECT_EQ(state["calls"][0]["counts"]["transcription"], 1);
    EXPECT_EQ(state["calls"][0]["counts"]["billed.transcription"], 1);
    EXPECT_EQ(state["bills"]["transcribed_seconds"], 10);
}

TEST(Transcription, IgnoresUnknownFields) {
    Bench bench;
    EXPECT_EQ(
        transcribe(bench, plain("gpt-transcribe", {field("bogus_param", "xyz")})).response.status,
        200);
    EXPECT_EQ(transcribe(bench, plain("gpt-transcribe", {field("language", "he")})).response.status,
              200);
}

struct Refused {
    const char* name;
    FormParts (*parts)(); ///< made when wanted: some are files of 25 minutes
    int status;
    const char* code; ///< empty: null
    const char* words;
};

class TranscriptionRefusal : public testing::TestWithParam<Refused> {};

TEST_P(TranscriptionRefusal, IsInOpenAisWords) {
    Bench bench;
    const Answer answer = transcribe(bench, GetParam().parts());
    EXPECT_EQ(answer.response.status, GetParam().status) << answer.response.body;
    const Json error = json_of(answer)["error"];
    EXPECT_EQ(error["code"].is_null() ? "" : error["code"].get<std::string>(), GetParam().code);
    EXPECT_NE(error["message"].get<std::string>().find(GetParam().words), std::string::npos)
        << error["message"];
    for (const char* const key : {"message", "type", "param", "code"}) {
        EXPECT_TRUE(error.contains(key)) << key;
    }
    EXPECT_EQ(bench.state()["bills"]["transcriptions"], 0);
}

std::string long_wav(int seconds) {
    return write_wav({1, 8000, Samples(static_cast<std::size_t>(seconds) * 8000)});
}

INSTANTIATE_TEST_SUITE_P(
    All, TranscriptionRefusal,
    testing::Values(
        Refused{"NoModel",
                [] { return FormParts{file_part(wav_of("he-appointment", Track::caller))}; }, 400,
                "missing_required_parameter", "'model'"},
        Refused{"NoFile", [] { return FormParts{field("model", "whisper-1")}; }, 400,
                "missing_required_parameter", "'file'"},
        Refused{"UnknownModel", [] { return plain("whisper-9"); }, 404, "model_not_found",
                "`whisper-9` does not exist"},
        Refused{"ChatModel", [] { return plain("gpt-6-luna"); }, 404, "model_not_found",
                "does not exist"},
        Refused{"VerboseOfGptTranscribe",
                [] { return plain("gpt-transcribe", {field("response_format", "verbose_json")}); },
                400, "unsupported_value",
                "'gpt-transcribe-api-ev3'. Use 'json' or 'text' instead."},
        Refused{"GranularityOfJson",
                [] { return plain("whisper-1", {field("timestamp_granularities[]", "segment")}); },
                400, "", "`response_format` must be `verbose_json`"},
        Refused{"Extension",
                [] {
                    return FormParts{
                        field("model", "whisper-1"),
                        file_part(wav_of("he-appointment", Track::caller), "audio.bin")};
                },
                400, "unsupported_value", "Unsupported file format bin"},
        Refused{"Corrupt",
                [] {
                    return FormParts{field("model", "gpt-transcribe"), file_part("<Error/>")};
                },
                400, "invalid_value", "Audio file might be corrupted or unsupported"},
        Refused{"CorruptForWhisper",
                [] {
                    return FormParts{field("model", "whisper-1"), file_part("<Error/>")};
                },
                400, "", "Invalid file format. Supported formats"},
        Refused{"TooShort",
                [] {
                    return FormParts{field("model", "gpt-transcribe"),
                                     file_part(wav_of("silent", Track::caller, 799))};
                },
                400, "audio_too_short", "Minimum audio length is 0.1 seconds"},
        Refused{
            "TooLong",
            [] {
                return FormParts{field("model", "gpt-4o-transcribe"), file_part(long_wav(1500))};
            },
            400, "invalid_value", "audio duration 1500.0 seconds is longer than 1400 seconds"},
        Refused{"TooLongForMini",
                [] {
                    return FormParts{field("model", "gpt-4o-mini-transcribe"),
                                     file_part(long_wav(1501))};
                },
                400, "input_too_large", "too large for this model"},
        Refused{"BothLanguages",
                [] {
                    return plain("gpt-transcribe",
                                 {field("language", "he"), field("languages[]", "he")});
                },
                400, "invalid_value", "languages"},
        Refused{"LanguageList",
                [] { return plain("gpt-transcribe", {field("languages[]", "he,en")}); }, 400,
                "invalid_value", "'he,en' is not recognized"},
        Refused{"LanguageOfWhisper",
                [] { return plain("whisper-1", {field("language", "hebrew")}); }, 400,
                "invalid_value", "'hebrew' is not supported"},
        Refused{"Keyword", [] { return plain("gpt-transcribe", {field("keywords[]", "<b>")}); },
                400, "invalid_value", "'<'"},
        Refused{"Temperature", [] { return plain("whisper-1", {field("temperature", "hot")}); },
                400, "invalid_value", "hot"}),
    [](const auto& row) { return row.param.name; });

TEST(TranscriptionRefusal, OfTooLargeABodyCountsAllOfIt) {
    Bench bench;
    FormParts parts{field("model", "whisper-1"), file_part("")};
    const std::size_t rest = form_body(parts).size();
    parts[1].content = std::string(26'214'401 - rest, 'x');
    const Answer answer = transcribe(bench, parts);
    EXPECT_EQ(answer.response.status, 413);
    const Json body = json_of(answer);
    EXPECT_EQ(body["error"]["message"],
              "413: Maximum content size limit (26214400) exceeded (26214401 bytes read)");
    EXPECT_EQ(body["error"]["type"], "server_error");
    EXPECT_EQ(body["usage"]["seconds"], 0);
    parts[1].content.pop_back();
    EXPECT_EQ(transcribe(bench, parts).response.status, 400);
}

TEST(TranscriptionRefusal, OfAWrongKeyIsPlainTextWithItsOwnStatus) {
    Bench bench;
    const Answer answer = transcribe(bench, plain("whisper-1"), "sk-proj-abcdefgh9900");
    EXPECT_EQ(answer.response.status, 401);
    EXPECT_EQ(answer.response.content_type, "text/plain");
    const Json body = json_of(answer);
    EXPECT_EQ(body["status"], 401);
    EXPECT_EQ(body["error"]["code"], "invalid_api_key");
    EXPECT_EQ(body["error"]["message"].get<std::string>().find("abcdefgh"), std::string::npos);
}

TEST(TranscriptionRefusal, OfWhatIsNoForm) {
    Bench bench;
    for (const std::string body :
         {"", "--xyz", "--xyz\r\n\r\nx\r\n--xyz--", "{}", "--xyz\r\nContent-"}) {
        const Answer answer = bench.request("POST", "/v1/audio/transcriptions",
                                            {{"Authorization", "Bearer sk-sim-0123456789"},
                                             {"Content-Type", "multipart/form-data; boundary=xyz"}},
                                            body);
        EXPECT_EQ(answer.response.status, 400) << body;
    }
    EXPECT_EQ(bench.request("GET", "/v1/audio/transcriptions").response.status, 405);
    EXPECT_EQ(bench.request("POST", "/v1/audio/translation").response.status, 404);
}

TEST(TranscriptionFault, RateLimitIsInOpenAisWords) {
    Bench bench;
    bench.fault(
        {{"where", "transcription"}, {"kind", "status"}, {"status", 429}, {"retry_after", "2"}});
    const Answer answer = transcribe(bench, plain("gpt-transcribe"));
    EXPECT_EQ(answer.response.status, 429);
    EXPECT_EQ(base::find_header(answer.response.headers, "Retry-After"), "2");
    EXPECT_EQ(json_of(answer)["error"]["code"], "rate_limit_exceeded");
    EXPECT_NE(answer.response.body.find("Please try again in 1.146s"), std::string::npos);
}

TEST(TranscriptionFault, QuotaIsNotARateLimit) {
    Bench bench;
    bench.fault(
        {{"where", "transcription"}, {"kind", "status"}, {"code", "credit_balance_exhausted"}});
    const Answer answer = transcribe(bench, plain("gpt-transcribe"));
    EXPECT_EQ(answer.response.status, 429);
    EXPECT_EQ(json_of(answer)["error"]["type"], "insufficient_quota");
    EXPECT_EQ(json_of(answer)["error"]["code"], "credit_balance_exhausted");
}

TEST(TranscriptionFault, ChangesWhatIsSaidUnder200) {
    Bench bench;
    const auto verbose = plain("whisper-1", {field("response_format", "verbose_json")});
    bench.fault({{"where", "transcription"}, {"kind", "empty_segments"}, {"times", 1}});
    EXPECT_TRUE(json_of(transcribe(bench, verbose))["segments"].empty());
    bench.fault({{"where", "transcription"}, {"kind", "wrong_types"}, {"times", 1}});
    EXPECT_TRUE(json_of(transcribe(bench, verbose))["duration"].is_string());
    bench.fault({{"where", "transcription"}, {"kind", "hallucination"}, {"times", 1}});
    EXPECT_GT(json_of(transcribe(bench, verbose))["segments"].back()["no_speech_prob"], 0.9);
    bench.fault({{"where", "transcription"}, {"kind", "error_in_200"}, {"times", 1}});
    const Answer error = transcribe(bench, verbose);
    EXPECT_EQ(error.response.status, 200);
    EXPECT_TRUE(json_of(error).contains("error"));
    bench.fault({{"where", "transcription"}, {"kind", "invalid_json"}, {"times", 1}});
    EXPECT_TRUE(
        Json::parse(transcribe(bench, verbose).response.body, nullptr, false).is_discarded());
    EXPECT_EQ(transcribe(bench, verbose).response.status, 200);
}

TEST(TranscriptionFault, StrikesOneCallOnly) {
    Bench bench;
    std::vector<std::string> sids;
    std::vector<std::string> voices;
    for (int i = 0; i < 2; ++i) {
        sids.push_back(bench.place({{"duration_ms", 5000}}));
        bench.advance(30s);
        const std::string recording = bench.state()["recordings"].back()["recording_sid"];
        voices.push_back(
            bench.get("/Recordings/" + recording + ".wav?RequestedChannels=1").response.body);
    }
    bench.fault(
        {{"where", "transcription"}, {"kind", "status"}, {"status", 500}, {"call_sid", sids[1]}});
    const auto status = [&](const std::string& voice) {
        return transcribe(bench, {field("model", "gpt-transcribe"), file_part(voice)})
            .response.status;
    };
    EXPECT_EQ(status(voices[0]), 200);
    EXPECT_EQ(status(voices[1]), 500);
}

} // namespace
} // namespace callctl::sim
