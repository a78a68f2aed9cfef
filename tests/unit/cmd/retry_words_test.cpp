#include "retry_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace callctl::cmd {
namespace {

using testing::HasSubstr;

/// One call whose drive failed by a fault of ours, and one that another worker took.
app::RetryReport failed_and_taken() {
    app::RetryReport report;
    report.lines = {{.sid = *base::CallSid::parse("CA" + std::string(32, 'a')),
                     .reopened = port::Reopened::done,
                     .failed = true},
                    {.sid = *base::CallSid::parse("CA" + std::string(32, 'b')),
                     .reopened = port::Reopened::done,
                     .taken = true}};
    return report;
}

using Print = void (*)(const Screen&, const ToldRetry&);

std::string printed(Print print) {
    std::ostringstream out;
    const port::Choice choice;
    const auto report = failed_and_taken();
    print({.out = out}, {choice, report, call::Stage::transcript, Retried::driven});
    return out.str();
}

TEST(RetryWords, TellAFaultOfOursFromAnotherWorkerThatWasQuicker) {
    for (const Print print : {&print_calls, &print_counts}) {
        const std::string text = printed(print);
        EXPECT_THAT(text, HasSubstr("failed by a fault of callctl; see the log"));
        EXPECT_THAT(text, HasSubstr("reopened, another worker has it"));
    }
}

TEST(RetryWords, NameAFaultOfOursInJson) {
    const port::Choice choice;
    const auto report = failed_and_taken();
    const auto json =
        to_json({choice, report, call::Stage::transcript, Retried::driven}, /*forecast=*/{});
    EXPECT_EQ(json["calls"][0]["result"], "failed");
    EXPECT_EQ(json["calls"][1]["result"], "taken");
    EXPECT_EQ(json["results"][0]["result"], "failed");
    EXPECT_EQ(json["changed"], 2) << "both were set back";
}

} // namespace
} // namespace callctl::cmd
