// How a call comes about and ends; call_script.cpp has what TwiML makes of it in between.
#include "sim/call_flow.hpp"

#include "sim/notices.hpp"

#include <algorithm>

namespace callctl::sim {
namespace {

constexpr milliseconds k_dialling{300};
/// "We are sorry, an application error has occurred. Goodbye."
constexpr milliseconds k_apology{4000};
constexpr milliseconds k_silent_call{10'000};
/// So long a caller waits after the agent has gone.
constexpr milliseconds k_patience{60'000};

} // namespace

Call& CallFlow::place(const Placement& placement) {
    Call& call = m_world->add_call(
        {.sid = placement.sid.empty() ? m_world->ids.next("CA") : placement.sid,
         .direction = placement.direction,
         .from = placement.from,
         .to = placement.to,
         .status = placement.direction == "inbound" ? CallStatus::ringing : CallStatus::queued,
         .created = m_engine->now(),
         .updated = m_engine->now(),
         .voice = placement.voice,
         .fallback = placement.fallback,
         .status_callback = placement.status_callback,
         .plan = placement.plan,
         .twiml = placement.twiml,
         .record_all = placement.record});
    call.status_before = call.status;
    if (call.direction != "inbound") {
        later(call, call.plan.queued, [this](Call& queued) {
            queued.dialled = m_engine->now();
            notify(queued, "initiated", CallStatus::initiated);
            later(queued, k_dialling, [this](Call& dialled) { ring(dialled); });
        });
        return call;
    }
    call.dialled = m_engine->now();
    if (call.plan.outcome != CallStatus::completed) {
        // The caller gives up before anybody has answered.
        m_engine->after(call.plan.ringing, [this, sid = call.sid] {
            if (Call* const ringing = m_world->find_call(sid)) {
                end(*ringing, ringing->plan.outcome);
            }
        });
    }
    fetch(call, call.voice, "voice");
    return call;
}

void CallFlow::ring(Call& call) {
    if (call.plan.outcome == CallStatus::failed) {
        end(call, CallStatus::failed);
        return;
    }
    set_status(call, CallStatus::ringing);
    notify(call, "ringing", CallStatus::ringing);
    later(call, call.plan.ringing, [this](Call& ringing) {
        if (ringing.plan.outcome != CallStatus::completed) {
            end(ringing, ringing.plan.outcome);
            return;
        }
        answer(ringing);
        if (ringing.voice.url.empty()) {
            run_document(ringing, ringing.twiml);
        } else {
            fetch(ringing, ringing.voice, "voice");
        }
    });
}

void CallFlow::answer(Call& call) {
    set_status(call, CallStatus::in_progress);
    call.answered = m_engine->now();
    notify(call, "answered", CallStatus::in_progress);
    if (call.record_all) {
        m_recorder->start(call, *call.record_all);
    }
}

void CallFlow::begin_talking(Call& call) {
    if (call.began) {
        return;
    }
    call.began = m_engine->now();
    const std::int64_t spoken =
        m_library->performance(call.plan.dialogue).length() / k_samples_per_ms;
    const milliseconds natural = spoken == 0 ? k_silent_call : milliseconds{spoken + 500};
    // Whatever TwiML does meanwhile, people do not talk for ever.
    m_engine->after(call.plan.duration.value_or(natural), [this, sid = call.sid] {
        if (Call* const talking = m_world->find_call(sid)) {
            hang_up(*talking);
        }
    });
}

void CallFlow::hang_up(Call& call) {
    if (is_over(call.status)) {
        return;
    }
    if (call.in_stream && call.plan.hang_up == HangUp::agent) {
        stream_over(call, "stream-stopped");
        m_engine->after(k_patience, [this, sid = call.sid] {
            if (Call* const waiting = m_world->find_call(sid)) {
                end(*waiting, CallStatus::completed);
            }
        });
        return;
    }
    end(call, call.answered ? CallStatus::completed : CallStatus::no_answer);
}

void CallFlow::end(Call& call, CallStatus status) {
    if (is_over(call.status)) {
        return;
    }
    const bool never_dialled = !call.dialled;
    ++call.step;
    call.ended = m_engine->now();
    call.talked = call.answered ? m_engine->nominal(*call.answered, *call.ended) : milliseconds{0};
    set_status(call, status);
    m_recorder->stop_all(call);
    if (call.in_stream) {
        stream_over(call, "stream-stopped");
    }
    for (auto& [sid, other] : m_world->calls) {
        if (other.parent == call.sid) {
            end(other, other.answered ? CallStatus::completed : CallStatus::no_answer);
        }
    }
    // A call that is canceled while it is still queued tells nobody.
    if (!never_dialled) {
        notify(call, "completed", status);
    }
    m_scripts.erase(call.sid);
}

void CallFlow::set_status(Call& call, CallStatus status) {
    call.status_before = call.status;
    call.status = status;
    call.updated = m_engine->now();
}

void CallFlow::notify(Call& call, std::string_view event, CallStatus status) {
    const auto& to = call.status_callback;
    const bool wanted = std::ranges::find(to.events, event) != to.events.end();
    // An inbound number knows only of the end of its calls.
    const bool possible = call.direction != "inbound" || event == "completed";
    if (to.url.empty() || !wanted || !possible) {
        return;
    }
    const Recording* whole_call = nullptr;
    for (const std::string& sid : call.recordings) {
        const Recording* const recording = m_world->find_recording(sid);
        if (recording != nullptr && recording->source == "OutboundAPI") {
            whole_call = recording;
        }
    }
    m_callbacks->send({.kind = "call." + std::string{event},
                       .call_sid = call.sid,
                       .to = to,
                       .fields = status_fields(m_world->options.account_sid, call, status,
                                               m_engine->now(), whole_call)});
    ++call.sequence;
}

void CallFlow::later(const Call& call, milliseconds delay, CallAction action) {
    m_engine->after(delay, [this, sid = call.sid, step = call.step, action = std::move(action)] {
        Call* const found = m_world->find_call(sid);
        if (found != nullptr && found->step == step && !is_over(found->status)) {
            action(*found);
        }
    });
}

void CallFlow::fetch(Call& call, const Subscription& voice, std::string_view kind) {
    ++call.step;
    m_callbacks->send(
        {.kind = std::string{kind},
         .call_sid = call.sid,
         .to = voice,
         .fields = voice_fields(m_world->options.account_sid, call),
         .heard = [this, sid = call.sid, step = call.step, voice](const auto& result) {
             Call* const found = m_world->find_call(sid);
             if (found != nullptr && found->step == step && !is_over(found->status)) {
                 heard_twiml(*found, voice, result);
             }
         }});
}

void CallFlow::heard_twiml(Call& call, const Subscription& voice,
                           const base::Result<base::HttpResponse>& result) {
    if (call.status == CallStatus::ringing && call.plan.outcome != CallStatus::completed) {
        return; // the caller has lost patience already
    }
    if (result && result->status < 300) {
        call.voice = voice;
        call.twiml = result->body;
        Twiml twiml = read_twiml(base::find_header(result->headers, "Content-Type"), result->body);
        for (const TwimlProblem& problem : twiml.problems) {
            m_world->debug({.time = m_engine->now(),
                            .code = problem.code,
                            .error = problem.error,
                            .call_sid = call.sid,
                            .message = problem.message,
                            .url = voice.url});
        }
        if (twiml.usable) {
            begin_script(call, std::move(twiml));
            return;
        }
    }
    if (!call.fallback.url.empty() && voice.url != call.fallback.url) {
        fetch(call, call.fallback, "voice");
        return;
    }
    application_error(call);
}

void CallFlow::application_error(Call& call) {
    if (!call.answered) {
        answer(call);
    }
    later(call, k_apology, [this](Call& apologised) { end(apologised, CallStatus::completed); });
}

void CallFlow::redirect(Call& call, const Subscription& voice) {
    call.in_stream = false;
    call.in_relay = false;
    fetch(call, voice, "voice");
}

void CallFlow::run_document(Call& call, const std::string& twiml) {
    ++call.step;
    call.in_stream = false;
    call.in_relay = false;
    call.twiml = twiml;
    Twiml read = read_twiml("text/xml", twiml);
    if (!read.usable) {
        application_error(call);
        return;
    }
    begin_script(call, std::move(read));
}

} // namespace callctl::sim
