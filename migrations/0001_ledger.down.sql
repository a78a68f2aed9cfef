DROP TABLE callctl.backfill;
DROP TABLE callctl.migration;
-- Refused while anything of somebody else's is in it.
DROP SCHEMA callctl;
