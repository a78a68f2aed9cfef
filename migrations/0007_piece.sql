-- Answers that were paid for before their stage was done. They outlive the worker that asked, so that
-- the next one sends only what is missing, and go when the stage's artefact is written.
CREATE TABLE callctl.piece (
    call_id bigint NOT NULL REFERENCES callctl.work ON DELETE CASCADE,
    stage text NOT NULL,
    key text NOT NULL,
    document text NOT NULL,
    request_id text,
    audio_ms bigint NOT NULL,
    cost_micros bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (call_id, stage, key),
    CONSTRAINT piece_stage_has_pieces CHECK (stage IN ('transcript', 'summary')),
    CONSTRAINT piece_key_is_sha256 CHECK (key ~ '^[0-9a-f]{64}$')
);

COMMENT ON TABLE callctl.piece IS 'answers paid for before their stage was done, so that none is asked for twice';
COMMENT ON COLUMN callctl.piece.key IS 'SHA-256 of what was sent and of how it was asked';
COMMENT ON COLUMN callctl.piece.document IS 'JSON: the answer as read';
COMMENT ON COLUMN callctl.piece.audio_ms IS 'sent for it';
COMMENT ON COLUMN callctl.piece.cost_micros IS 'millionths of the price''s unit';
