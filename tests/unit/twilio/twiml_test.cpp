#include "twilio/twiml.hpp"
#include "twilio/xml_scanner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::twilio {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;
using testing::StartsWith;

const std::string k_callback = "https://calls.example.com/webhook/handle_recording#rc=3&rp=all";
const std::string k_recording =
    R"(<Start><Recording channels="dual" trim="do-not-trim")"
    R"( recordingStatusCallback="https://calls.example.com/webhook/handle_recording#rc=3&amp;rp=all")"
    R"( recordingStatusCallbackMethod="POST")"
    R"( recordingStatusCallbackEvent="in-progress completed absent"/></Start>)";
const std::string k_prolog = R"(<?xml version="1.0" encoding="UTF-8"?>)";

std::string twiml_of(const VoicePlan& plan) {
    const auto twiml = voice_twiml(plan);
    return twiml ? *twiml : "error: " + twiml.error().message;
}

std::string with_document(std::string document) {
    return twiml_of({.recording_callback = k_callback, .document = std::move(document)});
}

TEST(Twiml, RecordsFirstAndKeepsTheCallUp) {
    EXPECT_EQ(twiml_of({.recording_callback = k_callback}),
              k_prolog + "<Response>" + k_recording + R"(<Pause length="86400"/></Response>)");
}

TEST(Twiml, RecordsWithoutCallbackWhenThereIsNone) {
    EXPECT_EQ(twiml_of({}),
              k_prolog + R"(<Response><Start><Recording channels="dual" trim="do-not-trim"/>)"
                         R"(</Start><Pause length="86400"/></Response>)");
}

TEST(Twiml, ConnectsTheStreamBehindTheRecording) {
    const VoicePlan plan{.recording_callback = k_callback,
                         .stream_url = "wss://agent.example.com/media",
                         .stream_action = "https://calls.example.com/webhook/stream_ended?a=1&b=2",
                         .stream_parameters = {{"CallSid", "CA1"}, {"business", "A & \"B\" <c>"}}};
    EXPECT_EQ(
        twiml_of(plan),
        k_prolog + "<Response>" + k_recording +
            R"(<Connect action="https://calls.example.com/webhook/stream_ended?a=1&amp;b=2">)"
            R"(<Stream url="wss://agent.example.com/media"><Parameter name="CallSid" value="CA1"/>)"
            R"(<Parameter name="business" value="A &amp; &quot;B&quot; &lt;c&gt;"/>)"
            R"(</Stream></Connect></Response>)");
}

