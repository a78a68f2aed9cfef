-- One row per adopted call: where it is, when it is looked at again, who holds it, what is known.
CREATE TABLE callctl.work (
    call_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_sid text NOT NULL UNIQUE,
    call_log_id bigint NOT NULL,
    stage text NOT NULL,
    reason text,
    detail text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    news bigint NOT NULL DEFAULT 0,
    due_at timestamptz,
    lease_owner text,
    lease_until timestamptz,
    lease_token bigint NOT NULL DEFAULT 0,
    call_state text NOT NULL DEFAULT 'unknown',
    direction text NOT NULL DEFAULT 'unknown',
    twilio_direction text,
    parent_call_sid text,
    from_number text,
    to_number text,
    heard_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    duration_s integer,
    asked_by_twiml_at timestamptz,
    asked_by_rest_at timestamptz,
    unknown_to_twilio boolean NOT NULL DEFAULT false,
    recording_sid text,
    recording_state text NOT NULL DEFAULT 'none',
    recording_source text,
    recording_channels integer,
    recording_duration_s integer,
    recording_started_at timestamptz,
    recording_error_code integer,
    recording_count integer NOT NULL DEFAULT 0,
    head_loss_ms bigint,
    observed_at timestamptz,
    observations integer NOT NULL DEFAULT 0,
    start_refused_at timestamptz,
    start_refusals integer NOT NULL DEFAULT 0,
    call_created_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT work_call_sid_is_a_sid CHECK (call_sid ~ '^CA[0-9a-fA-F]{32}$'),
    CONSTRAINT work_stage_is_known CHECK (stage IN (
        'recording', 'transcript', 'summary')),
    CONSTRAINT work_reason_is_known CHECK (reason IN (
        'CALL_LIVE', 'NOT_READY', 'RATE_LIMITED', 'UNREACHABLE', 'PROVIDER_CLOSED', 'LOCAL_FAULT',
        'INTERRUPTED', 'TIMEOUT', 'PROVIDER_ERROR', 'BAD_REPLY', 'BAD_MEDIA', 'EMPTY_TRANSCRIPT', 'AUTH', 'QUOTA',
        'PROVIDER_CONFIG', 'NOT_FOUND', 'DELETED', 'EXPIRED', 'ABSENT', 'ENCRYPTED', 'TOO_LARGE',
        'REFUSED', 'REJECTED', 'NOT_RECORDED', 'CRASHED', 'NO_ANSWER', 'TOO_SHORT', 'SILENT',
        'NO_SPEECH', 'NOT_ELIGIBLE')),
    CONSTRAINT work_call_state_is_known CHECK (call_state IN (
        'unknown', 'queued', 'initiated', 'ringing', 'in_progress', 'completed', 'busy', 'failed',
        'no_answer', 'canceled')),
    CONSTRAINT work_direction_is_known CHECK (direction IN (
        'unknown', 'inbound', 'outbound')),
    CONSTRAINT work_recording_state_is_known CHECK (recording_state IN (
        'none', 'in_progress', 'processing', 'completed', 'absent', 'failed', 'deleted'))
) WITH (
    -- Room for HOT updates, and vacuum before the dead rows of the queue slow its claims down.
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 500,
    autovacuum_analyze_scale_factor = 0.02
);

