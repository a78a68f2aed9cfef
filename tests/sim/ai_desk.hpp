// Where the AI servers answer: key, fault, rules, bill, reply, headers, in this order.
#pragma once

#include "sim/ai_error.hpp"
#include "sim/audio_posted.hpp"
#include "sim/engine.hpp"
#include "sim/fault_answer.hpp"
#include "sim/world.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace callctl::sim {

class AiDesk {
  public:
    AiDesk(World& world, const Engine& engine) : m_world{&world}, m_engine{&engine} {}

    /// `posted`: where audio is posted, null elsewhere.
    [[nodiscard]] Answer answer(const Request& request, const AiRoute& route,
                                const PostedAudio* posted);

  private:
    /// What was asked for; its argument is a fault under 200, or null.
    using CarryOut = std::function<Answer(const Fault*)>;

    [[nodiscard]] Answer let_in(const Request& request, const Asked& asked,
                                const PostedAudio* posted);
    [[nodiscard]] Answer with_faults(std::string_view where, const Subject& subject,
                                     const Asked& asked, const CarryOut& carry_out);
    [[nodiscard]] Answer transcribe(const Request& request, const Asked& asked,
                                    const PostedAudio& posted);
    [[nodiscard]] Answer complete(const Request& request, const Asked& asked);
    [[nodiscard]] Answer completion(const Request& request, const Asked& asked, const Fault* fault);
    [[nodiscard]] bool wants_key(AiServer server) const;

    World* m_world;
    const Engine* m_engine;
};

} // namespace callctl::sim
