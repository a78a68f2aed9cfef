// The fuzzers. Each takes any bytes and ends the process where a claim about the code that it feeds
// them to does not hold. `scripts/fuzz` runs them under libFuzzer, the tests over `corpus`.
#pragma once

#include <string_view>

namespace callctl::fuzz {

/// A form body or query: decoded and encoded again.
void form(std::string_view input);
/// A signed request, a line each: URL, content type, signature; then the body.
void signature(std::string_view input);
/// A delivery: the form body of a webhook, read as every route.
void webhook(std::string_view input);
/// An HTTP reply of Twilio's REST API, see reply_of().
void twilio_reply(std::string_view input);
/// An HTTP reply of a transcription server, or a piece that was kept of one.
void transcript_reply(std::string_view input);
/// An HTTP reply of a server of language models, or the answer in it.
void summary_reply(std::string_view input);
/// A recording's file.
void wav(std::string_view input);
/// A TwiML document, and any text as an attribute; expat judges both.
void twiml(std::string_view input);
/// The configuration file.
void config(std::string_view input);
/// A single value: a duration, a time, a number of a telephone, an address, a URL, a conninfo.
void value(std::string_view input);
/// What speech models heard: a prompt, then a line each, see utterances_of().
void guard(std::string_view input);
/// A file of the spool: as it is, as a story of what happened to one (see told()), and as a record.
void spool(std::string_view input);
/// The TwiML of another application, with our recording in front; expat judges it.
void upstream(std::string_view input);

} // namespace callctl::fuzz
