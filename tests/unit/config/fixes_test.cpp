// Whatever is wrong with the configuration, the error says what to do.
#include "unit/config/sandbox.hpp"

#include "config/require.hpp"

#include <gtest/gtest.h>

#include <set>

namespace callctl::config {
namespace {

/// Nothing when it is taken.
std::optional<std::string> hint_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const base::ConfigError& error) {
        return error.hint();
    }
    return std::nullopt;
}

TEST(Fixes, AreNamedForEachSettingThatCannotBeRead) {
    const Sandbox box;
    const std::string long_text(70'000, 'x');
    std::set<std::string_view> refused;
    for (const Setting& setting : k_settings) {
        for (const std::string& text :
             {std::string{"\x01"}, std::string{"nonsense!"}, std::string{"-1"}, std::string{"1e99"},
              std::string{"99999999999999999999"}, std::string{"http://"}, std::string{"/none"},
              std::string{","}, std::string{"\xff"}, std::string{"0"}, long_text}) {
            const auto hint = hint_of([&] {
                static_cast<void>(load(box.sources({{std::string{setting.variable}, text}})));
            });
            if (hint) {
                refused.insert(setting.key);
                EXPECT_NE(*hint, "") << setting.key << " = " << text.substr(0, 40);
            }
        }
    }
    EXPECT_GT(refused.size(), k_settings.size() / 2) << "else this test has lost its point";
}

TEST(Fixes, AreNamedForEachFileThatCannotBeRead) {
    const Sandbox box;
    for (const std::string text :
         {"listen", "listen = ", "lisen = 'x'", "listen = 3", "workers = []", "[twilio",
          "[nothing]", "twilio = 1", "listen = '1'\nlisten = '2'", "[price.m]\nx = 1", "price = 1",
          "\xff", "[call_log.defaults]\n\"A b\" = 1", "[summary.headers]\n\"a b\" = 'x'",
          "[transcript.extra_fields]\nmodel = 'x'", "stream_url = 'wss://x'\ntwiml_file = '/none'",
          "upstream.timeout = '3s'"}) {
        const auto hint = hint_of([&] { static_cast<void>(load(box.with_file(text))); });
        if (hint) {
            EXPECT_NE(*hint, "") << text;
        }
    }
    auto sources = box.sources();
    for (const auto& path : {box.folder() / "none", box.folder()}) {
        sources.files = {{path, true}};
        EXPECT_NE(hint_of([&] { static_cast<void>(load(sources)); }).value(), "") << path;
    }
}

TEST(Fixes, AreNamedForEachSecretThatCannotBeRead) {
    const Sandbox box;
    for (const Setting& setting : k_settings) {
        if (setting.secrecy == Secrecy::open) {
            continue;
        }
        const std::string name{setting.variable};
        const std::string none = (box.folder() / "none").string();
        EXPECT_NE(hint_of([&] {
                      static_cast<void>(load(box.sources({{name + "_FILE", none}})));
                  }).value(),
                  "");
        EXPECT_NE(hint_of([&] {
                      static_cast<void>(load(box.sources({{name + "_FILE", none}, {name, "x"}})));
                  }).value(),
                  "");
    }
}

TEST(Fixes, AreNamedForEachNeedThatIsNotMet) {
    const Sandbox box;
    const Config empty = load(box.sources()).config;
    for (const Need need : {Need::database, Need::twilio_rest, Need::webhooks, Need::public_url,
                            Need::transcription, Need::summary, Need::state_dir}) {
        EXPECT_NE(hint_of([&] { require(empty, {need}); }).value(), "") << static_cast<int>(need);
    }
}

} // namespace
} // namespace callctl::config
