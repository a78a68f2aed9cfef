#include "fuzz/conninfo.hpp"

#include "fuzz/claim.hpp"

#include "base/exception.hpp"
#include "base/secret.hpp"
#include "pg/conninfo.hpp"

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace callctl::fuzz {
namespace {

using Settings = std::map<std::string, std::string>;

constexpr std::size_t k_long_enough = 6; // shorter ones stand in every text

std::optional<Settings> read_by_libpq(const std::string& conninfo) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> list{
        PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree};
    if (!list) {
        return std::nullopt;
    }
    Settings settings;
    for (const PQconninfoOption* option = list.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            settings[option->keyword] = option->val;
        }
    }
    return settings;
}

std::string password_in(const std::optional<Settings>& settings) {
    return settings && settings->contains("password") ? settings->at("password") : std::string{};
}

// Where something else is spelled like the password there is nothing to see.
bool stands_elsewhere(const Settings& settings, const std::string& password) {
    for (const auto& [key, text] : settings) {
        if (key != "password" && text.find(password) != std::string::npos) {
            return true;
        }
    }
    return false;
}

void check_password(const std::string& conninfo) {
    const std::string shown = pg::printable_conninfo(conninfo);
    const auto settings = read_by_libpq(conninfo);
    const std::string password = password_in(settings);
    if (password.size() >= k_long_enough && !stands_elsewhere(*settings, password)) {
        must(shown.find(password) == std::string::npos, "no connection string shows its password");
    }
}

// In a URI that libpq cannot read, or reads as it was meant.
void check_password_of_uri(std::string_view password) {
    constexpr std::string_view k_before = "postgresql://app:";
    constexpr std::string_view k_after = "@db.example.com:5432/calls";
    const std::string around = std::string{k_before} + std::string{k_after} + "***";
    // Behind an `@` of its own a password cannot be told from a host.
    if (password.size() < k_long_enough || around.find(password) != std::string::npos ||
        password.find('@') != std::string_view::npos) {
        return;
    }
    const std::string uri = std::string{k_before} + std::string{password} + std::string{k_after};
    const auto settings = read_by_libpq(uri);
    if (!settings || password_in(settings) == password) {
        must(pg::printable_conninfo(uri).find(password) == std::string::npos,
             "no URI shows its password");
    }
}

void check_session(const std::string& conninfo) {
    const pg::ConnectOptions options{.conninfo = base::Secret{conninfo},
                                     .application_name = "callctl.fuzz"};
    try {
        const auto ours = read_by_libpq(pg::session_conninfo(options, pg::StartupOptions::with));
        must(ours.has_value(), "libpq reads what we write");
        must(ours->at("application_name") == "callctl.fuzz", "a session has our name");
        const auto theirs = read_by_libpq(conninfo);
        must(theirs.has_value(), "what libpq cannot read is refused");
        must(password_in(ours) == password_in(theirs), "a password stays as it is");
        (void)pg::has_own_options(options.conninfo);
        const auto moved = pg::with_database(options.conninfo, "o'ther");
        must(read_by_libpq(moved.reveal()).value_or(Settings{})["dbname"] == "o'ther",
             "the database is another");
    } catch (const base::ConfigError& error) {
        must(!error.hint().empty(), "a refusal says what to write");
    }
}

} // namespace

void check_conninfo(std::string_view input) {
    const std::string conninfo{input};
    check_password(conninfo);
    check_password_of_uri(input);
    check_session(conninfo);
}

} // namespace callctl::fuzz
