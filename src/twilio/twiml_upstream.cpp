#include "twilio/twiml_upstream.hpp"

#include "twilio/xml_scanner.hpp"

#include <algorithm>
#include <vector>

namespace callctl::twilio {
namespace {

constexpr std::string_view k_white_space = " \t\r\n";

using Tags = std::vector<XmlTag>;

std::string_view without_space_around(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(k_white_space), text.size());
    return text.substr(begin, text.find_last_not_of(k_white_space) + 1 - begin);
}

// White space before the XML declaration is a common slip that Twilio does not forgive (12100).
std::string_view without_space_in_front(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    return text.substr(std::min(text.find_first_not_of(k_white_space), text.size()));
}

// The value as it is written, or nothing. `tag` is that of a well-formed document.
std::string_view attribute_of(std::string_view tag, std::string_view name) {
    std::size_t at = tag.find_first_of(k_white_space);
    while (at != std::string_view::npos) {
        const std::size_t equals = tag.find('=', at);
        if (equals == std::string_view::npos) {
            return {};
        }
        const std::size_t open = tag.find_first_of("\"'", equals);
        const std::size_t close = tag.find(tag[open], open + 1);
        if (without_space_around(tag.substr(at, equals - at)) == name) {
            return tag.substr(open + 1, close - open - 1);
        }
        at = close + 1;
    }
    return {};
}

enum class Beginning {
    silent,   ///< nothing records from the start
    recorded, ///< a <Recording> in a leading <Start>
    rejected, ///< never answered
};

// <Start> does not block, so whatever stands in the leading ones begins together with the call.
Beginning beginning_of(const Tags& tags) {
    bool in_start = false;
    bool first = true;
    for (const XmlTag& tag : tags) {
        if (tag.depth == 1 && tag.kind != XmlTagKind::close) {
            if (tag.name != "Start") {
                return first && tag.name == "Reject" ? Beginning::rejected : Beginning::silent;
            }
            first = false;
            in_start = tag.kind == XmlTagKind::open;
        } else if (tag.depth == 2 && in_start && tag.name == "Recording") {
            return Beginning::recorded;
        }
    }
    return Beginning::silent;
}

// `verb` is the child of the Response in which the tag stands.
bool records(std::string_view document, const XmlTag& tag, std::string_view verb) {
    if (tag.depth == 1 && tag.name == "Record") {
        return true;
    }
    if (tag.depth == 2 && tag.name == "Recording") {
        return verb == "Start";
    }
    const bool may = (tag.depth == 1 && tag.name == "Dial") ||
                     (tag.depth == 2 && tag.name == "Conference" && verb == "Dial");
    const std::string_view value =
        may ? attribute_of(document.substr(tag.begin, tag.end - tag.begin), "record")
            : std::string_view{};
    return !value.empty() && value != "do-not-record" && value != "false";
}

std::string first_that_records(std::string_view document, const Tags& tags) {
    std::string_view verb;
    for (const XmlTag& tag : tags) {
        if (tag.kind == XmlTagKind::close) {
            continue;
        }
        if (tag.depth == 1) {
            verb = tag.name;
        }
        if (records(document, tag, verb)) {
            return std::string{tag.name};
        }
    }
    return {};
}

std::string with_front(std::string_view document, const XmlTag& root, const std::string& front) {
    std::string out{document.substr(0, root.end)};
    if (root.kind == XmlTagKind::empty) {
        out.resize(out.size() - std::string_view{"/>"}.size());
        out += '>' + front + "</Response>";
    } else {
        out += front;
    }
    return out.append(document.substr(root.end));
}

base::Unexpected<base::Error> refused(const std::string& why) {
    return base::fail(base::ErrorKind::invalid_input, "twiml document: " + why);
}

} // namespace

base::Result<FrontedTwiml> with_recording_in_front(std::string_view document,
                                                   const VoicePlan& plan) {
    if (const auto fits = fits_twilio(document); !fits) {
        return base::fail(fits.error());
    }
    document = without_space_in_front(document);
    const auto tags = scan_xml(document);
    if (!tags) {
        return refused(tags.error().message);
    }
    if (tags->front().name != "Response") {
        return refused("the root element is not Response");
    }
    const Beginning beginning = beginning_of(*tags);
    if (beginning == Beginning::rejected ||
        (beginning == Beginning::recorded && !plan.is_recorded)) {
        return FrontedTwiml{.twiml = std::string{document}};
    }
    FrontedTwiml fronted{.twiml = std::string{document},
                         .also_records = first_that_records(document, *tags)};
    if (!plan.is_recorded) {
        fronted.twiml = with_front(document, tags->front(), start_recording_twiml(plan));
    }
    if (const auto fits = fits_twilio(fronted.twiml); !fits) {
        return base::fail(fits.error());
    }
    return fronted;
}

} // namespace callctl::twilio
