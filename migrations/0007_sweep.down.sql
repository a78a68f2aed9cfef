DROP INDEX callctl.work_call_created_at;
DROP TABLE callctl.sweep;
