// A store in memory whose commits hang while a test holds the gate.
#pragma once

#include "fakes/memory_call_store.hpp"

#include <mutex>
#include <span>

namespace callctl::app {

class HangingStore : public fakes::MemoryCallStore {
  public:
    using MemoryCallStore::MemoryCallStore;

    port::IngestReport ingest(std::span<const call::Delivery> deliveries,
                              const DecideNews& decide) override {
        const std::scoped_lock lock{gate};
        return MemoryCallStore::ingest(deliveries, decide);
    }

    std::mutex gate{};
};

} // namespace callctl::app
