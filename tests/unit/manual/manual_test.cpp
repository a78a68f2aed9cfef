// The manual pages say what the tables in the code say.
#include "unit/manual/page.hpp"

#include "call/reason.hpp"
#include "call/stage.hpp"
#include "config/settings.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace callctl {
namespace {

using test::page;
using ::testing::HasSubstr;

std::size_t lines_that_begin_with(const std::string& text, const std::string& start) {
    std::istringstream in{text};
    std::size_t count = 0;
    for (std::string line; std::getline(in, line);) {
        count += line.starts_with(start) ? 1U : 0U;
    }
    return count;
}

std::string sentence(std::string_view words) {
    std::string text{words};
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text + ".";
}

TEST(CallctlToml, HasEverySettingWithVariableDefaultAndSecrecy) {
    const std::string text = page("callctl.toml.5");
    for (const config::Setting& setting : config::k_settings) {
        std::string entry = fmt::format("*{}* (*{}*)", setting.key, setting.variable);
        if (!setting.default_text.empty()) {
            entry += fmt::format(", default {}\n", setting.default_text);
        }
        EXPECT_THAT(text, HasSubstr(entry));
        if (setting.secrecy == config::Secrecy::secret) {
            EXPECT_THAT(text, HasSubstr(entry + ", secret"));
        }
    }
}

TEST(CallctlToml, HasNoSettingThatIsNotThere) {
    const std::string text = page("callctl.toml.5");
    for (std::size_t at = text.find("* (*"); at != std::string::npos;
         at = text.find("* (*", at + 1)) {
        const std::size_t start = text.rfind('*', at - 1) + 1;
        EXPECT_NO_THROW(static_cast<void>(config::setting(text.substr(start, at - start))))
            << text.substr(start, at - start);
    }
}

TEST(CallctlPipeline, HasEveryReasonWithItsClassAndMeaning) {
    const std::string text = page("callctl-pipeline.7");
    const std::string reasons = text.substr(text.find("# REASONS"));
    for (const call::ReasonInfo& reason : call::all_reasons()) {
        EXPECT_THAT(reasons, HasSubstr(fmt::format("*{}* ({})\n\t{}\n", reason.code,
                                                   call::to_string(reason.reason_class),
                                                   sentence(reason.meaning))));
    }
    EXPECT_EQ(lines_that_begin_with(reasons.substr(0, reasons.find("# SEE ALSO")), "*"),
              call::all_reasons().size());
}

TEST(CallctlPipeline, HasEveryClassStageAndStatus) {
    const std::string text = page("callctl-pipeline.7");
    for (const call::ReasonInfo& reason : call::all_reasons()) {
        EXPECT_THAT(text, HasSubstr(fmt::format("\n*{}*\n", call::to_string(reason.reason_class))));
    }
    for (const call::Stage stage : call::k_stages) {
        EXPECT_THAT(text, HasSubstr(fmt::format("\n|  {}\n", call::to_string(stage))));
    }
    for (const call::Status status : call::k_statuses) {
        EXPECT_THAT(text, HasSubstr(fmt::format("*{}*", call::to_string(status))));
    }
}

TEST(Callctl, HasEveryExitCode) {
    const std::string text = page("callctl.1");
    const std::string codes = text.substr(text.find("# EXIT STATUS"));
    std::ifstream in{std::string{CALLCTL_MAN_DIR} + "/../cmd/callctl/exit_code.hpp"};
    std::size_t found = 0;
    for (std::string line; std::getline(in, line) && line != "};";) { // to the end of the enum
        const auto equals = line.find(" = ");
        if (line.find("k_") != std::string::npos && equals != std::string::npos) {
            const std::string number = line.substr(equals + 3, line.find(',') - equals - 3);
            EXPECT_THAT(codes, HasSubstr("*" + number + "*")) << line;
            ++found;
        }
    }
    EXPECT_GE(found, 8U);
}

} // namespace
} // namespace callctl
