#include "story_text.hpp"

#include "table.hpp"
#include "timeline.hpp"

#include "base/text.hpp"

namespace callctl::cmd {
namespace {

constexpr std::size_t k_name_width = 12;

void line(const Screen& screen, const std::string& name, const std::string& value) {
    const std::size_t gap = name.size() < k_name_width ? k_name_width - name.size() : 1;
    screen.out << name << std::string(gap, ' ') << value << '\n';
}

void print_statuses(const Screen& screen, const port::CallStory& story) {
    for (const call::Stage stage : call::k_stages) {
        const auto status = story.call.status(stage);
        const auto& word = story.words.at(static_cast<std::size_t>(stage));
        const std::string none =
            word ? "'" + screen.text(*word) + "', which is no status: counts as not set"
                 : "not set";
        line(screen, std::string{call::to_string(stage)},
             status ? screen.paint(std::string{call::to_string(*status)}, colour_of(*status))
                    : none);
    }
}

void print_recording(const Screen& screen, const call::CallFacts& facts) {
    const call::RecordingFacts& recording = facts.recording;
    if (recording.sid) {
        line(screen, "file",
             base::joined(
                 {recording.sid->str(), std::string{call::to_string(recording.state)},
                  recording.channels ? base::counted(*recording.channels, "channel", "channels")
                                     : "",
                  recording.duration ? base::format_duration(*recording.duration) : "",
                  screen.text(recording.source),
                  recording.error_code ? "error " + std::to_string(*recording.error_code) : ""}));
    }
    if (const auto loss = call::head_loss(facts)) {
        const bool lost = loss->count() > 0;
        line(screen, "head loss",
             screen.paint(std::to_string(loss->count()) + " ms",
                          lost ? Colour::yellow : Colour::green) +
                 (lost ? " of the beginning are not recorded" : ", recorded from the beginning"));
    }
    if (facts.recording_count > 1) {
        line(screen, "recordings",
             std::to_string(facts.recording_count) + " at Twilio, each is billed");
    }
}

void print_head(const Screen& screen, const port::CallStory& story, Numbers numbers) {
    const call::Call& call = story.call;
    line(screen, "call", call.sid.str() + ", created " + base::format_iso8601(call.created_at));
    line(screen, "direction",
         std::string{call::to_string(call.facts.direction)} + ", " +
             screen.text(shown_number(call.facts.from, numbers)) + " -> " +
             screen.text(shown_number(call.facts.to, numbers)));
    line(screen, "call state", std::string{call::to_string(call.facts.state)});
    print_statuses(screen, story);
    print_recording(screen, call.facts);
    if (const std::int64_t cost = cost_of(story); cost > 0) {
        line(screen, "cost", cost_text(cost));
    }
}

void print_timeline(const Screen& screen, const port::CallStory& story) {
    Table table{{"TIME", "EVENT", "DETAIL"}};
    for (const Event& event : timeline_of(story)) {
        table.add({{base::format_iso8601(event.at)},
                   {screen.text(event.what), event.colour},
                   {screen.text(event.detail)}});
    }
    if (!table.empty()) {
        screen.out << '\n';
        table.print(screen.out, screen.width, screen.colour);
    }
    screen.out << '\n';
}

void print_end(const Screen& screen, const port::CallStory& story, const pipeline::Step& step) {
    const call::Call& call = story.call;
    const Next next = next_of(story, step);
    line(screen, "why", why(call));
    if (!call.detail.empty()) {
        line(screen, "detail", screen.text(call.detail));
    }
    line(screen, "attempts",
         std::to_string(call.attempts) + " of this stage, " +
             base::counted(call.crashes, "crash", "crashes"));
    if (!story.worker.empty()) {
        line(screen, "worker", story.worker + " has it now");
    }
    if (next.closed != nullptr) {
        line(screen, "waits for",
             std::string{call::to_string(next.closed->provider)} + ", which is closed until " +
                 base::format_iso8601(*next.closed->closed_until));
    }
    line(screen, "next",
         next.what + (next.at ? ", " + relative(*next.at, story.now) + " (" +
                                    base::format_iso8601(*next.at) + ")"
                              : ""));
    if (!next.command.empty()) {
        line(screen, "to change", next.command);
    }
}

} // namespace

void print_story(const Screen& screen, const port::CallStory& story, const pipeline::Step& step,
                 Numbers numbers) {
    print_head(screen, story, numbers);
    print_timeline(screen, story);
    print_end(screen, story, step);
}

} // namespace callctl::cmd
