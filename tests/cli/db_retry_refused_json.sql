\ir db_retry_refused.sql
