#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"
#include "fuzz/reply.hpp"

#include "base/language.hpp"
#include "base/text.hpp"
#include "summary/exchange.hpp"
#include "summary/parts.hpp"
#include "summary/piece.hpp"
#include "summary/preset.hpp"
#include "summary/schema.hpp"
#include "summary/script.hpp"

#include <algorithm>
#include <string>

namespace callctl::fuzz {
namespace {

using summary::Server;
using summary::Summary;

// Characters are of at most four bytes.
void check_texts(const Summary& summary) {
    must(!summary.topic.empty(), "a summary has a topic");
    check_line(summary.topic, 4 * 200);
    check_line(summary.outcome, 4 * 500);
    check_line(summary.customer_name, 4 * 100);
    for (const auto* const list : {&summary.agreed, &summary.follow_ups}) {
        must(list->size() <= 20, "a list has at most twenty items");
        for (const std::string& item : *list) {
            must(!item.empty(), "no item is empty");
            check_line(item, 4 * 300);
        }
    }
    must(std::find(summary::k_sentiments.begin(), summary::k_sentiments.end(), summary.sentiment) !=
             summary::k_sentiments.end(),
         "a sentiment is one of its words");
    must(base::iso_language(summary.language) == summary.language,
         "a language is a code or nothing");
}

// The rendered text stands in the host's table.
void check_rendered(const Summary& summary) {
    for (const std::string_view language : {"", "he", "en"}) {
        const std::string shown = summary::render(summary, language);
        must(!shown.empty() && base::storable_text(shown) == shown, "what is shown can be stored");
        (void)summary::is_written_in(summary, language);
    }
}

void read_answer_text(std::string_view answer) {
    const auto summary = summary::checked(answer);
    if (!summary) {
        check_line(summary.error(), 80);
        must(!summary.error().empty(), "a complaint says what does not hold");
        return;
    }
    check_texts(*summary);
    check_rendered(*summary);
    const auto again = summary::from_document(summary->document);
    must(again.has_value(), "a document is read again");
    must(again->document == summary->document, "a document is read as it was written");
    must(again->topic == summary->topic && again->outcome == summary->outcome &&
             again->agreed == summary->agreed && again->follow_ups == summary->follow_ups &&
             again->sentiment == summary->sentiment && again->language == summary->language &&
             again->customer_name == summary->customer_name,
         "a summary is what its document says");
}

void check_refused(const Server& server, const call::Failure& failure) {
    check_failure(failure);
    if (const auto simpler = summary::degraded(server, failure)) {
        must(summary::fingerprint(*simpler) != summary::fingerprint(server) ||
                 simpler->max_tokens_field != server.max_tokens_field,
             "a simpler question is another one");
    }
    const Server narrowed = summary::narrowed(server, {}, failure);
    must(narrowed.context_tokens > 0 && narrowed.context_tokens <= server.context_tokens,
         "a context only gets smaller");
}

void read_reply(const base::HttpResponse& response) {
    for (const std::string_view name : {"openai", "anthropic"}) {
        const Server server = *summary::preset(name);
        const auto answer = summary::read_answer(server, response);
        if (answer) {
            must(base::storable_text(answer->text) == answer->text, "an answer can be stored");
            must(!answer->text.empty() || answer->ending == summary::Ending::cut_off,
                 "a whole answer is not empty");
            check_line(answer->request_id, 128);
            read_answer_text(answer->text);
        } else {
            check_refused(server, answer.error());
        }
    }
    const summary::Tokens tokens = summary::tokens_of(response);
    must(tokens.input >= 0 && tokens.output >= 0, "nobody pays us tokens");
}

void check_depths() {
    check_depth({"", "choices", "content", "error", "usage", "stop_reason", "topic"},
                [](const std::string& body) {
                    read_reply({.status = 200, .body = body});
                    read_reply({.status = 400, .body = body});
                    read_answer_text(body);
                });
}

} // namespace

void summary_reply(std::string_view input) {
    [[maybe_unused]] static const bool k_once = (check_depths(), true);
    const base::HttpResponse response = reply_of(input);
    read_reply(response);
    read_answer_text(response.body);
}

} // namespace callctl::fuzz
