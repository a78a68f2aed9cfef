-- Every webhook delivery as it came: the proof of what was answered 2xx, and the means to apply it again.
CREATE TABLE callctl.inbox (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    route text NOT NULL,
    call_sid text,
    raw bytea NOT NULL,
    headers jsonb,
    idempotency_token text,
    digest bytea NOT NULL UNIQUE,
    deliveries integer NOT NULL DEFAULT 1,
    received_at timestamptz NOT NULL DEFAULT now(),
    last_received_at timestamptz NOT NULL DEFAULT now(),
    news jsonb,
    applied_at timestamptz,
    error text,
    CONSTRAINT inbox_digest_is_sha256 CHECK (octet_length(digest) = 32)
) WITH (
    -- Mostly inserts: visibility map and statistics follow them.
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);

CREATE INDEX inbox_call_sid ON callctl.inbox (call_sid);
CREATE INDEX inbox_unapplied ON callctl.inbox (delivery_id) WHERE applied_at IS NULL;

COMMENT ON TABLE callctl.inbox IS 'webhook deliveries, stored before they are answered';
COMMENT ON COLUMN callctl.inbox.raw IS 'the body byte by byte; of a GET its query string';
COMMENT ON COLUMN callctl.inbox.headers IS 'those that matter';
COMMENT ON COLUMN callctl.inbox.digest IS 'SHA-256 over route, token and body: the same delivery twice is one row';
COMMENT ON COLUMN callctl.inbox.deliveries IS 'how often it came';
COMMENT ON COLUMN callctl.inbox.news IS 'what was read from it, so that it can be applied again';
COMMENT ON COLUMN callctl.inbox.applied_at IS 'NULL: not applied to its call yet';
COMMENT ON COLUMN callctl.inbox.error IS 'why it could not be applied';
