\ir status_calls.sql
