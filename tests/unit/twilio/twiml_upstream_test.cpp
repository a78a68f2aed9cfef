#include "twilio/twiml_upstream.hpp"
#include "twilio/xml_scanner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace callctl::twilio {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const VoicePlan k_plan{.recording_callback = "https://calls.example.com/r#rc=3&rp=all"};
const std::string k_front = start_recording_twiml(k_plan);

std::string fronted(std::string_view document, const VoicePlan& plan = k_plan) {
    const auto made = with_recording_in_front(document, plan);
    return made ? made->twiml : "error: " + made.error().message;
}

std::string also_records(std::string_view document, bool is_recorded = false) {
    const auto made = with_recording_in_front(document, {.is_recorded = is_recorded});
    return made ? made->also_records : "error: " + made.error().message;
}

// --- What stays ---

// `|` stands where the recording goes.
struct Kept {
    const char* name;
    std::string document;
};

class ForeignTwiml : public testing::TestWithParam<Kept> {
  protected:
    static std::string with(const std::string& front) {
        std::string document = GetParam().document;
        return document.replace(document.find('|'), 1, front);
    }
};

TEST_P(ForeignTwiml, StaysAsItIsAroundTheRecording) {
    EXPECT_EQ(fronted(with("")), with(k_front));
    EXPECT_TRUE(scan_xml(with(k_front)));
}

TEST_P(ForeignTwiml, StaysAsItIsWhereTheCallIsBeingRecorded) {
    EXPECT_EQ(fronted(with(""), {.recording_callback = "x", .is_recorded = true}), with(""));
}

INSTANTIATE_TEST_SUITE_P(
    Upstream, ForeignTwiml,
    testing::Values(
        Kept{"Plain", "<Response>|<Say>Hi</Say></Response>"},
        Kept{"Declaration", "<?xml version='1.0' encoding=\"utf-8\" standalone='yes'?>\r\n"
                            "<Response>|\r\n\t<Say>Hi</Say>\r\n</Response>\r\n"},
        Kept{"Namespaces", "<Response xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"
                           " xsi:noNamespaceSchemaLocation='x.xsd' >|<xsi:Say/></Response>"},
        Kept{"CommentsAndInstructions",
             "<!-- <Response> --><?php x?><Response>|<!-- <Start><Recording/></Start> -->"
             "<?p <Dial record='true'>?><Say>a</Say></Response><!-- end -->"},
        Kept{"Cdata", "<Response>|<Say><![CDATA[<Start><Recording/></Start>&nbsp;]]></Say>"
                      "</Response>"},
        Kept{"References", "<Response>|<Say>&lt;Reject/&gt; &#x5E9; &amp;</Say></Response>"},
        Kept{"HebrewAndEmoji", "<Response>|<Say language='he-IL'>שלום 📞</Say></Response>"},
        Kept{"GreaterInAttribute", "<Response a='>' b=\"/>\">|<Say/></Response >"},
        Kept{"Redirect", "<Response>|<Redirect method=\"GET\">/next?a=1&amp;b=2</Redirect>"
                         "</Response>"},
        Kept{"HangupFirst", "<Response>|<Hangup/></Response>"},
        Kept{"RejectLater", "<Response>|<Pause/><Reject/></Response>"},
        Kept{"RejectWithin", "<Response>|<Dial><Reject/></Dial></Response>"},
        Kept{"NothingInIt", "<Response>|</Response>"},
        Kept{"StreamStarted", "<Response>|<Start><Stream url='wss://a'/></Start><Connect/>"
                              "</Response>"},
        Kept{"TranscriptionStarted", "<Response>|<Start><Transcription/></Start></Response>"},
        Kept{"RecordingStopped", "<Response>|<Start/><Stop><Recording name='x'/></Stop>"
                                 "</Response>"},
        Kept{"RecordingInNothing", "<Response>|<Recording/></Response>"},
        Kept{"LowerCaseStart", "<Response>|<start><Recording/></start></Response>"}),
    [](const auto& row) { return row.param.name; });

