#include "app/exposition.hpp"

#include <prometheus/text_serializer.h>

namespace callctl::app {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

} // namespace

void Exposition::gauge(const std::string& name, const std::string& help,
                       const std::vector<Sample>& samples) {
    if (samples.empty()) {
        return;
    }
    MetricFamily family{name, help, MetricType::Gauge, {}};
    for (const Sample& sample : samples) {
        auto& metric = family.metric.emplace_back();
        metric.label = sample.labels;
        metric.gauge.value = sample.value;
    }
    m_families.push_back(std::move(family));
}

void Exposition::gauge(const std::string& name, const std::string& help, double value) {
    gauge(name, help, {Sample{value}});
}

void Exposition::counter(const std::string& name, const std::string& help, double value) {
    MetricFamily family{name, help, MetricType::Counter, {}};
    family.metric.emplace_back().counter.value = value;
    m_families.push_back(std::move(family));
}

std::string Exposition::text() const {
    return prometheus::TextSerializer{}.Serialize(m_families);
}

double seconds_of(std::chrono::microseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

} // namespace callctl::app
