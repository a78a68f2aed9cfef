#include "twilio/xml_scanner.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callctl::twilio {
namespace {

using namespace std::string_view_literals;

std::string outline(std::string_view document) {
    const auto tags = scan_xml(document);
    if (!tags) {
        return tags.error().message;
    }
    std::string out;
    for (const XmlTag& tag : *tags) {
        out += std::to_string(tag.depth);
        out += tag.kind == XmlTagKind::open ? '+' : (tag.kind == XmlTagKind::close ? '-' : '/');
        out.append(tag.name).append(" ");
    }
    return out;
}

struct XmlCase {
    const char* name;
    std::string_view document;
    const char* outline;
};

class XmlDocument : public testing::TestWithParam<XmlCase> {};

TEST_P(XmlDocument, IsScanned) {
    EXPECT_EQ(outline(GetParam().document), GetParam().outline);
}

INSTANTIATE_TEST_SUITE_P(
    Good, XmlDocument,
    testing::Values(
        XmlCase{"EmptyRoot", "<a/>", "0/a "}, XmlCase{"OpenRoot", "<a></a>", "0+a 0-a "},
        XmlCase{"Nested", "<a><b><c/></b><d/></a>", "0+a 1+b 2/c 1-b 1/d 0-a "},
        XmlCase{"DeclarationAndSpace", "<?xml version=\"1.0\" encoding='utf-8'?>\n <a/>\n ",
                "0/a "},
        XmlCase{"DeclarationWithoutEncoding", "<?xml version=\"1.0\"?><a/>", "0/a "},
        XmlCase{"WholeDeclaration",
                "<?xml version = '1.1' encoding=\"UTF-8\"\n standalone='no' ?><a/>", "0/a "},
        XmlCase{"DeclarationOfAscii", "<?xml version='1.0' encoding='US-ASCII'?><a/>", "0/a "},
        XmlCase{"Attributes", "<a b='1' c = \"2>\"\n_d:e-f.1='\"' /><!-- x -->", "0/a "},
        XmlCase{"SpaceInTags", "<a ><b /></a\n>", "0+a 1/b 0-a "},
        XmlCase{"References", "<a b='&amp;&lt;&gt;&quot;&apos;'>&#10;&#x5D0;&#x10FFFF;</a>",
                "0+a 0-a "},
        XmlCase{"Cdata", "<a><![CDATA[<b>&nbsp;]] >]]></a>", "0+a 0-a "},
        XmlCase{"CommentWithTags", "<a><!-- <b> & - --></a>", "0+a 0-a "},
        XmlCase{"Instructions", "<?xml-stylesheet x?><a><?p <b>?></a><?q?>", "0+a 0-a "},
        XmlCase{"Hebrew", "<שלום>היי</שלום>", "0+שלום 0-שלום "}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bad, XmlDocument,
    testing::Values(
        XmlCase{"Nothing", "", "line 1: no element"},
        XmlCase{"OnlySpace", "\n\n", "line 3: no element"},
        XmlCase{"PlainText", "hello", "line 1: text outside of the root element"},
        XmlCase{"Json", "{\"a\":1}", "line 1: text outside of the root element"},
        XmlCase{"TextBehindRoot", "<a/>x", "line 1: text outside of the root element"},
        XmlCase{"CdataOutside", "<a/><![CDATA[x]]>", "line 1: text outside of the root element"},
        XmlCase{"TwoRoots", "<a/>\n<b/>", "line 2: a second root element"},
        XmlCase{"NotClosed", "<a>\n<b/>\n", "line 3: an element is not closed"},
        XmlCase{"WrongOrder", "<a><b></a></b>", "line 1: a closing tag that fits no open element"},
        XmlCase{"ClosedOnly", "</a>", "line 1: a closing tag that fits no open element"},
        XmlCase{"OtherCase", "<a></A>", "line 1: a closing tag that fits no open element"},
        XmlCase{"ClosingTagCut", "<a></a", "line 1: a tag is not closed"},
        XmlCase{"OpeningTagCut", "<a b='1'", "line 1: a tag is not closed"},
        XmlCase{"SlashInside", "<a / >", "line 1: a tag is not closed"},
        XmlCase{"NoName", "<>", "line 1: < that begins no tag"},
        XmlCase{"DigitName", "<1a/>", "line 1: < that begins no tag"},
        XmlCase{"EndsAtOpening", "<a>\n<", "line 2: < that begins no tag"},
        XmlCase{"AttributeWithoutSpace", "<a b='1'c='2'/>", "line 1: no space before an attribute"},
        XmlCase{"AttributeTwice", "<a b='1' b='2'/>", "line 1: an attribute appears twice"},
        XmlCase{"AttributeWithoutValue", "<a b/>", "line 1: an attribute without a value"},
        XmlCase{"AttributeWithoutQuotes", "<a b=1/>", "line 1: an attribute's value is not quoted"},
        XmlCase{"AttributeNotClosed", "<a b='1/>", "line 1: an attribute's value is not closed"},
        XmlCase{"AttributeWithTag", "<a b='<'/>", "line 1: < in an attribute's value"},
        XmlCase{"Doctype", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
                "line 1: document type declarations are not allowed"},
        XmlCase{"OwnEntity", "<a>&x;</a>", "line 1: & that begins none of XML's own entities"},
        XmlCase{"HtmlEntity", "<a b='&nbsp;'/>",
                "line 1: & that begins none of XML's own entities"},
        XmlCase{"BareAmpersand", "<a>1 & 2</a>", "line 1: & that begins no entity"},
        XmlCase{"AmpersandInUrl", "<a b='/?x=1&y=2;'/>",
                "line 1: & that begins none of XML's own entities"},
        XmlCase{"ReferenceToNul", "<a>&#0;</a>",
                "line 1: & that begins none of XML's own entities"},
        XmlCase{"ReferenceToSurrogate", "<a>&#xD800;</a>",
                "line 1: & that begins none of XML's own entities"},
        XmlCase{"ReferenceBeyondUnicode", "<a>&#x110000;</a>",
                "line 1: & that begins none of XML's own entities"},
        XmlCase{"ReferenceWithoutDigits", "<a>&#;</a>",
                "line 1: & that begins none of XML's own entities"},
        XmlCase{"ReferenceWithOtherDigits", "<a>&#12a;</a>",
                "line 1: & that begins none of XML's own entities"},
        XmlCase{"CdataEndInText", "<a>]]></a>", "line 1: ]]> in text"},
        XmlCase{"CdataNotClosed", "<a><![CDATA[x]]</a>", "line 1: a CDATA section is not closed"},
        XmlCase{"CommentNotClosed", "<a/><!-- x", "line 1: a comment is not closed"},
        XmlCase{"DashesInComment", "<a/><!-- x -- y -->", "line 1: -- in a comment"},
        XmlCase{"CommentOfThreeDashes", "<a/><!--->", "line 1: a comment is not closed"},
        XmlCase{"DeclarationNotClosed", "<?xml version='1.0'><a/>",
                "line 1: the XML declaration is not closed"},
        XmlCase{"DeclarationWithoutVersion", "<?xml encoding='UTF-8'?><a/>",
                "line 1: the XML declaration begins with no version of XML"},
        XmlCase{"DeclarationOfAnotherVersion", "<?xml version='2.0'?><a/>",
                "line 1: the XML declaration begins with no version of XML"},
        XmlCase{"DeclarationOfNothing", "<?xml utf-8?><a/>",
                "line 1: the XML declaration begins with no version of XML"},
        XmlCase{"DeclarationWithoutSpace", "<?xml version='1.0'encoding='UTF-8'?><a/>",
                "line 1: the XML declaration is not closed"},
        XmlCase{"DeclarationInAnotherOrder",
                "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>",
                "line 1: the XML declaration is not closed"},
        XmlCase{"DeclarationWithoutEqualsSign", "<?xml version '1.0'?><a/>",
                "line 1: the XML declaration begins with no version of XML"},
        XmlCase{"DeclarationWithoutQuotes", "<?xml version=1.0?><a/>",
                "line 1: the XML declaration begins with no version of XML"},
        XmlCase{"OddStandalone", "<?xml version='1.0' standalone='maybe'?><a/>",
                "line 1: the XML declaration is not closed"},
        XmlCase{"EncodingThatNamesUtf8Elsewhere", "<?xml version='1.0' encoding='x-utf-8'?><a/>",
                "line 1: the declared encoding is not UTF-8"},
        XmlCase{"InstructionWithoutSpace", "<a><?p!x?></a>",
                "line 1: no space behind the name of a processing instruction"},
        XmlCase{"OtherEncoding", "<?xml version='1.0' encoding='ISO-8859-8'?><a/>",
                "line 1: the declared encoding is not UTF-8"},
        XmlCase{"LateDeclaration", "\n<?xml version='1.0'?><a/>",
                "line 2: a processing instruction without a name of its own"},
        XmlCase{"NamelessInstruction", "<a/><? x?>",
                "line 1: a processing instruction without a name of its own"},
        XmlCase{"InstructionNotClosed", "<a/><?x >",
                "line 1: a processing instruction is not closed"},
        XmlCase{"DeclarationCut", "<?xml",
                "line 1: a processing instruction without a name of its own"},
        XmlCase{"ControlCharacter", "<a>\x01</a>", "a character that XML does not allow"},
        XmlCase{"NonCharacter", "<a>\xEF\xBF\xBE</a>", "a character that XML does not allow"},
        XmlCase{"OtherNonCharacter", "<a>\xEF\xBF\xBF</a>", "a character that XML does not allow"},
        XmlCase{"Nul", "<a>\0</a>"sv, "not UTF-8 text"},
        XmlCase{"Utf16", "\xFF\xFE<\0a\0/\0>\0"sv, "not UTF-8 text"}),
    [](const auto& row) { return row.param.name; });

TEST(XmlScanner, SaysWhereTagsStand) {
    const std::string document = "<?xml version='1.0'?>\n<a x='>'><b/></a >";
    const auto tags = scan_xml(document);
    ASSERT_TRUE(tags);
    ASSERT_EQ(tags->size(), 3U);
    const auto text = [&document](const XmlTag& tag) {
        return document.substr(tag.begin, tag.end - tag.begin);
    };
    EXPECT_EQ(text((*tags)[0]), "<a x='>'>");
    EXPECT_EQ(text((*tags)[1]), "<b/>");
    EXPECT_EQ(text((*tags)[2]), "</a >");
}

TEST(XmlScanner, TakesDeepNesting) {
    std::string document;
    for (int i = 0; i < 10'000; ++i) {
        document += "<a>";
    }
    EXPECT_EQ(outline(document), "line 1: an element is not closed");
}

TEST(XmlScanner, RefusesEveryCutDocument) {
    const std::string document =
        "<?xml version='1.0'?><a b='&lt;'><!-- c --><?d e?><![CDATA[f]]>&amp;<g h='i'/></a>";
    ASSERT_TRUE(scan_xml(document));
    for (std::size_t size = 0; size < document.size(); ++size) {
        EXPECT_FALSE(scan_xml(std::string_view{document}.substr(0, size))) << size;
    }
}

} // namespace
} // namespace callctl::twilio
