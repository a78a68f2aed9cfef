-- What the reconcile sweep and the reports need: where the last pass ended, and calls by their age.
CREATE TABLE callctl.sweep (
    name text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO callctl.sweep (name) VALUES ('call_log');

CREATE INDEX work_call_created_at ON callctl.work (call_created_at);

COMMENT ON TABLE callctl.sweep IS 'how far the reconcile sweep has come, so that each row of the host''s has its turn';
COMMENT ON COLUMN callctl.sweep.position IS 'call_log.id below which the next pass goes on; 0: below the newest rows';
