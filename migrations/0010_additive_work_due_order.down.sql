DROP INDEX callctl.work_due_order;
