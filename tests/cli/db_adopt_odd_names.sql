-- Names that would colour a terminal, or begin a line of their own.
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger U&"touch\001B[31m\000Acallctl: all is well" before update on call_log for each row execute function touch();
alter table call_log enable always trigger U&"touch\001B[31m\000Acallctl: all is well";
create trigger U&"touch\001B[32m" before update on call_log for each row execute function touch();
