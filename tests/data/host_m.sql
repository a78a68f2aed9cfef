-- A host application's database of generation M: the sibling that never got the five status columns, and
-- has grown columns of its own. Types, defaults, the CHECK of summary_status and the partial unique index
-- are those of real installations; there is no other index that leads with call_sid. No rows.

CREATE TABLE business (id serial PRIMARY KEY, name varchar(255) NOT NULL, is_active boolean DEFAULT true);
CREATE TABLE customer (id serial PRIMARY KEY, business_id int REFERENCES business, phone_e164 varchar(64));
CREATE TABLE leads (id serial PRIMARY KEY, tenant_id int REFERENCES business, full_name varchar(255));
CREATE TABLE outbound_call_templates (id serial PRIMARY KEY, name varchar(255));
CREATE TABLE outbound_projects (id serial PRIMARY KEY, name varchar(255));
CREATE TABLE business_topics (id serial PRIMARY KEY, business_id int REFERENCES business, name varchar(255));
CREATE TABLE schema_migrations (
    migration_id text PRIMARY KEY,
    applied_at timestamptz DEFAULT now(),
    success boolean DEFAULT true,
    reconciled boolean DEFAULT false,
    notes text
);

CREATE TABLE call_log (
    id serial PRIMARY KEY,
    business_id int NOT NULL REFERENCES business,
    customer_id int REFERENCES customer,
    lead_id int REFERENCES leads,
    outbound_template_id int REFERENCES outbound_call_templates,
    project_id int REFERENCES outbound_projects ON DELETE SET NULL,
    call_sid varchar(64),
    parent_call_sid varchar(64),
    from_number varchar(64),
    to_number varchar(64),
    direction varchar(16) DEFAULT 'inbound',
    twilio_direction varchar(32),
    duration int DEFAULT 0,
    call_status varchar(32) DEFAULT 'in-progress',
    status varchar(32) DEFAULT 'received',
    recording_url varchar(512),
    recording_sid varchar(64),
    transcription text,
    summary text,
    final_transcript text,
    extracted_service varchar(255),
    extracted_city varchar(255),
    extraction_confidence double precision,
    audio_bytes_len bigint,
    audio_duration_sec double precision,
    transcript_source varchar(32),
    recording_mode text DEFAULT 'realtime',
    stream_started_at timestamp,
    stream_ended_at timestamp,
    stream_duration_sec double precision,
    stream_connect_count int DEFAULT 0,
    webhook_11205_count int DEFAULT 0,
    webhook_retry_count int DEFAULT 0,
    recording_count int DEFAULT 0,
    estimated_cost_bucket varchar(16),
    detected_topic_id int REFERENCES business_topics,
    detected_topic_confidence float,
    detected_topic_source varchar(32) DEFAULT 'embedding',
    customer_name varchar(255),
    summary_status varchar(32) DEFAULT NULL,
    error_message text,
    error_code varchar(64),
    created_at timestamp,
    updated_at timestamp,
    CONSTRAINT chk_summary_status CHECK (summary_status IN ('pending', 'processing', 'completed', 'failed'))
);
CREATE INDEX ix_call_log_business_id ON call_log (business_id);
CREATE INDEX ix_call_log_lead_id ON call_log (lead_id);
CREATE INDEX ix_call_log_project_id ON call_log (project_id);
CREATE INDEX ix_call_log_parent_call_sid ON call_log (parent_call_sid);
CREATE UNIQUE INDEX uniq_call_log_call_sid ON call_log (call_sid) WHERE call_sid IS NOT NULL AND call_sid <> '';
CREATE INDEX idx_call_log_recent_outbound ON call_log (business_id, direction, created_at);
CREATE INDEX idx_call_log_lead_created ON call_log (lead_id, created_at);
CREATE INDEX idx_call_log_business_status_created ON call_log (business_id, status, created_at);

CREATE TABLE recording_runs (
    id serial PRIMARY KEY,
    business_id int,
    call_sid varchar(64),
    status varchar(32) CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    created_at timestamp
);
CREATE TABLE conversation_turn (id serial PRIMARY KEY, call_log_id int REFERENCES call_log, message text);

INSERT INTO business (name) VALUES ('Harbour Plumbing'), ('מספרת שיר');
