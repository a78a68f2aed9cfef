DROP TABLE callctl.artefact;
DROP TABLE callctl.attempt;
DROP TABLE callctl.work;
