// The story of one call, for a person.
#pragma once

#include "report_words.hpp"
#include "screen.hpp"

namespace callctl::cmd {

/// What the call is, what happened to it in order of time, why it is where it is, what happens next
/// and when, and the command that would change that.
void print_story(const Screen& screen, const port::CallStory& story, const pipeline::Step& step,
                 Numbers numbers);

} // namespace callctl::cmd
