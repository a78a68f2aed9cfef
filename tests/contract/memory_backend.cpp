#include "contract/store_contract.hpp"

#include "fakes/memory_call_store.hpp"

namespace callctl::contract {
namespace {

class MemoryBackend : public Backend {
  public:
    port::CallStore& store() override { return m_store; }
    void advance(std::chrono::milliseconds duration) override { m_store.advance(duration); }
    std::int64_t insert_host(const fakes::HostRow& row) override {
        return m_store.insert_host(row);
    }
    void change_host(const base::CallSid& sid,
                     const std::function<void(fakes::HostRow&)>& change) override {
        m_store.change_host(sid, change);
    }
    void delete_host(const base::CallSid& sid) override { m_store.delete_host(sid); }
    std::vector<fakes::HostRow> host(const base::CallSid& sid) override {
        return m_store.hosts(sid);
    }
    void refuse(const std::string& text) override {
        m_store.refuse([text](const fakes::HostRow& row) {
            return !text.empty() && (row.from_number == text || row.summary == text);
        });
    }

  private:
    fakes::MemoryCallStore m_store;
};

} // namespace

std::vector<BackendFactory> backends() {
    return {{"Memory", [] { return std::make_unique<MemoryBackend>(); }}};
}

} // namespace callctl::contract
