#include "completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::cmd {
namespace {

using testing::HasSubstr;

// Everything that a description may hold and that some shell gives a meaning to.
std::vector<CommandShape> awkward_tree() {
    const OptionShape flag{.names = {"-n", "--dry-run"},
                           .description = "what isn't [done]: \\ all"};
    const OptionShape stage{.names = {"--stage"},
                            .description = "one stage",
                            .value_name = "STAGE",
                            .takes = Takes::word_of_list,
                            .words = {"recording", "summary"}};
    return {{.path = "", .description = "the program", .options = {flag}},
            {.path = "/migrate", .description = "it's", .options = {flag, stage}},
            {.path = "/migrate/status", .description = "below", .options = {}}};
}

TEST(Completion, OfZshTakesNoMeaningFromDescriptions) {
    const std::string text = zsh_completion(awkward_tree());
    EXPECT_THAT(text, HasSubstr("'(-n --dry-run)'{-n,--dry-run}"
                                "'[what isn'\\''t \\[done\\]\\: \\\\ all]'"));
    EXPECT_THAT(text, HasSubstr("'migrate:it'\\''s'"));
    EXPECT_THAT(text, HasSubstr("'(--stage)'--stage='[one stage]:STAGE:(recording summary)'"));
}

TEST(Completion, OfFishTakesNoMeaningFromDescriptions) {
    const std::string text = fish_completion(awkward_tree());
    EXPECT_THAT(text, HasSubstr("-s n -l dry-run -d 'what isn\\'t [done]: \\\\ all'"));
    EXPECT_THAT(text, HasSubstr(" -l stage -x -a 'recording summary'"));
}

TEST(Completion, KnowsWhichCommandsStandBelowWhich) {
    const auto tree = awkward_tree();
    ASSERT_EQ(children_of(tree[0], tree).size(), 1U);
    EXPECT_EQ(name_of(children_of(tree[0], tree)[0]), "migrate");
    ASSERT_EQ(children_of(tree[1], tree).size(), 1U);
    EXPECT_EQ(name_of(children_of(tree[1], tree)[0]), "status");
}

} // namespace
} // namespace callctl::cmd
