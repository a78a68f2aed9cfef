DROP INDEX IF EXISTS callctl_call_log_call_sid;
