DROP TABLE IF EXISTS callctl.provider_place;
ALTER TABLE callctl.provider DROP COLUMN IF EXISTS next_request_at;
