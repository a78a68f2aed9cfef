// Figures in Prometheus' text form (version 0.0.4), in the order in which they are added.
#pragma once

#include <prometheus/metric_family.h>

#include <chrono>
#include <string>
#include <vector>

namespace callctl::app {

/// One value of a family, told from the others by its labels.
struct Sample {
    double value{0.0};
    std::vector<prometheus::ClientMetric::Label> labels{};
};

class Exposition {
  public:
    /// A family without samples is left out. `help`: one line, no full stop.
    void gauge(const std::string& name, const std::string& help,
               const std::vector<Sample>& samples);
    void gauge(const std::string& name, const std::string& help, double value);
    void counter(const std::string& name, const std::string& help, double value);

    [[nodiscard]] std::string text() const;

  private:
    std::vector<prometheus::MetricFamily> m_families{};
};

/// Base units, as Prometheus wants them.
[[nodiscard]] double seconds_of(std::chrono::microseconds duration);
template <class Number>
[[nodiscard]] double number_of(Number number) {
    return static_cast<double>(number);
}

} // namespace callctl::app
