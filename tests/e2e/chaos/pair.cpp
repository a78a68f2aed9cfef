#include "e2e/chaos/pair.hpp"

#include "e2e/process.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace callctl::chaos {

Pair::Pair(std::string script, std::string folder)
    : m_script{std::move(script)}, m_folder{std::move(folder)} {
    pg({"start", Pair::folder(0)});
    rebuild();
}

Pair::~Pair() {
    for (const std::size_t cluster : {0U, 1U}) {
        try {
            pg({"remove", folder(cluster)});
        } catch (const std::exception& error) {
            std::cerr << "chaos: " << error.what() << '\n';
        }
    }
}

std::string Pair::folder(std::size_t cluster) const {
    return m_folder + (cluster == 0 ? "/a" : "/b");
}

std::string Pair::pg(const std::vector<std::string>& words) {
    const char* const path = std::getenv("PATH");
    e2e::Process process{m_script,
                         words,
                         {{"PATH", path == nullptr ? "/usr/bin:/bin" : path}, {"LC_ALL", "C"}},
                         m_folder + "/pg-" + std::to_string(++m_runs)};
    const auto finished = process.wait();
    if (finished.code != 0) {
        throw std::runtime_error{m_script + " " + words.front() + ": " + finished.err};
    }
    return finished.out;
}

void Pair::restart(const std::string& mode) {
    pg({"halt", folder(m_primary), mode});
    pg({"start", folder(m_primary)});
}

void Pair::fail_over() {
    if (!m_has_standby) {
        rebuild();
    }
    m_has_standby = false;
    const std::size_t standby = 1 - m_primary;
    pg({"halt", folder(m_primary), "immediate"});
    pg({"promote", folder(standby)});
    const std::scoped_lock lock{m_mutex};
    m_primary = standby;
}

void Pair::rebuild() {
    if (!m_has_standby) {
        pg({"standby", folder(1 - m_primary), folder(m_primary)});
        m_has_standby = true;
    }
}

std::string Pair::socket(std::size_t cluster) const {
    std::ifstream file{folder(cluster) + "/socket"};
    std::string path;
    std::getline(file, path);
    return path + "/.s.PGSQL.5432";
}

std::string Pair::url() const {
    const std::scoped_lock lock{m_mutex};
    std::string path = socket(m_primary);
    path.erase(path.rfind('/'));
    return "postgresql://postgres@/postgres?host=" + path;
}

} // namespace callctl::chaos
