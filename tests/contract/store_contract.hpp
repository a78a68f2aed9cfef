// What every CallStore has to keep, and the samples that the contract is written in.
#pragma once

#include "fakes/host_row.hpp"
#include "port/call_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace callctl::contract {

using namespace std::chrono_literals;

/// A store with its host's table and its clock in the test's hands.
class Backend {
  public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    [[nodiscard]] virtual port::CallStore& store() = 0;
    /// The database's clock moves on.
    virtual void advance(std::chrono::milliseconds duration) = 0;
    /// An id of 0 means the next one.
    virtual std::int64_t insert_host(const fakes::HostRow& row) = 0;
    virtual void change_host(const base::CallSid& sid,
                             const std::function<void(fakes::HostRow&)>& change) = 0;
    virtual void delete_host(const base::CallSid& sid) = 0;
    /// The host's rows of that SID by id.
    [[nodiscard]] virtual std::vector<fakes::HostRow> host(const base::CallSid& sid) = 0;
    /// From now on the host's table refuses this text in from_number and in summary; empty:
    /// nothing.
    virtual void refuse(const std::string& text) = 0;
};

struct BackendFactory {
    std::string name;
    /// Where the backend cannot run it skips the test and returns nothing.
    std::function<std::unique_ptr<Backend>()> make;
};

// NOLINTNEXTLINE(readability-identifier-naming) gtest looks for this name
inline void PrintTo(const BackendFactory& factory, std::ostream* out) {
    *out << factory.name;
}

/// Defined once in each executable.
[[nodiscard]] std::vector<BackendFactory> backends();

class StoreContract : public testing::TestWithParam<BackendFactory> {
  protected:
    void SetUp() override;

    [[nodiscard]] port::CallStore& store() { return m_backend->store(); }
    [[nodiscard]] Backend& backend() { return *m_backend; }
    /// Makes the call known by one delivery, due now.
    void hear_of(const base::CallSid& sid, const call::CallFacts& news = {});
    port::IngestReport ingest(const call::Delivery& delivery);
    /// The call, which must be known.
    [[nodiscard]] call::Call call(const base::CallSid& sid);
    [[nodiscard]] fakes::HostRow host(const base::CallSid& sid);
    port::Claim claim(const base::CallSid& sid, const std::string& worker = "w1");
    /// Writes `change` under a lease of its own and gives it back.
    void settle(const base::CallSid& sid, const std::function<void(call::Change&)>& edit);

  private:
    std::unique_ptr<Backend> m_backend;
};

[[nodiscard]] std::string backend_name(const testing::TestParamInfo<BackendFactory>& info);

// --- Samples ---

[[nodiscard]] base::CallSid call_sid(int number);
[[nodiscard]] base::RecordingSid recording_sid(int number);
/// A host row of that SID, created now as the store sees it.
[[nodiscard]] fakes::HostRow host_row(const base::CallSid& sid);
/// A delivery with these news; `tag` tells one delivery from another.
[[nodiscard]] call::Delivery delivery(const base::CallSid& sid, const call::CallFacts& news,
                                      const std::string& tag = "1");
[[nodiscard]] call::CallFacts ringing();
/// Every field set, each to a value of its own.
[[nodiscard]] call::CallFacts full_facts(base::Time now);
[[nodiscard]] port::ClaimRequest request(int limit = 1, const std::string& worker = "w1");
/// A change that leaves the call as it is.
[[nodiscard]] call::Change unchanged(const call::Call& call);
/// The simplest policy: any news make the call due; a completed recording starts the transcript.
[[nodiscard]] call::Change heed(const call::Call& call, const call::CallFacts& news,
                                base::Time now);
/// Longer than any test takes.
inline constexpr call::StageDeadlines k_deadlines{std::chrono::hours{1}, std::chrono::hours{1},
                                                  std::chrono::hours{1}};
/// Index into StageStatuses.
[[nodiscard]] constexpr std::size_t at(call::Stage stage) {
    return static_cast<std::size_t>(stage);
}

} // namespace callctl::contract

// NOLINTBEGIN(cppcoreguidelines-macro-usage,bugprone-macro-parentheses) gtest offers nothing else
#define CALLCTL_CONTRACT(suite)                                                                    \
    class suite : public StoreContract {};                                                         \
    INSTANTIATE_TEST_SUITE_P(Store, suite, testing::ValuesIn(backends()), backend_name)
// NOLINTEND(cppcoreguidelines-macro-usage,bugprone-macro-parentheses)
