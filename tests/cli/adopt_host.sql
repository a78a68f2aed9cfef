-- A call_log of generation M in small, for the cases that adopt one.
create table call_log (
    id serial primary key, business_id int not null, call_sid varchar(64), created_at timestamp,
    from_number varchar(64), to_number varchar(64), direction varchar(16), duration int, call_status varchar(32),
    recording_sid varchar(64), recording_url varchar(512), transcription text, final_transcript text, summary text,
    detected_topic_id int, recording_mode text default 'realtime', updated_at timestamp,
    summary_status varchar(32) constraint chk_summary
        check (summary_status in ('pending', 'processing', 'completed', 'failed', 'skipped')));
insert into call_log (business_id, call_sid, created_at, recording_url) values
    (1, 'CA00000000000000000000000000000001', now(), 'https://x'),
    (1, 'CA00000000000000000000000000000002', now() - interval '1 year', null),
    (1, 'CA00000000000000000000000000000001', now(), null),
    (1, null, now(), null);
