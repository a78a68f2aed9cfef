-- The newest call of those on the schedule: each fourth claim is for it, so that a backlog does not
-- starve what has just come in.
CREATE INDEX work_newest ON callctl.work (call_created_at DESC, call_id) WHERE due_at IS NOT NULL;
