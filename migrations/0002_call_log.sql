-- The host's table: made where there is none, else given the columns that it lacks. A statement that
-- is a SELECT returns the statements to run, so that nothing is locked when nothing is missing.
--
-- A status is added without a default first, so that existing rows keep NULL, "nobody has set it"; the
-- default then holds for new rows. retry_count is 0 everywhere, because hosts count it up (a constant
-- default is kept in the catalogue since PostgreSQL 11: no row is written). Columns that exist stay as
-- they are.

SELECT $sql$CREATE TABLE call_log (
    id bigserial PRIMARY KEY,
    call_sid varchar(64) UNIQUE,
    parent_call_sid varchar(64),
    from_number varchar(64),
    to_number varchar(64),
    direction varchar(16),
    twilio_direction varchar(32),
    duration integer,
    call_status varchar(32),
    recording_sid varchar(64),
    recording_url varchar(512),
    transcription text,
    final_transcript text,
    summary text,
    recording_status varchar(32) DEFAULT 'pending',
    transcript_status varchar(32) DEFAULT 'pending',
    summary_status varchar(32) DEFAULT 'pending',
    last_error text,
    retry_count integer DEFAULT 0,
    created_at timestamp DEFAULT (now() AT TIME ZONE 'utc'),
    updated_at timestamp
)$sql$
WHERE to_regclass('call_log') IS NULL;

SELECT format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS %I %s', to_regclass('call_log'), wanted.name, wanted.type)
       || CASE WHEN wanted.preset IS NULL THEN ''
               ELSE format(', ALTER COLUMN %I SET DEFAULT %s', wanted.name, wanted.preset) END
FROM (VALUES
    (1, 'call_sid', 'varchar(64)', NULL),
    (2, 'parent_call_sid', 'varchar(64)', NULL),
    (3, 'from_number', 'varchar(64)', NULL),
    (4, 'to_number', 'varchar(64)', NULL),
    (5, 'direction', 'varchar(16)', NULL),
    (6, 'duration', 'integer', NULL),
    (7, 'call_status', 'varchar(32)', NULL),
    (8, 'recording_sid', 'varchar(64)', NULL),
    (9, 'recording_url', 'varchar(512)', NULL),
    (10, 'transcription', 'text', NULL),
    (11, 'final_transcript', 'text', NULL),
    (12, 'summary', 'text', NULL),
    (13, 'recording_status', 'varchar(32)', $$'pending'$$),
    (14, 'transcript_status', 'varchar(32)', $$'pending'$$),
    (15, 'summary_status', 'varchar(32)', $$'pending'$$),
    (16, 'last_error', 'text', NULL),
    (17, 'retry_count', 'integer DEFAULT 0', NULL),
    (18, 'created_at', 'timestamp', $$(now() AT TIME ZONE 'utc')$$),
    (19, 'updated_at', 'timestamp', NULL)
) AS wanted (position, name, type, preset)
WHERE to_regclass('call_log') IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_attribute
                  WHERE attrelid = to_regclass('call_log') AND attname = wanted.name AND NOT attisdropped)
ORDER BY wanted.position;
