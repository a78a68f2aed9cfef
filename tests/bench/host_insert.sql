-- What the host writes when a call begins.
\set n random(1000000000, 1000000000000)
INSERT INTO call_log (business_id, call_sid, from_number, to_number, direction, call_status, status, created_at)
VALUES (1, 'CA' || lpad(to_hex(:n), 32, '0'), '+15005550001', '+15005550100', 'inbound', 'in-progress', 'initiated',
        now() AT TIME ZONE 'utc')
ON CONFLICT DO NOTHING;