-- The queue. Only live rows, so that years of ended calls cost a claim nothing. lease_until is in no
-- index: a renewal then changes no indexed column and stays a HOT update.
CREATE INDEX work_due ON callctl.work (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX work_call_log_id ON callctl.work (call_log_id);
-- Reports look at recent calls at rest without scanning years of them.
CREATE INDEX work_call_created_at ON callctl.work (call_created_at);
-- Calls that were given up are reported whatever their age; the other reasons of calls at rest say
-- that there was nothing to do.
CREATE INDEX work_given_up ON callctl.work (call_created_at)
    WHERE due_at IS NULL
      AND reason NOT IN ('NO_ANSWER', 'TOO_SHORT', 'SILENT', 'NO_SPEECH', 'NOT_ELIGIBLE');

COMMENT ON TABLE callctl.work IS 'scheduling and facts of each adopted call; call_log is the truth about statuses';
COMMENT ON COLUMN callctl.work.call_log_id IS 'call_log.id; no foreign key, since the host may delete its rows';
COMMENT ON COLUMN callctl.work.stage IS 'the stage that the call is in';
COMMENT ON COLUMN callctl.work.reason IS 'why it is there: a code of the closed list, see callctl-pipeline(7)';
COMMENT ON COLUMN callctl.work.detail IS 'the last error in words';
COMMENT ON COLUMN callctl.work.attempts IS 'of the present stage';
COMMENT ON COLUMN callctl.work.crashes IS 'workers whose lease ran out over this call';
COMMENT ON COLUMN callctl.work.news IS 'grows with every write that is not the holder''s, who then looks again';
COMMENT ON COLUMN callctl.work.due_at IS 'when it is looked at next; NULL: an end state';
COMMENT ON COLUMN callctl.work.lease_owner IS 'the worker that holds it, a name random for each process';
COMMENT ON COLUMN callctl.work.lease_token IS 'grows with every claim; a write under an older one changes nothing';
COMMENT ON COLUMN callctl.work.call_state IS 'Twilio''s CallStatus with underscores';
COMMENT ON COLUMN callctl.work.heard_at IS 'when callctl first heard of the call';
COMMENT ON COLUMN callctl.work.asked_by_twiml_at IS 'when our TwiML told Twilio to record';
COMMENT ON COLUMN callctl.work.asked_by_rest_at IS 'when a REST start was last about to be sent';
COMMENT ON COLUMN callctl.work.unknown_to_twilio IS 'Twilio has answered 20404 for this SID';
COMMENT ON COLUMN callctl.work.recording_source IS 'Twilio''s RecordingSource';
COMMENT ON COLUMN callctl.work.recording_count IS 'recordings that Twilio has of this call; above 1 is a doubled bill';
COMMENT ON COLUMN callctl.work.head_loss_ms IS 'recording start minus answer: what is missing at the beginning';
COMMENT ON COLUMN callctl.work.observed_at IS 'when Twilio was last asked about the call';
COMMENT ON COLUMN callctl.work.observations IS 'how often Twilio was asked in this stage';
COMMENT ON COLUMN callctl.work.start_refused_at IS 'when a REST start was last refused with 21220';
COMMENT ON COLUMN callctl.work.call_created_at IS 'created_at of the host''s row, read as UTC';

CREATE TABLE callctl.attempt (
    attempt_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id bigint NOT NULL REFERENCES callctl.work ON DELETE CASCADE,
    stage text NOT NULL,
    lease_token bigint NOT NULL,
    worker text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    reason text,
    detail text,
    request_id text,
    http_status integer,
    requests integer,
    audio_ms bigint,
    cost_micros bigint,
    burnt boolean,
    CONSTRAINT attempt_stage_is_known CHECK (stage IN (
        'recording', 'transcript', 'summary')),
    CONSTRAINT attempt_reason_is_known CHECK (reason IN (
        'CALL_LIVE', 'NOT_READY', 'RATE_LIMITED', 'UNREACHABLE', 'PROVIDER_CLOSED', 'LOCAL_FAULT',
        'INTERRUPTED', 'TIMEOUT', 'PROVIDER_ERROR', 'BAD_REPLY', 'BAD_MEDIA', 'EMPTY_TRANSCRIPT', 'AUTH', 'QUOTA',
        'PROVIDER_CONFIG', 'NOT_FOUND', 'DELETED', 'EXPIRED', 'ABSENT', 'ENCRYPTED', 'TOO_LARGE',
        'REFUSED', 'REJECTED', 'NOT_RECORDED', 'CRASHED', 'NO_ANSWER', 'TOO_SHORT', 'SILENT',
        'NO_SPEECH', 'NOT_ELIGIBLE'))
);

CREATE INDEX attempt_call_id ON callctl.attempt (call_id, attempt_id);

COMMENT ON TABLE callctl.attempt IS 'one row per try of a stage by a worker';
COMMENT ON COLUMN callctl.attempt.finished_at IS 'NULL: still going on, or the worker died';
COMMENT ON COLUMN callctl.attempt.reason IS 'NULL: it succeeded';
COMMENT ON COLUMN callctl.attempt.request_id IS 'the provider''s, for its support';
COMMENT ON COLUMN callctl.attempt.cost_micros IS 'millionths of the price''s unit';
COMMENT ON COLUMN callctl.attempt.burnt IS 'counts against the maximum of attempts';

CREATE TABLE callctl.artefact (
    artefact_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id bigint NOT NULL REFERENCES callctl.work ON DELETE CASCADE,
    stage text NOT NULL,
    version integer NOT NULL,
    text text NOT NULL,
    document jsonb,
    provider_host text,
    model text,
    language text,
    channels integer,
    recording_sid text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT artefact_version_is_unique UNIQUE (call_id, stage, version),
    CONSTRAINT artefact_stage_has_text CHECK (stage IN ('transcript', 'summary'))
);

COMMENT ON TABLE callctl.artefact IS 'transcripts and summaries, every version, with where they came from';
COMMENT ON COLUMN callctl.artefact.version IS 'from 1, by call and stage; the newest is the one in call_log';
COMMENT ON COLUMN callctl.artefact.document IS 'segments with speaker, start and end; or the structured summary';
COMMENT ON COLUMN callctl.artefact.provider_host IS 'the server, without path and credentials';
COMMENT ON COLUMN callctl.artefact.language IS 'ISO 639-1';
COMMENT ON COLUMN callctl.artefact.channels IS 'of the audio behind a transcript';

CREATE TABLE callctl.sweep (
    name text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE callctl.sweep IS 'how far reconcile has come in the host''s table, so that each row has its turn';
COMMENT ON COLUMN callctl.sweep.position IS 'call_log.id below which the next pass goes on; 0: below the newest rows';
