DROP INDEX callctl.work_newest;
