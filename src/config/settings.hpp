// Every setting there is: its key in the file, its variable, its default and what it does.
#pragma once

#include "base/exception.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace callctl::config {

/// A secret is never a flag and never shown; it may also come from the file named by `NAME_FILE` or
/// from `$CREDENTIALS_DIRECTORY/name`.
enum class Secrecy : std::uint8_t { open, secret };

struct Setting {
    std::string_view key;          ///< path in the TOML file
    std::string_view variable;     ///< in the environment
    std::string_view default_text; ///< empty: unset, unless `default_note` says otherwise
    std::string_view description;  ///< one line, no full stop
    Secrecy secrecy{Secrecy::open};
    std::string_view falls_back_to{}; ///< key of the setting that stands in for an unset one
    std::string_view default_note{};  ///< where the default is found out at run time
    /// Key of a setting; it falls back only while that one says `openai`.
    std::string_view falls_back_for{};
};

/// Not in the table because its keys are the columns of the host's table: `[call_log.defaults]`.
inline constexpr std::string_view k_call_log_defaults = "call_log.defaults";
/// Likewise: its keys are names of form fields.
inline constexpr std::string_view k_extra_fields = "transcript.extra_fields";
/// Likewise: its keys are names of headers.
inline constexpr std::string_view k_summary_headers = "summary.headers";
/// Likewise: tables, one for each model: `[price."gpt-transcribe"]`.
inline constexpr std::string_view k_prices = "price";
/// Tables whose keys are not settings.
inline constexpr std::array k_open_tables{k_call_log_defaults, k_extra_fields, k_summary_headers,
                                          k_prices};
/// Names the one configuration file to read instead of the usual ones.
inline constexpr std::string_view k_file_variable = "CALLCTL_CONFIG";

inline constexpr std::string_view k_by_preset = "the provider's preset";
inline constexpr std::string_view k_no_limit = "no limit";