TEST(UpstreamTwiml, OpensAnEmptyResponse) {
    EXPECT_EQ(fronted("<Response/>"), "<Response>" + k_front + "</Response>");
    EXPECT_EQ(fronted("<Response a='1' />"), "<Response a='1' >" + k_front + "</Response>");
    EXPECT_EQ(fronted("<Response />", {.is_recorded = true}), "<Response />");
}

TEST(UpstreamTwiml, LosesWhatTwilioWouldNotForgiveInFront) {
    EXPECT_EQ(fronted("\xEF\xBB\xBF\r\n <?xml version='1.0'?><Response></Response>"),
              "<?xml version='1.0'?><Response>" + k_front + "</Response>");
}

// --- What records already, and what only seems to ---

struct Recorded {
    const char* name;
    std::string verbs;
};

class RecordsByItself : public testing::TestWithParam<Recorded> {};

TEST_P(RecordsByItself, AndGetsNoSecondRecording) {
    const std::string document = "<Response>" + GetParam().verbs + "</Response>";
    EXPECT_EQ(fronted(document), document);
    EXPECT_EQ(also_records(document), "");
}

INSTANTIATE_TEST_SUITE_P(
    Upstream, RecordsByItself,
    testing::Values(
        Recorded{"First", "<Start><Recording/></Start><Say/>"},
        Recorded{"WithAttributes", "<Start action='x'><Recording channels=\"mono\" name='n'>"
                                   "</Recording></Start><Say/>"},
        Recorded{"BesideAStream", "<Start><Stream url='wss://a'/><Recording/></Start><Say/>"},
        Recorded{"InASecondStart",
                 "<!-- x --><Start><Stream url='wss://a'/></Start>\n<Start><Recording/></Start>"},
        Recorded{"RejectsFirst", "<Reject reason='busy'/>"},
        Recorded{"RejectsAndMore", "\n<Reject></Reject><Record/>"}),
    [](const auto& row) { return row.param.name; });

struct Other {
    const char* name;
    std::string verbs;
    std::string also_records;
};

class RecordsBeside : public testing::TestWithParam<Other> {};

TEST_P(RecordsBeside, OursWhichStandsInFrontAllTheSame) {
    const std::string document = "<Response>" + GetParam().verbs + "</Response>";
    EXPECT_EQ(fronted(document), "<Response>" + k_front + GetParam().verbs + "</Response>");
    EXPECT_EQ(also_records(document), GetParam().also_records);
    EXPECT_EQ(also_records(document, /*is_recorded=*/true), GetParam().also_records);
}

INSTANTIATE_TEST_SUITE_P(
    Upstream, RecordsBeside,
    testing::Values(
        Other{"Voicemail", "<Say>Leave a message</Say><Record maxLength='60'/>", "Record"},
        Other{"VoicemailFirst", "<Record/>", "Record"},
        Other{"DialFromAnswer", "<Dial record='record-from-answer'>+1</Dial>", "Dial"},
        Other{"DialFromRinging",
              "<Dial timeout=\"9\" record = \"record-from-ringing-dual\"><Sip>a</Sip></Dial>",
              "Dial"},
        Other{"DialTrue", "<Dial record='true'/>", "Dial"},
        Other{"DialDoNotRecord", "<Dial record='do-not-record'>+1</Dial>", ""},
        Other{"DialFalse", "<Dial record='false'>+1</Dial>", ""},
        Other{"DialEmpty", "<Dial record=''>+1</Dial>", ""},
        Other{"DialWithoutRecord", "<Dial recordingTrack='both' action='/x?record=y'>+1</Dial>",
              ""},
        Other{"RecordInAnotherValue", "<Dial action='x record=' b='true'>+1</Dial>", ""},
        Other{"Conference", "<Dial><Conference record='record-from-start'>r</Conference></Dial>",
              "Conference"},
        Other{"ConferenceDoNotRecord",
              "<Dial><Conference record='do-not-record'>r</Conference></Dial>", ""},
        Other{"ConferenceElsewhere", "<Conference record='record-from-start'/>", ""},
        Other{"LaterStart", "<Say>Hi</Say><Start><Recording/></Start>", "Recording"},
        Other{"DeeperRecord", "<Gather><Record/></Gather>", ""},
        Other{"FirstOfTwo", "<Say/><Dial record='true'/><Record/>", "Dial"}),
    [](const auto& row) { return row.param.name; });

