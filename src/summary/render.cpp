#include "base/text.hpp"
#include "summary/schema.hpp"
#include "summary/script.hpp"
#include "summary/summary.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace callctl::summary {
namespace {

struct Labels {
    std::string_view topic;
    std::string_view outcome;
    std::string_view agreed;
    std::string_view follow_ups;
    std::string_view customer;
    std::string_view sentiment;
    /// in the order of k_sentiments; what is empty is not shown
    std::array<std::string_view, k_sentiments.size()> sentiments;
};

constexpr Labels k_english{"Topic",
                           "Outcome",
                           "Agreed",
                           "Follow-up",
                           "Customer",
                           "Sentiment",
                           {"positive", "neutral", "negative", "mixed", ""}};
constexpr Labels k_hebrew{"נושא",
                          "תוצאה",
                          "סוכם",
                          "להמשך טיפול",
                          "לקוח",
                          "אווירה",
                          {"חיובית", "ניטרלית", "שלילית", "מעורבת", ""}};

constexpr std::string_view k_isolate = "\u2068";     // FSI: by its own first letter
constexpr std::string_view k_ltr_isolate = "\u2066"; // LRI
constexpr std::string_view k_end_isolate = "\u2069"; // PDI
constexpr std::string_view k_ltr_mark = "\u200E";
constexpr std::string_view k_rtl_mark = "\u200F";

// Of the first or last that has a direction or is a digit.
template <class Iterator>
Direction direction_at(Iterator begin, Iterator end) {
    for (auto at = begin; at != end; ++at) {
        const Direction direction = direction_of(std::string_view{&*at, 1});
        if (direction != Direction::neutral || base::is_digit(*at)) {
            return direction;
        }
    }
    return Direction::neutral;
}

Direction last_direction(std::string_view text) {
    const auto letter = std::find_if(text.rbegin(), text.rend(), [](const char& c) {
        return direction_of(std::string_view{&c, 1}) != Direction::neutral;
    });
    return letter == text.rend() ? Direction::neutral : direction_of(std::string_view{&*letter, 1});
}

// Where the telephone number that begins with the `+` at `at` ends; `at` when there is none.
std::size_t number_end(std::string_view text, std::size_t at) {
    std::size_t end = at;
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (base::is_digit(text[i])) {
            end = i + 1;
        } else if (end == at || std::string_view{" -()."}.find(text[i]) == std::string_view::npos) {
            break;
        }
    }
    return end;
}

// Among letters that run from right to left the `+` of a number would stand behind it (UBA, W4 to
// N2: a sign before a number takes the direction around it).
std::string with_numbers_isolated(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t end = text[i] == '+' ? number_end(text, i) : i;
        if (end == i) {
            out += text[i++];
            continue;
        }
        out += k_ltr_isolate;
        out += text.substr(i, end - i);
        out += k_end_isolate;
        i = end;
    }
    return out;
}

bool is_plain_edge(char c) {
    return base::is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80U;
}

enum class Among : std::uint8_t { alone, others };

// A text that runs against its line from one end to the other, or begins so in a line from left to
// right, would have what stands at its ends (full stop, bracket, `++`), or the next text, on the
// wrong side.
bool needs_isolation(std::string_view text, Direction line, Among among) {
    if (line == Direction::left_to_right) {
        return direction_of(text) == Direction::right_to_left;
    }
    const bool against =
        has_letters(text, Direction::left_to_right) && !has_letters(text, Direction::right_to_left);
    return against &&
           (among == Among::others || !is_plain_edge(text.front()) || !is_plain_edge(text.back()));
}

// One line of the summary. List items share it: on a line of its own, an item that begins in
// another script would turn round.
class Line {
  public:
    Line(std::string_view label, Direction direction)
        : m_text{label}, m_direction{direction}, m_last{direction} {
        m_text += ": ";
    }

    void add(std::string_view text, Among among) {
        if (m_count++ > 0) {
            m_text += "; ";
        }
        divide(text);
        if (needs_isolation(text, m_direction, among)) {
            const bool right_to_left = direction_of(text) == Direction::right_to_left;
            m_text += k_isolate;
            m_text += right_to_left ? with_numbers_isolated(text) : std::string{text};
            m_text += k_end_isolate;
            return;
        }
        m_text += m_direction == Direction::right_to_left ? with_numbers_isolated(text)
                                                          : std::string{text};
        if (const auto last = last_direction(text); last != Direction::neutral) {
            m_last = last;
        }
    }

    [[nodiscard]] const std::string& text() const { return m_text; }

  private:
    // Two neighbours that both run against the line would become one run, in its order (UBA, N1).
    void divide(std::string_view next) {
        if (m_last != m_direction && direction_at(next.begin(), next.end()) != m_direction) {
            m_text += m_direction == Direction::right_to_left ? k_rtl_mark : k_ltr_mark;
            m_last = m_direction;
        }
    }

    std::string m_text;
    Direction m_direction;
    Direction m_last; ///< of the last letter that counts for what follows
    int m_count{0};
};

class Page {
  public:
    explicit Page(Direction direction) : m_direction{direction} {}

    void add(std::string_view label, std::span<const std::string> items) {
        Line line{label, m_direction};
        const Among among = items.size() > 1 ? Among::others : Among::alone;
        for (const std::string& item : items) {
            line.add(item, among);
        }
        if (!items.empty()) {
            m_text += (m_text.empty() ? "" : "\n") + line.text();
        }
    }

    void add(std::string_view label, const std::string& text) {
        add(label, std::span{&text, text.empty() ? std::size_t{0} : std::size_t{1}});
    }

    [[nodiscard]] const std::string& text() const { return m_text; }

  private:
    Direction m_direction;
    std::string m_text{};
};

} // namespace

std::string render(const Summary& summary, std::string_view language) {
    const bool hebrew = language == "he";
    const Labels& labels = hebrew ? k_hebrew : k_english;
    const auto* const mood = std::ranges::find(k_sentiments, summary.sentiment);
    Page page{hebrew ? Direction::right_to_left : Direction::left_to_right};
    page.add(labels.topic, summary.topic);
    page.add(labels.outcome, summary.outcome);
    page.add(labels.agreed, summary.agreed);
    page.add(labels.follow_ups, summary.follow_ups);
    page.add(labels.customer, summary.customer_name);
    if (mood != k_sentiments.end()) {
        page.add(
            labels.sentiment,
            std::string{labels.sentiments[static_cast<std::size_t>(mood - k_sentiments.begin())]});
    }
    return page.text();
}

} // namespace callctl::summary
