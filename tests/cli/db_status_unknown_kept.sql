INSERT INTO callctl.inbox (route, call_sid, raw, digest, received_at, error)
SELECT '/twilio/' || which, 'CA' || repeat('7', 32), '', sha256(which::bytea), now() - interval '1 hour',
       'new row for relation "call_log" violates check constraint "to_number_check" (SQLSTATE 23514)'
FROM unnest(ARRAY['voice', 'status']) AS told (which);
