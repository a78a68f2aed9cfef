DROP TABLE callctl.sweep;
DROP TABLE callctl.artefact;
DROP TABLE callctl.attempt;
DROP TABLE callctl.work;
