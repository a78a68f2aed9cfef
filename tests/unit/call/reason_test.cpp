#include "call/reason.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace callctl::call {
namespace {

struct CodeRow {
    Reason reason;
    std::string code;
    ReasonClass reason_class;
};

// The codes are stored: they may be added to, never renamed. The classes are what the pipeline
// does.
const std::vector<CodeRow> k_rows{
    {Reason::call_live, "CALL_LIVE", ReasonClass::wait},
    {Reason::not_ready, "NOT_READY", ReasonClass::wait},
    {Reason::rate_limited, "RATE_LIMITED", ReasonClass::wait},
    {Reason::unreachable, "UNREACHABLE", ReasonClass::wait},
    {Reason::provider_closed, "PROVIDER_CLOSED", ReasonClass::wait},
    {Reason::local_fault, "LOCAL_FAULT", ReasonClass::wait},
    {Reason::interrupted, "INTERRUPTED", ReasonClass::wait},
    {Reason::timeout, "TIMEOUT", ReasonClass::transient},
    {Reason::provider_error, "PROVIDER_ERROR", ReasonClass::transient},
    {Reason::bad_reply, "BAD_REPLY", ReasonClass::transient},
    {Reason::bad_media, "BAD_MEDIA", ReasonClass::transient},
    {Reason::empty_transcript, "EMPTY_TRANSCRIPT", ReasonClass::transient},
    {Reason::auth, "AUTH", ReasonClass::account},
    {Reason::quota, "QUOTA", ReasonClass::account},
    {Reason::provider_config, "PROVIDER_CONFIG", ReasonClass::account},
    {Reason::not_found, "NOT_FOUND", ReasonClass::permanent},
    {Reason::deleted, "DELETED", ReasonClass::permanent},
    {Reason::expired, "EXPIRED", ReasonClass::permanent},
    {Reason::absent, "ABSENT", ReasonClass::permanent},
    {Reason::encrypted, "ENCRYPTED", ReasonClass::permanent},
    {Reason::too_large, "TOO_LARGE", ReasonClass::permanent},
    {Reason::refused, "REFUSED", ReasonClass::permanent},
    {Reason::rejected, "REJECTED", ReasonClass::permanent},
    {Reason::not_recorded, "NOT_RECORDED", ReasonClass::permanent},
    {Reason::crashed, "CRASHED", ReasonClass::permanent},
    {Reason::no_answer, "NO_ANSWER", ReasonClass::nothing},
    {Reason::too_short, "TOO_SHORT", ReasonClass::nothing},
    {Reason::silent, "SILENT", ReasonClass::nothing},
    {Reason::no_speech, "NO_SPEECH", ReasonClass::nothing},
    {Reason::not_eligible, "NOT_ELIGIBLE", ReasonClass::nothing},
};

class ReasonRow : public testing::TestWithParam<CodeRow> {};

TEST_P(ReasonRow, HasItsCodeAndClass) {
    const auto& [reason, code, reason_class] = GetParam();
    EXPECT_EQ(to_string(reason), code);
    EXPECT_EQ(class_of(reason), reason_class);
    EXPECT_EQ(info(reason).reason, reason);
    EXPECT_EQ(parse_reason(code), reason);
}

INSTANTIATE_TEST_SUITE_P(All, ReasonRow, testing::ValuesIn(k_rows),
                         [](const auto& row) { return row.param.code; });

TEST(Reason, IsListedOnceInTheOrderOfTheEnumeration) {
    ASSERT_EQ(all_reasons().size(), k_rows.size());
    for (std::size_t i = 0; i < k_rows.size(); ++i) {
        EXPECT_EQ(all_reasons()[i].reason, k_rows[i].reason);
        EXPECT_EQ(static_cast<std::size_t>(all_reasons()[i].reason), i);
    }
}

TEST(Reason, HasACodeOfItsOwn) {
    std::set<std::string_view> codes;
    for (const ReasonInfo& each : all_reasons()) {
        EXPECT_TRUE(codes.insert(each.code).second) << each.code;
        EXPECT_TRUE(std::ranges::all_of(each.code, [](char c) {
            return (c >= 'A' && c <= 'Z') || c == '_';
        })) << each.code;
    }
}

TEST(Reason, MeansOneSentenceWithoutFullStop) {
    std::set<std::string_view> meanings;
    for (const ReasonInfo& each : all_reasons()) {
        EXPECT_FALSE(each.meaning.empty()) << each.code;
        EXPECT_FALSE(each.meaning.ends_with('.')) << each.code;
        EXPECT_EQ(each.meaning.find('\n'), std::string_view::npos) << each.code;
        EXPECT_TRUE(meanings.insert(each.meaning).second) << each.code;
    }
}

TEST(Reason, IsReadExactly) {
    for (const char* text : {"", "auth", "Auth", "AUTH ", "AUT", "AUTHS", "UNKNOWN"}) {
        EXPECT_EQ(parse_reason(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_reason(std::string{"AUTH\0", 5}), std::nullopt);
}

TEST(ReasonClass, HasANameAndMembers) {
    const std::vector<std::pair<ReasonClass, std::string>> classes{
        {ReasonClass::wait, "wait"},
        {ReasonClass::transient, "transient"},
        {ReasonClass::account, "account"},
        {ReasonClass::permanent, "permanent"},
        {ReasonClass::nothing, "nothing"}};
    for (const auto& [reason_class, name] : classes) {
        EXPECT_EQ(to_string(reason_class), name);
        EXPECT_TRUE(std::ranges::any_of(all_reasons(), [wanted =
                                                            reason_class](const ReasonInfo& i) {
            return i.reason_class == wanted;
        })) << name;
    }
    EXPECT_EQ(to_string(static_cast<ReasonClass>(99)), "unknown");
}

} // namespace
} // namespace callctl::call
