-- What callctl has done to this database: its migrations, and the batches that changed the host's rows.
-- A schema of our own, because hosts have tables called schema_migrations and alembic_version.
CREATE SCHEMA IF NOT EXISTS callctl;

COMMENT ON SCHEMA callctl IS 'the call recording pipeline: everything but call_log, which belongs to the host application';

CREATE TABLE callctl.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    duration_ms bigint NOT NULL,
    binary_version text NOT NULL,
    CONSTRAINT migration_sha256_is_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$')
);

COMMENT ON TABLE callctl.migration IS 'ledger of `callctl migrate`; a file whose checksum differs from its row is refused';
COMMENT ON COLUMN callctl.migration.sha256 IS 'of the file as it was applied, lower-case hexadecimal';
COMMENT ON COLUMN callctl.migration.binary_version IS 'the callctl that applied it';

CREATE TABLE callctl.backfill (
    name text PRIMARY KEY,
    cursor bigint NOT NULL DEFAULT 0,
    upto bigint NOT NULL,
    rows bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz
);

COMMENT ON TABLE callctl.backfill IS 'changes to existing rows of call_log, made once, in batches, resumable';
COMMENT ON COLUMN callctl.backfill.cursor IS 'call_log.id up to which it is done';
COMMENT ON COLUMN callctl.backfill.upto IS 'the largest call_log.id at its start: rows up to here are older than callctl';
COMMENT ON COLUMN callctl.backfill.rows IS 'rows changed so far';
COMMENT ON COLUMN callctl.backfill.done_at IS 'NULL while it is not finished';
