insert into call_log (call_sid, recording_status) values ('CA' || repeat('6', 32), 'completed');
insert into callctl.work (call_sid, call_log_id, stage, due_at, lease_owner, lease_until, call_state, call_created_at)
select call_sid, id, 'transcript', now(), 'w', now() + interval '1 hour', 'completed', now() from call_log;
