#include "logging.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <sys/stat.h>

namespace callctl::cmd {
namespace {

using Level = spdlog::level::level_enum;

Level level_of(config::LogLevel level) {
    switch (level) {
    case config::LogLevel::debug:
        return spdlog::level::debug;
    case config::LogLevel::info:
        return spdlog::level::info;
    case config::LogLevel::warning:
        return spdlog::level::warn;
    case config::LogLevel::error:
        return spdlog::level::err;
    }
    return spdlog::level::info;
}

// syslog(3) priorities.
int priority_of(Level level) {
    switch (level) {
    case spdlog::level::err:
    case spdlog::level::critical:
        return 3;
    case spdlog::level::warn:
        return 4;
    case spdlog::level::info:
        return 6;
    default:
        return 7;
    }
}

void append(spdlog::memory_buf_t& buffer, std::string_view text) {
    buffer.append(text.data(), text.data() + text.size());
}

// One line whatever is in the message: a line break would forge a second event.
std::string one_line(spdlog::string_view_t text) {
    std::string line = base::storable_text({text.data(), text.size()});
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            c = ' ';
        }
    }
    return line;
}

class JournalFormatter : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& buffer) override {
        append(buffer, "<" + std::to_string(priority_of(message.level)) + ">");
        append(buffer, one_line(message.payload));
        append(buffer, "\n");
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<JournalFormatter>();
    }
};

class TextFormatter : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& buffer) override {
        const auto time = std::chrono::time_point_cast<std::chrono::milliseconds>(message.time);
        const auto level = spdlog::level::to_string_view(message.level);
        append(buffer, base::format_iso8601(time));
        append(buffer, " ");
        append(buffer, {level.data(), level.size()});
        append(buffer, " ");
        append(buffer, one_line(message.payload));
        append(buffer, "\n");
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<TextFormatter>();
    }
};

class JsonFormatter : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& buffer) override {
        const auto time = std::chrono::time_point_cast<std::chrono::milliseconds>(message.time);
        const auto level = spdlog::level::to_string_view(message.level);
        const nlohmann::ordered_json line{{"time", base::format_iso8601(time)},
                                          {"level", std::string{level.data(), level.size()}},
                                          {"message", one_line(message.payload)}};
        append(buffer, line.dump());
        append(buffer, "\n");
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<JsonFormatter>();
    }
};

std::unique_ptr<spdlog::formatter> formatter_for(const config::Log& log, bool to_journal) {
    if (log.format == config::LogFormat::json) {
        return std::make_unique<JsonFormatter>();
    }
    if (to_journal) {
        return std::make_unique<JournalFormatter>();
    }
    return std::make_unique<TextFormatter>();
}

} // namespace

bool is_journal(const std::optional<std::string>& variable, int file) {
    struct ::stat status {};
    return variable && ::fstat(file, &status) == 0 &&
           *variable == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

std::shared_ptr<spdlog::logger> make_logger(const config::Log& log, bool to_journal) {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto logger = std::make_shared<spdlog::logger>("callctl", std::move(sink));
    logger->set_level(level_of(log.level));
    logger->set_formatter(formatter_for(log, to_journal));
    logger->flush_on(spdlog::level::trace);
    return logger;
}

} // namespace callctl::cmd
