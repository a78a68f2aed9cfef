// SHA-256 (FIPS 180-4, OpenSSL).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace callctl::base {

/// Of what is not in memory as a whole.
class Sha256 {
  public:
    /// Throws ConfigError when OpenSSL is configured without it.
    Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    ~Sha256();

    void add(std::string_view bytes);
    /// 32 raw bytes. \pre called once, and last
    [[nodiscard]] std::string finish();

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// 32 raw bytes. Throws as Sha256 does.
[[nodiscard]] std::string sha256(std::string_view bytes);

} // namespace callctl::base
