// What was answered 2xx, by our own notes.
#pragma once

#include "bench/webhooks/requests.hpp"

#include <cstddef>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace callctl::chaos {

/// Used by all senders at a time.
class AckLog {
  public:
    /// A line for each is written to `file` as well, for whoever looks into a loss.
    explicit AckLog(const std::string& file) : m_file{file} {}

    void add(bench::SignedPost post) {
        const std::scoped_lock lock{m_mutex};
        m_file << post.call_sid << ' ' << post.recording_sid << '\n' << std::flush;
        post.bytes.clear();
        m_acked.push_back(std::move(post));
    }
    [[nodiscard]] std::size_t count() const {
        const std::scoped_lock lock{m_mutex};
        return m_acked.size();
    }
    /// \pre nobody adds any more
    [[nodiscard]] const std::vector<bench::SignedPost>& acked() const { return m_acked; }

  private:
    mutable std::mutex m_mutex{};
    std::ofstream m_file;
    std::vector<bench::SignedPost> m_acked{};
};

} // namespace callctl::chaos
