-- The breaker of each provider, shared by all hosts.
CREATE TABLE callctl.provider (
    provider text PRIMARY KEY,
    closed_until timestamptz,
    reason text,
    detail text,
    failures integer NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT provider_is_known CHECK (provider IN ('twilio', 'transcription', 'summary')),
    CONSTRAINT provider_reason_is_known CHECK (reason IN (
        'CALL_LIVE', 'NOT_READY', 'RATE_LIMITED', 'UNREACHABLE', 'PROVIDER_CLOSED', 'LOCAL_FAULT',
        'INTERRUPTED', 'TIMEOUT', 'PROVIDER_ERROR', 'BAD_REPLY', 'BAD_MEDIA', 'EMPTY_TRANSCRIPT', 'AUTH', 'QUOTA',
        'PROVIDER_CONFIG', 'NOT_FOUND', 'DELETED', 'EXPIRED', 'ABSENT', 'ENCRYPTED', 'TOO_LARGE',
        'REFUSED', 'REJECTED', 'NOT_RECORDED', 'CRASHED', 'NO_ANSWER', 'TOO_SHORT', 'SILENT',
        'NO_SPEECH', 'NOT_ELIGIBLE'))
) WITH (fillfactor = 50);

INSERT INTO callctl.provider (provider) VALUES ('twilio'), ('transcription'), ('summary');

COMMENT ON TABLE callctl.provider IS 'circuit breakers: nothing is asked of a provider until closed_until';
COMMENT ON COLUMN callctl.provider.closed_until IS 'NULL: open for business';
COMMENT ON COLUMN callctl.provider.reason IS 'why it was closed';
COMMENT ON COLUMN callctl.provider.failures IS 'in a row';
