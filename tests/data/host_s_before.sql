-- A host application's database of generation S, before its "Migration 44": call_log without the five
-- status columns. Types, defaults and indexes are those of real installations; the rows show what
-- such tables hold. Phone numbers are of the ranges set aside for fiction.

CREATE TABLE business (id serial PRIMARY KEY, name varchar(255) NOT NULL, is_active boolean DEFAULT true);
CREATE TABLE customer (id serial PRIMARY KEY, business_id int REFERENCES business, phone_e164 varchar(64));
CREATE TABLE leads (id serial PRIMARY KEY, tenant_id int REFERENCES business, full_name varchar(255));
CREATE TABLE outbound_call_templates (id serial PRIMARY KEY, name varchar(255));
CREATE TABLE business_topics (id serial PRIMARY KEY, business_id int REFERENCES business, name varchar(255));

-- The host's own ledgers, whose names and columns are not callctl's.
CREATE TABLE schema_migrations (
    migration_id text PRIMARY KEY,
    applied_at timestamptz DEFAULT now(),
    success boolean DEFAULT true,
    reconciled boolean DEFAULT false,
    notes text
);
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);

CREATE TABLE call_log (
    id serial PRIMARY KEY,
    business_id int NOT NULL REFERENCES business,
    customer_id int REFERENCES customer,
    lead_id int REFERENCES leads,
    outbound_template_id int REFERENCES outbound_call_templates,
    call_sid varchar(64) UNIQUE,
    parent_call_sid varchar(64),
    from_number varchar(64),
    to_number varchar(64),
    from_number_norm varchar(64),
    to_number_norm varchar(64),
    direction varchar(16) DEFAULT 'inbound',
    twilio_direction varchar(32),
    duration int DEFAULT 0,
    call_status varchar(32) DEFAULT 'in-progress',
    status varchar(32) DEFAULT 'received',
    recording_url varchar(512),
    recording_sid varchar(64),
    transcription text,
    transcript text,
    summary text,
    final_transcript text,
    extracted_service varchar(255),
    extracted_city varchar(255),
    extraction_confidence double precision,
    audio_bytes_len bigint,
    audio_duration_sec double precision,
    transcript_source varchar(32),
    detected_topic_id int REFERENCES business_topics,
    detected_topic_confidence float,
    detected_topic_source varchar(32) DEFAULT 'embedding',
    created_at timestamp,
    updated_at timestamp
);
CREATE INDEX ix_call_log_business_id ON call_log (business_id);
CREATE INDEX ix_call_log_lead_id ON call_log (lead_id);
CREATE INDEX ix_call_log_call_sid ON call_log (call_sid);
CREATE INDEX ix_call_log_parent_call_sid ON call_log (parent_call_sid);
CREATE INDEX ix_call_log_from_number_norm ON call_log (from_number_norm);
CREATE INDEX ix_call_log_to_number_norm ON call_log (to_number_norm);
CREATE INDEX idx_call_log_recent_outbound ON call_log (business_id, direction, created_at);

CREATE TABLE conversation_turn (id serial PRIMARY KEY, call_log_id int REFERENCES call_log, message text);
CREATE TABLE lead_notes (id serial PRIMARY KEY, call_id int REFERENCES call_log, content text);
CREATE TABLE appointments (id serial PRIMARY KEY, call_log_id int REFERENCES call_log, title varchar(255));
CREATE TABLE outbound_call_jobs (id serial PRIMARY KEY, call_log_id int REFERENCES call_log, status varchar(32));

INSERT INTO business (name) VALUES ('מספרת שיר'), ('Harbour Plumbing');
INSERT INTO schema_migrations (migration_id, notes) VALUES ('044_pipeline_status', 'marked as run, it was not');
INSERT INTO alembic_version VALUES ('c0ffee000044');

-- 1: everything there, in Hebrew.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, direction, twilio_direction, duration,
                      call_status, status, recording_url, recording_sid, transcription, final_transcript,
                      summary, transcript_source, created_at, updated_at)
