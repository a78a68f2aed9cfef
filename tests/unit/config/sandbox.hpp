// An environment and a folder of files of a test's own.
#pragma once

#include "base/exception.hpp"
#include "config/load.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace callctl::config {

class Sandbox {
  public:
    Sandbox() {
        std::string name = (std::filesystem::temp_directory_path() / "callctl-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error{"mkdtemp failed"};
        }
        m_folder = name;
    }
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;
    ~Sandbox() {
        std::error_code ignored;
        std::filesystem::remove_all(m_folder, ignored);
    }

    std::filesystem::path write(const std::string& name, const std::string& text) const {
        const auto path = m_folder / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path, std::ios::binary} << text;
        return path;
    }

    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder; }

    /// Without a home and without a system state directory: nothing of the machine shines through.
    [[nodiscard]] Sources sources(std::map<std::string, std::string> variables = {}) const {
        Sources sources;
        sources.environment = [variables = std::move(variables)](
                                  const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional{found->second};
        };
        sources.system_state_dir = m_folder / "no-such-directory";
        return sources;
    }

    [[nodiscard]] Sources with_file(const std::string& toml,
                                    std::map<std::string, std::string> variables = {}) const {
        Sources sources = this->sources(std::move(variables));
        sources.files.push_back({write("callctl.toml", toml), true});
        return sources;
    }

  private:
    std::filesystem::path m_folder;
};

/// Message and hint of the ConfigError that `action` throws; `no error` when it throws none.
inline std::string refusal(const std::function<void()>& action) {
    try {
        action();
    } catch (const base::ConfigError& error) {
        return error.hint().empty() ? error.what()
                                    : std::string{error.what()} + " | " + error.hint();
    }
    return "no error";
}

} // namespace callctl::config
