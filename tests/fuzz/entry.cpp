// libFuzzer's way into the fuzzer that the build names.
#include "fuzz/fuzzers.hpp"

#include <cstddef>
#include <cstdint>

// NOLINTNEXTLINE(readability-identifier-naming) the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    callctl::fuzz::CALLCTL_FUZZER({reinterpret_cast<const char*>(data), size});
    return 0;
}
