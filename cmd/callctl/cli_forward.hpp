// CLI11's names for headers: the library itself costs ten seconds and stays in the sources.
#pragma once

// NOLINTNEXTLINE(readability-identifier-naming) the namespace is CLI11's
namespace CLI {
class App;
class Option;
} // namespace CLI
