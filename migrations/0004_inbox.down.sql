DROP TABLE callctl.inbox;
