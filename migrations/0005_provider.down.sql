DROP TABLE callctl.provider;
