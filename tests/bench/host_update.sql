-- What the host writes to any call, old or new.
\set id random(1, :rows)
UPDATE call_log SET duration = duration + 1, updated_at = now() AT TIME ZONE 'utc' WHERE id = :id;
