#include "sim/long_call.hpp"

#include "sim/digest.hpp"
#include "sim/message.hpp"

#include <fmt/format.h>

#include <array>

namespace callctl::sim {
namespace {

using std::chrono::milliseconds;

constexpr int k_most_minutes = 480;
constexpr int k_most_seed = 1023;
constexpr std::uint32_t k_in_hebrew = 1U << 20U;
constexpr std::uint32_t k_clear = 1U << 21U;
constexpr std::uint32_t k_long = 1U << 24U;

using Phrases = std::array<std::string_view, 16>;
using Stock = std::array<Phrases, 3>; ///< a turn takes one of each
constexpr std::uint32_t k_turns = 16 * 16 * 16;

constexpr Stock k_english{{
    {"The delivery from Haifa", "Your invoice for March", "The contract of Mister Brown",
     "Our technician Daniel", "The red sofa you ordered", "The insurance claim", "The second key",
     "The garden table", "Your booking in Rome", "The school bus", "The new kitchen",
     "The monthly report", "The water meter", "Doctor Stern's appointment", "The spare battery",
     "The parking permit"},
    {"will be ready", "was sent to the wrong address", "needs a signature", "has been paid in full",
     "must be confirmed by phone", "arrives without a charger", "is still in the warehouse",
     "was moved to another floor", "costs forty shekels more", "has to be picked up",
     "comes with a guarantee", "was cancelled by the office", "should be checked again",
     "is waiting for your answer", "can be changed for free", "was reported as missing"},
    {"on Monday morning.", "before the end of June.", "at half past seven.", "by the first of May.",
     "after the holiday.", "within three days.", "on Thursday at noon.", "in the second week.",
     "next to the post office.", "together with the receipt.", "without any extra fee.",
     "for both of us.", "as we agreed last time.", "under the same number.",
     "in room number twelve.", "if nothing else changes."},
}};

constexpr Stock k_hebrew{{
    {"המשלוח מחיפה", "החשבונית של חודש מרץ", "החוזה של מר ברק", "הטכנאי דניאל", "הספה האדומה",
     "תביעת הביטוח", "המפתח השני", "השולחן לגינה", "ההזמנה לרומא", "ההסעה לבית הספר", "המטבח החדש",
     "הדוח החודשי", "מונה המים", "התור לדוקטור שטרן", "הסוללה הנוספת", "תו החניה"},
    {"יהיה מוכן", "נשלח לכתובת הלא נכונה", "צריך חתימה", "שולם במלואו", "חייב אישור בטלפון",
     "מגיע בלי מטען", "עדיין נמצא במחסן", "עבר לקומה אחרת", "עולה ארבעים שקלים יותר", "מחכה לאיסוף",
     "מגיע עם אחריות", "בוטל על ידי המשרד", "דורש בדיקה נוספת", "מחכה לתשובה שלך",
     "ניתן לשינוי בחינם", "דווח כאבוד"},
    {"ביום שני בבוקר.", "לפני סוף יוני.", "בשבע וחצי.", "עד הראשון במאי.", "אחרי החג.",
     "בתוך שלושה ימים.", "ביום חמישי בצהריים.", "בשבוע השני.", "ליד סניף הדואר.", "יחד עם הקבלה.",
     "בלי תשלום נוסף.", "בשביל שנינו.", "כמו שסיכמנו בפעם הקודמת.", "תחת אותו מספר.",
     "בחדר מספר שתים עשרה.", "אם שום דבר לא ישתנה."},
}};

const Stock& stock_of(std::string_view language) {
    return language == "he" ? k_hebrew : k_english;
}

/// Throws the dice of one call in an order that never changes.
class Writer {
  public:
    explicit Writer(const LongCall& call)
        : m_call{&call}, m_dialogue{.id = id_of(call),
                                    .language = call.language,
                                    .gist = long_call_phrases(call.language).gist,
                                    .length = std::chrono::minutes{call.minutes}} {}

    Dialogue write() {
        for (m_turn = 0; m_turn < k_turns; ++m_turn) {
            if (m_turn > 0 && !m_call->clear) {
                interlude();
            }
            speak();
        }
        return std::move(m_dialogue);
    }

  private:
    [[nodiscard]] double roll(std::uint64_t question) const {
        return dice(static_cast<std::uint64_t>(m_call->seed), m_turn, question, 77);
    }

    [[nodiscard]] milliseconds between(std::uint64_t question, int least, int most) const {
        // In steps of 10 ms, which is how finely sound is looked at.
        return milliseconds{10 * static_cast<int>((least + roll(question) * (most - least)) / 10)};
    }

    void add_sound(Sound sound, Voice voice, milliseconds length) {
        m_dialogue.lines.push_back(
            {.voice = voice, .gap = milliseconds{800}, .sound = sound, .length = length});
        m_quiet = true;
    }

