ALTER TABLE callctl.attempt RESET (fillfactor);
ALTER TABLE callctl.work SET (fillfactor = 80);