TEST(UpstreamTwiml, OfItsOwnRecordingIsTheSecondOneWhereTheCallIsBeingRecorded) {
    EXPECT_EQ(also_records("<Response><Start><Recording/></Start></Response>",
                           /*is_recorded=*/true),
              "Recording");
}

// --- What is no TwiML ---

struct Nonsense {
    const char* name;
    std::string_view document;
    const char* error;
};

class NoTwiml : public testing::TestWithParam<Nonsense> {};

TEST_P(NoTwiml, IsRefusedInWordsOfOurOwn) {
    EXPECT_EQ(fronted(GetParam().document), "error: twiml document: "s + GetParam().error);
    EXPECT_EQ(fronted(GetParam().document, {.is_recorded = true}),
              "error: twiml document: "s + GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Upstream, NoTwiml,
    testing::Values(
        Nonsense{"Nothing", "", "line 1: no element"},
        Nonsense{"OnlySpace", " \r\n\t", "line 1: no element"},
        Nonsense{"Text", "Internal error +972501234567",
                 "line 1: text outside of the root element"},
        Nonsense{"Json", R"({"twiml":"<Response/>"})", "line 1: text outside of the root element"},
        Nonsense{"Html", "<!DOCTYPE html><html></html>",
                 "line 1: document type declarations are not allowed"},
        Nonsense{"HtmlWithoutDoctype", "<html><body>502</body></html>",
                 "the root element is not Response"},
        Nonsense{"ResponseWithin", "<x><Response/></x>", "the root element is not Response"},
        Nonsense{"LowerCase", "<response/>", "the root element is not Response"},
        Nonsense{"Prefixed", "<t:Response xmlns:t='x'/>", "the root element is not Response"},
        Nonsense{"TwoDocuments", "<Response/><Response/>", "line 1: a second root element"},
        Nonsense{"Cut", "<Response>\n<Say>Hi", "line 2: an element is not closed"},
        Nonsense{"CutInTag", "<Response><Dial record='",
                 "line 1: an attribute's value is not "
                 "closed"},
        Nonsense{"Crossed", "<Response><Say></Response></Say>",
                 "line 1: a closing tag that fits no open element"},
        Nonsense{"EntityBomb",
                 "<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><Response>&b;</Response>",
                 "line 1: document type declarations are not allowed"},
        Nonsense{"ExternalEntity",
                 "<?xml version='1.0'?><!DOCTYPE r SYSTEM 'file:///etc/passwd'><Response/>",
                 "line 1: document type declarations are not allowed"},
        Nonsense{"OwnEntity", "<Response><Say>&nbsp;</Say></Response>",
                 "line 1: & that begins none of XML's own entities"},
        Nonsense{"BareAmpersand", "<Response><Redirect>/a?b=1&c=2</Redirect></Response>",
                 "line 1: & that begins no entity"},
        Nonsense{"NotUtf8", "<Response><Say>\xE9</Say></Response>", "not UTF-8 text"},
        Nonsense{"Latin1", "<?xml version='1.0' encoding='ISO-8859-1'?><Response/>",
                 "line 1: the declared encoding is not UTF-8"},
        Nonsense{"Utf16", "\xFF\xFE<\0R\0"sv, "not UTF-8 text"},
        Nonsense{"Gzip", "\x1F\x8B\x08\0\0\0"sv, "not UTF-8 text"},
        Nonsense{"Nul", "<Response><Say>\0</Say></Response>"sv, "not UTF-8 text"},
        Nonsense{"ControlCharacter", "<Response><Say>\x1B[2J</Say></Response>",
                 "a character that XML does not allow"},
        Nonsense{"TwoMarks", "\xEF\xBB\xBF\xEF\xBB\xBF<Response/>",
                 "line 1: text outside of the root element"}),
    [](const auto& row) { return row.param.name; });

TEST(UpstreamTwiml, IsCutNowhere) {
    const std::string document = "<?xml version='1.0'?><Response a='&lt;'><!-- c --><Say>x</Say>"
                                 "<Dial record='true'><Conference>r</Conference></Dial></Response>";
    ASSERT_THAT(fronted(document), Not(StartsWith("error")));
    for (std::size_t size = 0; size < document.size(); ++size) {
        EXPECT_THAT(fronted(document.substr(0, size)), StartsWith("error")) << size;
    }
}

TEST(UpstreamTwiml, KeepsEveryByteOfItsOwnWhateverWasDoneToIt) {
    const std::string original =
        "<?xml version='1.0'?><Response a='&lt;'><!-- c --><Start><Stream/></Start><Say>x</Say>"
        "<Dial record='true'>r</Dial><![CDATA[<Start>]]></Response>";
    int usable = 0;
    for (std::size_t at = 0; at < original.size(); ++at) {
        for (const char other : "<>&;'\"/!-?[] =aR\n\x01\xD7"sv) {
            std::string document = original;
            document[at] = other;
            const auto made = with_recording_in_front(document, k_plan);
            if (!made) {
                continue;
            }
            ++usable;
            std::string rest = made->twiml;
            if (const auto front = rest.find(k_front); front != std::string::npos) {
                rest.erase(front, k_front.size());
            }
            ASSERT_EQ(rest, document);
            ASSERT_TRUE(scan_xml(made->twiml)) << made->twiml;
        }
    }
    EXPECT_GT(usable, 100);
}

TEST(UpstreamTwiml, IsBoundedByWhatTwilioReads) {
    const auto document = [](std::size_t size) {
        const std::string around = "<Response><Say></Say></Response>";
        return "<Response><Say>" + std::string(size - around.size(), 'x') + "</Say></Response>";
    };
    const std::size_t room = k_max_twiml_bytes - k_front.size();
    EXPECT_EQ(fronted(document(room)).size(), k_max_twiml_bytes);
    EXPECT_EQ(fronted(document(room + 1)),
              "error: twiml has 65537 bytes, twilio reads at most 65536");
    EXPECT_EQ(fronted(document(k_max_twiml_bytes), {.is_recorded = true}).size(),
              k_max_twiml_bytes);
    EXPECT_EQ(fronted(document(k_max_twiml_bytes + 1), {.is_recorded = true}),
              "error: twiml has 65537 bytes, twilio reads at most 65536");
    EXPECT_THAT(fronted(std::string(10'000'000, 'x')), StartsWith("error: twiml has 10000000"));
}

TEST(UpstreamTwiml, MayBeFullOfTagsAndAttributes) {
    std::string deep = "<Response>";
    std::string end = "</Response>";
    while (deep.size() + end.size() < 60'000) {
        deep += "<a>";
        end.insert(0, "</a>");
    }
    EXPECT_EQ(fronted(deep + end).size(), (deep + end + k_front).size());
    std::string wide = "<Response><Dial";
    for (int i = 0; wide.size() < 60'000; ++i) {
        wide += " a" + std::to_string(i) + "=''";
    }
    EXPECT_EQ(also_records(wide + " record='true'/></Response>"), "Dial");
    EXPECT_THAT(fronted(wide + " a7=''/></Response>"), HasSubstr("an attribute appears twice"));
}

} // namespace
} // namespace callctl::twilio
