// A folder that ends with the test.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace callctl::support {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = std::filesystem::temp_directory_path() / "callctl-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error{"cannot create " + name};
        }
        m_folder = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(m_folder, ignored);
    }

    [[nodiscard]] std::string path() const { return m_folder; }
    [[nodiscard]] std::string path(const std::string& name) const { return m_folder / name; }

    [[nodiscard]] std::string read(const std::string& name) const {
        std::ifstream in{m_folder / name, std::ios::binary};
        if (!in) {
            throw std::runtime_error{"no file " + path(name)};
        }
        return {std::istreambuf_iterator<char>{in}, {}};
    }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream{m_folder / name, std::ios::binary} << text;
    }

    /// In alphabetical order.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator{m_folder}) {
            names.push_back(entry.path().filename());
        }
        std::sort(names.begin(), names.end());
        return names;
    }

  private:
    std::filesystem::path m_folder;
};

} // namespace callctl::support