    // Now and then somebody is put on hold, or a lorry passes.
    void interlude() {
        const double chance = roll(1);
        if (chance < 0.03) {
            add_sound(Sound::music, Voice::agent, milliseconds{chance < 0.015 ? 12'000 : 30'000});
        } else if (chance < 0.06) {
            add_sound(Sound::noise, Voice::caller, milliseconds{chance < 0.045 ? 700 : 4000});
        }
    }

    [[nodiscard]] milliseconds gap(bool answers) const {
        const double chance = roll(2);
        if (answers && !m_quiet && chance < 0.12) {
            return -between(3, 300, 1200); // talks into what the other one says
        }
        if (chance > 0.93) {
            return between(3, 3000, 20'000);
        }
        return answers ? between(3, 300, 1600) : between(3, 1600, 3000);
    }

    void speak() {
        const bool answers = roll(4) < 0.85;
        const bool by_caller = answers != (m_last == Voice::caller);
        m_last = by_caller ? Voice::caller : Voice::agent;
        Line line{.voice = m_last, .gap = gap(answers), .language = m_call->language};
        // An odd step through all of them.
        const std::uint32_t choice =
            (m_turn * 2731U + static_cast<std::uint32_t>(m_call->seed) * 977U) % k_turns;
        const Stock& stock = stock_of(m_call->language);
        for (const std::size_t part : {0U, 1U, 2U}) {
            line.phrases.emplace_back(stock.at(part).at(choice >> (4 * part) & 15U));
            line.text += (part == 0 ? "" : " ") + line.phrases.back();
        }
        m_dialogue.lines.push_back(std::move(line));
        m_quiet = false;
    }

    const LongCall* m_call;
    Dialogue m_dialogue;
    std::uint32_t m_turn{0};
    Voice m_last{Voice::caller};
    bool m_quiet{true}; ///< nobody is talking whom the next one could interrupt
};

Dialogue phrases_in(std::string_view language) {
    const bool hebrew = language == "he";
    Dialogue all{.id = fmt::format("{}-long", language), .language = std::string{language}};
    for (const Phrases& part : stock_of(language)) {
        for (const std::string_view phrase : part) {
            all.lines.push_back({.text = std::string{phrase}, .language = all.language});
        }
    }
    all.gist = {.topic = hebrew ? "בירור הזמנות ומשלוחים" : "Going through orders and deliveries",
                .outcome = hebrew ? "הפרטים נבדקו" : "The details were checked"};
    return all;
}

} // namespace

std::optional<LongCall> parse_long_call(std::string_view id) {
    const auto parts = split(id, '-');
    if (parts.size() < 3 || parts.size() > 4 || (parts[1] != "long" && parts[1] != "clear")) {
        return std::nullopt;
    }
    const LongCall call{.language = parts[0],
                        .minutes = to_int(parts[2]).value_or(0),
                        .seed = parts.size() == 4 ? to_int(parts[3]).value_or(-1) : 0,
                        .clear = parts[1] == "clear"};
    const bool sound = (call.language == "en" || call.language == "he") && call.minutes > 0 &&
                       call.minutes <= k_most_minutes && call.seed >= 0 && call.seed <= k_most_seed;
    return sound ? std::optional{call} : std::nullopt;
}

std::string id_of(const LongCall& call) {
    const std::string seed = call.seed == 0 ? "" : fmt::format("-{}", call.seed);
    return fmt::format("{}-{}-{}{}", call.language, call.clear ? "clear" : "long", call.minutes,
                       seed);
}

std::uint32_t number_of(const LongCall& call) {
    return k_long | (call.language == "he" ? k_in_hebrew : 0U) | (call.clear ? k_clear : 0U) |
           static_cast<std::uint32_t>(call.minutes) << 10U | static_cast<std::uint32_t>(call.seed);
}

std::optional<LongCall> long_call_of(std::uint32_t number) {
    const LongCall call{.language = (number & k_in_hebrew) != 0 ? "he" : "en",
                        .minutes = static_cast<int>(number >> 10U & 1023U),
                        .seed = static_cast<int>(number & 1023U),
                        .clear = (number & k_clear) != 0};
    const bool sound = number_of(call) == number && parse_long_call(id_of(call)) == call;
    return sound ? std::optional{call} : std::nullopt;
}

Dialogue long_dialogue(const LongCall& call) {
    return Writer{call}.write();
}

const Dialogue& long_call_phrases(std::string_view language) {
    static const Dialogue k_english_phrases = phrases_in("en");
    static const Dialogue k_hebrew_phrases = phrases_in("he");
    return language == "he" ? k_hebrew_phrases : k_english_phrases;
}

} // namespace callctl::sim
