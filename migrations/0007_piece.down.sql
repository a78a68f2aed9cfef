DROP TABLE IF EXISTS callctl.piece;