inline constexpr std::array k_settings{
    Setting{"database_url", "DATABASE_URL", "", "PostgreSQL, as a libpq URI or conninfo string",
            Secrecy::secret},
    Setting{"public_url", "CALLCTL_PUBLIC_URL", "",
            "how Twilio reaches serve-webhooks; part of every signature"},
    Setting{"listen", "CALLCTL_LISTEN", "127.0.0.1:8080",
            "address and port for webhooks, or unix:/path"},
    Setting{"admin_listen", "CALLCTL_ADMIN_LISTEN", "127.0.0.1:9464",
            "address and port for health checks and metrics, or unix:/path"},
    Setting{
        "trusted_proxies", "CALLCTL_TRUSTED_PROXIES", "127.0.0.0/8,::1",
        "addresses and networks of reverse proxies, whose X-Forwarded-For is believed; or none"},
    Setting{"server.max_connections", "CALLCTL_SERVER_MAX_CONNECTIONS", "8192",
            "beyond, the one that idles the longest gives way to a new one"},
    Setting{"server.max_connections_per_address", "CALLCTL_SERVER_MAX_CONNECTIONS_PER_ADDRESS",
            "256", "of one address that is no trusted proxy"},
    Setting{"server.request_timeout", "CALLCTL_SERVER_REQUEST_TIMEOUT", "10s",
            "from the first to the last byte of a request"},
    Setting{"server.idle_timeout", "CALLCTL_SERVER_IDLE_TIMEOUT", "150s",
            "between two requests of a connection; longer than the proxy keeps one"},
    Setting{"stream_url", "CALLCTL_STREAM_URL", "",
            "wss:// URL of the agent that calls are connected to"},
    Setting{"twiml_file", "CALLCTL_TWIML_FILE", "",
            "TwiML document that says how calls go on, instead of a stream"},
    Setting{"upstream.url", "CALLCTL_UPSTREAM_URL", "",
            "application that serves the TwiML of calls; the path of the webhook follows"},
    Setting{"upstream.public_url", "CALLCTL_UPSTREAM_PUBLIC_URL", "",
            "the same as the application sees it; what is signed for it", Secrecy::open,
            "upstream.url"},
    Setting{"upstream.timeout", "CALLCTL_UPSTREAM_TIMEOUT", "5s", "for each of two tries"},
    Setting{"upstream.fallback_twiml", "CALLCTL_UPSTREAM_FALLBACK_TWIML", "",
            "TwiML document for calls while the application is down"},
    Setting{"language", "CALLCTL_LANGUAGE", "auto",
            "languages of the calls, as in he or he,en; auto lets the server detect"},
    Setting{"business_name", "CALLCTL_BUSINESS_NAME", "", "told to the summary's model"},
    Setting{"business_type", "CALLCTL_BUSINESS_TYPE", "", "told to the summary's model"},
    Setting{"state_dir", "CALLCTL_STATE_DIR", "", "absolute path for spool and scratch files",
            Secrecy::open, "",
            "$STATE_DIRECTORY, /var/lib/callctl if writable, or $XDG_STATE_HOME/callctl"},
    Setting{"spool.max_bytes", "CALLCTL_SPOOL_MAX_BYTES", "268435456",
            "of webhooks that wait on this host's disk for the database"},
    Setting{"metrics_file", "CALLCTL_METRICS_FILE", "",
            "absolute path ending in .prom that reconcile writes its figures to"},
    Setting{"workers", "CALLCTL_WORKERS", "4",
            "calls that serve-webhooks drives at a time; 0 only receives"},

    Setting{"twilio.account_sid", "TWILIO_ACCOUNT_SID", "", "the account that calls belong to"},
    Setting{"twilio.auth_token", "TWILIO_AUTH_TOKEN", "",
            "signs webhooks; several, separated by commas, while rotating", Secrecy::secret},
    Setting{"twilio.api_key", "TWILIO_API_KEY", "", "SID of the API key for REST requests"},
    Setting{"twilio.api_secret", "TWILIO_API_SECRET", "", "secret of that API key",
            Secrecy::secret},
    Setting{"twilio.base_url", "TWILIO_API_BASE_URL", "https://api.twilio.com",
            "where REST requests go"},
    Setting{"twilio.requests_per_minute", "CALLCTL_TWILIO_REQUESTS_PER_MINUTE", "",
            "of all hosts together", Secrecy::open, "", k_no_limit},
    Setting{"twilio.concurrency", "CALLCTL_TWILIO_CONCURRENCY", "",
            "steps of all hosts together at a time", Secrecy::open, "", k_no_limit},

    Setting{"openai.api_key", "OPENAI_API_KEY", "", "key for transcription and summary",
            Secrecy::secret},
    Setting{"openai.base_url", "OPENAI_BASE_URL", "https://api.openai.com/v1",
            "OpenAI-compatible server for transcription and summary, up to and with /v1"},

    Setting{"transcript.provider", "CALLCTL_TRANSCRIPT_PROVIDER", "openai",
            "preset of the transcription server: openai, groq, azure, speaches, whisper.cpp, vllm, "
            "localai or deepgram"},
    Setting{"transcript.base_url", "CALLCTL_TRANSCRIPT_BASE_URL", "", "the transcription server",
            Secrecy::open, "openai.base_url", k_by_preset, "transcript.provider"},
    Setting{"transcript.path", "CALLCTL_TRANSCRIPT_PATH", "",
            "behind the base URL; {model} in it stands for the model", Secrecy::open, "",
            k_by_preset},
    Setting{"transcript.query", "CALLCTL_TRANSCRIPT_QUERY", "", "of the URL, or none",
            Secrecy::open, "", k_by_preset},
    Setting{"transcript.auth_header", "CALLCTL_TRANSCRIPT_AUTH_HEADER", "",
            "header that carries the key, or none", Secrecy::open, "", k_by_preset},
    Setting{"transcript.auth_prefix", "CALLCTL_TRANSCRIPT_AUTH_PREFIX", "",
            "word in front of the key, or none", Secrecy::open, "", k_by_preset},
    Setting{"transcript.api_key", "CALLCTL_TRANSCRIPT_API_KEY", "", "its key", Secrecy::secret,
            "openai.api_key", "", "transcript.provider"},
    Setting{"transcript.model", "CALLCTL_TRANSCRIPT_MODEL", "", "its model; there is no default"},
    Setting{"transcript.response_format", "CALLCTL_TRANSCRIPT_RESPONSE_FORMAT", "",
            "json, verbose_json, or auto: verbose_json for Whisper models, which give times",
            Secrecy::open, "", k_by_preset},
    Setting{"transcript.language_field", "CALLCTL_TRANSCRIPT_LANGUAGE_FIELD", "",
            "language, languages[], none, or auto: languages[] for gpt-transcribe models",
            Secrecy::open, "", k_by_preset},
    Setting{"transcript.audio_format", "CALLCTL_TRANSCRIPT_AUDIO_FORMAT", "", "wav or flac",
            Secrecy::open, "", k_by_preset},
    Setting{"transcript.max_bytes", "CALLCTL_TRANSCRIPT_MAX_BYTES", "",
            "limit of a request's whole body", Secrecy::open, "", k_by_preset},
    Setting{"transcript.max_seconds", "CALLCTL_TRANSCRIPT_MAX_SECONDS", "",
            "limit of the audio in one request", Secrecy::open, "", k_by_preset},
    Setting{"transcript.min_billed_seconds", "CALLCTL_TRANSCRIPT_MIN_BILLED_SECONDS", "",
            "a shorter request costs as much as one of so many", Secrecy::open, "", k_by_preset},
    Setting{"transcript.prompt", "CALLCTL_TRANSCRIPT_PROMPT", "",
            "sent with every request to an OpenAI-compatible server"},
    Setting{"transcript.keywords", "CALLCTL_TRANSCRIPT_KEYWORDS", "",
            "words to listen for, with gpt-transcribe and with Deepgram's nova-3"},
    Setting{"transcript.timeout", "CALLCTL_TRANSCRIPT_TIMEOUT", "", "for one request",
            Secrecy::open, "", k_by_preset},
    Setting{"transcript.inbound_speakers", "CALLCTL_TRANSCRIPT_INBOUND_SPEAKERS", "caller,agent",
            "who is on the first and on the second channel of a call that came in"},
    Setting{"transcript.outbound_speakers", "CALLCTL_TRANSCRIPT_OUTBOUND_SPEAKERS",
            "customer,agent", "the same of a call that went out"},
    Setting{"transcript.requests_per_minute", "CALLCTL_TRANSCRIPT_REQUESTS_PER_MINUTE", "",
            "of all hosts together", Secrecy::open, "", k_no_limit},
    Setting{"transcript.concurrency", "CALLCTL_TRANSCRIPT_CONCURRENCY", "",
            "steps of all hosts together at a time", Secrecy::open, "", k_no_limit},

    Setting{"summary.provider", "CALLCTL_SUMMARY_PROVIDER", "openai",
            "preset of the summary server: openai, azure, groq, openrouter, ollama, llama.cpp, "
            "vllm or anthropic"},
    Setting{"summary.base_url", "CALLCTL_SUMMARY_BASE_URL", "", "the summary server", Secrecy::open,
            "openai.base_url", k_by_preset, "summary.provider"},
    Setting{"summary.path", "CALLCTL_SUMMARY_PATH", "",
            "behind the base URL; {model} in it stands for the model", Secrecy::open, "",
            k_by_preset},
    Setting{"summary.query", "CALLCTL_SUMMARY_QUERY", "", "of the URL, or none", Secrecy::open, "",
            k_by_preset},
    Setting{"summary.auth_header", "CALLCTL_SUMMARY_AUTH_HEADER", "",
            "header that carries the key, or none", Secrecy::open, "", k_by_preset},
    Setting{"summary.auth_prefix", "CALLCTL_SUMMARY_AUTH_PREFIX", "",
            "word in front of the key, or none", Secrecy::open, "", k_by_preset},
    Setting{"summary.api_key", "CALLCTL_SUMMARY_API_KEY", "", "its key", Secrecy::secret,
            "openai.api_key", "", "summary.provider"},
    Setting{"summary.model", "CALLCTL_SUMMARY_MODEL", "", "its model; there is no default"},
    Setting{"summary.language", "CALLCTL_SUMMARY_LANGUAGE", "auto",
            "that summaries are written in, as in he; auto: the language of the call"},
    Setting{"summary.response_format", "CALLCTL_SUMMARY_RESPONSE_FORMAT", "",
            "what the server is asked to hold the answer to: json_schema, json_object or none",
            Secrecy::open, "", k_by_preset},
    Setting{"summary.max_tokens_field", "CALLCTL_SUMMARY_MAX_TOKENS_FIELD", "",
            "name of the limit in requests: max_completion_tokens, max_tokens or none",
            Secrecy::open, "", k_by_preset},
    Setting{"summary.max_tokens", "CALLCTL_SUMMARY_MAX_TOKENS", "",
            "limit of a summary, reasoning included", Secrecy::open, "", k_by_preset},
    Setting{"summary.context_tokens", "CALLCTL_SUMMARY_CONTEXT_TOKENS", "",
            "what the model reads and writes at once; a longer call is summarised in parts",
            Secrecy::open, "", k_by_preset},
    Setting{"summary.temperature", "CALLCTL_SUMMARY_TEMPERATURE", "",
            "from 0 to 2; sent only when set, since many models take none"},
    Setting{"summary.reasoning_effort", "CALLCTL_SUMMARY_REASONING_EFFORT", "",
            "as in low; sent only when set"},
    Setting{"summary.timeout", "CALLCTL_SUMMARY_TIMEOUT", "", "for one request", Secrecy::open, "",
            k_by_preset},
    Setting{"summary.requests_per_minute", "CALLCTL_SUMMARY_REQUESTS_PER_MINUTE", "",
            "of all hosts together", Secrecy::open, "", k_no_limit},
    Setting{"summary.concurrency", "CALLCTL_SUMMARY_CONCURRENCY", "",
            "steps of all hosts together at a time", Secrecy::open, "", k_no_limit},

    Setting{"pipeline.adoption_horizon", "CALLCTL_ADOPTION_HORIZON", "7d",
            "older calls are driven only when asked for by name"},
    Setting{"pipeline.min_recording", "CALLCTL_MIN_RECORDING", "2s",
            "a shorter call without a recording counts as TOO_SHORT, not as NOT_RECORDED"},
    Setting{"pipeline.twiml_grace", "CALLCTL_TWIML_GRACE", "3s",
            "how long the TwiML of an answered outbound call is waited for before a REST start"},
    Setting{"pipeline.max_attempts", "CALLCTL_MAX_ATTEMPTS", "8",
            "attempts of one stage before it is given up"},

    Setting{"log.format", "CALLCTL_LOG_FORMAT", "text", "text or json, on standard error"},
    Setting{"log.level", "CALLCTL_LOG_LEVEL", "info", "debug, info, warning or error"},
};

/// The setting of that key. A key that is not in the table does not compile where the call is
/// constant-evaluated, and throws base::BugError elsewhere.
[[nodiscard]] constexpr const Setting& setting(std::string_view key) {
    for (const Setting& candidate : k_settings) {
        if (candidate.key == key) {
            return candidate;
        }
    }
    throw base::BugError{"a setting that is not in the table was asked for"};
}

} // namespace callctl::config
