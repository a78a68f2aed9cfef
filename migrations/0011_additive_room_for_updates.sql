-- A call is updated four times between its first claim and its end, often together with its neighbours,
-- and an attempt once, shortly after it was added, which makes it longer. With room for that in the page
-- itself no index is written (PostgreSQL, Heap-Only Tuples): those of callctl.work have random keys, and
-- the first touch of a page after a checkpoint is 8 kB of WAL. Pages that are there stay as they are.
ALTER TABLE callctl.work SET (fillfactor = 50);
ALTER TABLE callctl.attempt SET (fillfactor = 40);