TEST(Twiml, ConnectsWithoutActionWhenThereIsNone) {
    EXPECT_THAT(twiml_of({.stream_url = "wss://a/"}),
                HasSubstr(R"(<Connect><Stream url="wss://a/"></Stream></Connect>)"));
}

TEST(Twiml, LeavesOutParametersThatTwilioWouldRefuse) {
    const VoicePlan plan{.stream_url = "wss://a/",
                         .stream_parameters = {{"fits", std::string(495, 'x')},
                                               {"hebrew", std::string("א") + std::string(492, 'x')},
                                               {"long", std::string(496, 'y')},
                                               {"bytes", std::string(495, '\x80')}}};
    const std::string twiml = twiml_of(plan);
    EXPECT_THAT(twiml, HasSubstr("name=\"fits\""));
    EXPECT_THAT(twiml, HasSubstr("name=\"hebrew\""));
    EXPECT_THAT(twiml, Not(HasSubstr("name=\"long\"")));
    EXPECT_THAT(twiml, Not(HasSubstr("name=\"bytes\"")));
}

TEST(Twiml, IsWellFormedWhateverItIsMadeOf) {
    const std::string wild = "\x01\xFF<&>\"'\t\r\n]]>--\xEF\xBF\xBF&#0;";
    const VoicePlan plan{.recording_callback = wild,
                         .stream_url = wild,
                         .stream_action = wild,
                         .stream_parameters = {{wild, wild}}};
    const std::string twiml = twiml_of(plan);
    const auto tags = scan_xml(twiml);
    ASSERT_TRUE(tags) << tags.error().message;
    EXPECT_EQ(tags->size(), 10U);
}

TEST(Twiml, HangsUp) {
    EXPECT_EQ(hangup_twiml(), k_prolog + "<Response><Hangup/></Response>");
}

struct DocumentCase {
    const char* name;
    std::string document;
    std::string twiml;
};

class TwimlDocument : public testing::TestWithParam<DocumentCase> {};

TEST_P(TwimlDocument, BecomesTheAnswer) {
    EXPECT_EQ(with_document(GetParam().document), GetParam().twiml);
}

const std::string k_own_recording = "<Start><Recording name='mine'/></Start>";

INSTANTIATE_TEST_SUITE_P(
    WithRecordingInFront, TwimlDocument,
    testing::Values(
        DocumentCase{"Plain", "<Response><Say>Hi</Say></Response>",
                     "<Response>" + k_recording + "<Say>Hi</Say></Response>"},
        DocumentCase{"EverythingElseStays",
                     "<?xml version=\"1.0\"?>\n<!-- <Response> -->\n<Response id='>'>\n"
                     "  <Say>שלום &amp; ברוכים</Say>\n</Response>\n<!-- end -->",
                     "<?xml version=\"1.0\"?>\n<!-- <Response> -->\n<Response id='>'>" +
                         k_recording +
                         "\n  <Say>שלום &amp; ברוכים</Say>\n</Response>\n<!-- end -->"},
        DocumentCase{"SpaceInFrontGoes",
                     "\xEF\xBB\xBF\n <?xml version='1.0'?><Response></Response>",
                     "<?xml version='1.0'?><Response>" + k_recording + "</Response>"},
        DocumentCase{"EmptyResponse", "<Response />", "<Response >" + k_recording + "</Response>"},
        DocumentCase{"RecordingLater", "<Response><Say>Hi</Say>" + k_own_recording + "</Response>",
                     "<Response>" + k_recording + "<Say>Hi</Say>" + k_own_recording +
                         "</Response>"},
        DocumentCase{"OtherStart", "<Response><Start><Stream url='wss://a'/></Start></Response>",
                     "<Response>" + k_recording +
                         "<Start><Stream url='wss://a'/></Start></Response>"},
        DocumentCase{"RecordingElsewhere", "<Response><Start/><Stop><Recording/></Stop></Response>",
                     "<Response>" + k_recording + "<Start/><Stop><Recording/></Stop></Response>"},
        DocumentCase{"DeeperRecording", "<Response><Start><x><Recording/></x></Start></Response>",
                     "<Response>" + k_recording + "<Start><x><Recording/></x></Start></Response>"},
        DocumentCase{"RejectLater", "<Response><Say>No</Say><Reject/></Response>",
                     "<Response>" + k_recording + "<Say>No</Say><Reject/></Response>"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    AsItIs, TwimlDocument,
    testing::Values(
        DocumentCase{"RecordsFirst", "<Response>" + k_own_recording + "<Say>Hi</Say></Response>",
                     "<Response>" + k_own_recording + "<Say>Hi</Say></Response>"},
        DocumentCase{
            "RecordsInSecondStart",
            "<Response><Start><Stream url='wss://a'/></Start>" + k_own_recording + "</Response>",
            "<Response><Start><Stream url='wss://a'/></Start>" + k_own_recording + "</Response>"},
        DocumentCase{"RecordsBesideStream",
                     "<Response><Start><Stream url='wss://a'/><Recording></Recording></Start>"
                     "</Response>",
                     "<Response><Start><Stream url='wss://a'/><Recording></Recording></Start>"
                     "</Response>"},
        DocumentCase{"RejectsFirst", "<Response><Reject reason='busy'/></Response>",
                     "<Response><Reject reason='busy'/></Response>"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Refused, TwimlDocument,
    testing::Values(
        DocumentCase{"OtherRoot", "<html><body/></html>",
                     "error: twiml document: the root element is not Response"},
        DocumentCase{"OtherCase", "<response/>",
                     "error: twiml document: the root element is not Response"},
        DocumentCase{"NotXml", "Hello",
                     "error: twiml document: line 1: text outside of the root "
                     "element"},
        DocumentCase{"OnlySpace", " \n ", "error: twiml document: line 1: no element"},
        DocumentCase{"Doctype", "<!DOCTYPE Response><Response/>",
                     "error: twiml document: line 1: document type declarations are not allowed"},
        DocumentCase{"Cut", "<Response>\n<Say>",
                     "error: twiml document: line 2: an element is not closed"}),
    [](const auto& row) { return row.param.name; });

TEST(Twiml, StartsNoSecondRecording) {
    EXPECT_EQ(twiml_of({.recording_callback = k_callback,
                        .stream_url = "wss://agent.example.com/s",
                        .is_recorded = true}),
              k_prolog + R"(<Response><Connect><Stream url="wss://agent.example.com/s">)" +
                  "</Stream></Connect></Response>");
    EXPECT_EQ(twiml_of({.document = "<Response><Say>Hi</Say></Response>", .is_recorded = true}),
              "<Response><Say>Hi</Say></Response>");
}

TEST(Twiml, IsBoundedByWhatTwilioReads) {
    const std::string head = "<Response><Say>";
    const std::string tail = "</Say></Response>";
    const std::size_t room = k_max_twiml_bytes - head.size() - tail.size() - k_recording.size();
    EXPECT_EQ(with_document(head + std::string(room, 'x') + tail).size(), k_max_twiml_bytes);
    EXPECT_EQ(with_document(head + std::string(room + 1, 'x') + tail),
              "error: twiml has 65537 bytes, twilio reads at most 65536");
    EXPECT_THAT(with_document(head + std::string(k_max_twiml_bytes, 'x') + tail),
                StartsWith("error: twiml has 655"));
    EXPECT_THAT(twiml_of({.stream_url = "wss://" + std::string(k_max_twiml_bytes, 'x')}),
                StartsWith("error: twiml has 65"));
}

TEST(XmlEscaped, LeavesOutWhatXmlForbids) {
    EXPECT_EQ(xml_escaped("a\0b\x01\x1F"
                          "c\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBF"
                          "d\x7F"sv),
              "abcd\x7F");
}

TEST(XmlEscaped, EscapesMarkupAndSpaceThatWouldBeNormalised) {
    EXPECT_EQ(xml_escaped("<a b='\"&\"'>\t\n\r x"),
              "&lt;a b=&apos;&quot;&amp;&quot;&apos;&gt;&#9;&#10;&#13; x");
}

TEST(XmlEscaped, ReplacesWhatIsNotUtf8) {
    EXPECT_EQ(xml_escaped("שלום\xFF"), "שלום\xEF\xBF\xBD");
    EXPECT_EQ(xml_escaped(""), "");
}

} // namespace
} // namespace callctl::twilio