VALUES (1, 'CA00000000000000000000000000000001', '+972555000001', '+97235550100', 'inbound', 'inbound', 94,
        'completed', 'processed',
        'https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Recordings/RE00000000000000000000000000000001',
        'RE00000000000000000000000000000001', NULL,
        'שלום, הגעתם למספרת שיר. במה אפשר לעזור? הייתי רוצה לקבוע תור לתספורת ביום שלישי בבוקר.',
        'הלקוחה ביקשה תור לתספורת ליום שלישי בבוקר ונקבע תור לשעה עשר.',
        'recording', '2026-03-02 08:15:30.123456', '2026-03-02 08:20:00');
-- 2: a transcript of 50 characters, which are 90 bytes; a summary of 20.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, duration, call_status, status,
                      recording_url, recording_sid, final_transcript, summary, created_at)
VALUES (1, 'CA00000000000000000000000000000002', '+972555000002', '+97235550100', 31, 'completed', 'recorded',
        '/2010-04-01/Accounts/AC00000000000000000000000000000000/Recordings/RE00000000000000000000000000000002.json',
        'RE00000000000000000000000000000002', repeat('אבגד ', 10), 'abcdefghijklmnopqrst', '2026-03-02 09:00:00');
-- 3: only the realtime transcript; one character more in the summary.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, duration, call_status, recording_url,
                      transcription, summary, created_at)
VALUES (2, 'CA00000000000000000000000000000003', '+15005550003', '+15005550100', 120, 'completed',
        'https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Recordings/RE00000000000000000000000000000003.mp3',
        repeat('The tap drips. ', 4), 'abcdefghijklmnopqrstu', '2026-03-02 10:00:00');
-- 4: retention has taken the URL away and left the SID.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, duration, call_status, status,
                      recording_sid, final_transcript, summary, created_at)
VALUES (2, 'CA00000000000000000000000000000004', '+15005550004', '+15005550100', 300, 'completed', 'processed',
        'RE00000000000000000000000000000004', repeat('Good morning, how can I help? ', 3),
        'A leaking boiler, visit agreed for Monday.', '2025-06-01 07:00:00');
-- 5: nobody answered; the caller withheld the number.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, call_status, status, created_at)
VALUES (1, 'CA00000000000000000000000000000005', 'unknown', '+97235550100', 'no-answer', 'no-answer',
        '2026-03-02 11:00:00');
-- 6 and 7: rows made by raw SQL without a SID and without any of the application's defaults.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, direction, duration, call_status, status)
VALUES (1, NULL, 'unknown', 'unknown', NULL, NULL, NULL, NULL),
       (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
-- 8: an outbound call with a child leg, 9, whose recording Twilio attributes to the parent.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, direction, twilio_direction, duration,
                      call_status, recording_sid, created_at)
VALUES (2, 'CA00000000000000000000000000000008', '+15005550100', '+15005550008', 'outbound', 'outbound-api', 12,
        'completed', 'RE00000000000000000000000000000008', '2026-03-02 12:00:00');
INSERT INTO call_log (business_id, call_sid, parent_call_sid, from_number, to_number, direction,
                      twilio_direction, duration, call_status, created_at)
VALUES (2, 'CA00000000000000000000000000000009', 'CA00000000000000000000000000000008', '+15005550100',
        '+15005550009', 'outbound', 'outbound-dial', 10, 'completed', '2026-03-02 12:00:01');
-- 10: an error sentence where a transcript should stand, longer than 50 characters; an empty URL.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, duration, call_status, recording_url,
                      transcription, created_at)
VALUES (1, 'CA0000000000000000000000000000000A', '+972555000010', '+97235550100', 4, 'completed', '',
        'שגיאה בתמלול ההקלטה: הקובץ לא נמצא בשרת ולכן לא ניתן היה לתמלל את השיחה הזאת', '2026-03-02 13:00:00');

INSERT INTO conversation_turn (call_log_id, message) VALUES (1, 'שלום'), (3, 'hello');
INSERT INTO lead_notes (call_id, content) VALUES (1, 'חזרה ללקוחה');
