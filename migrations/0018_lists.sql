-- Lists that cost the same however much lies behind them.
--
-- What has ended, of one person and in one knowledge base: found, and counted up to a thousand,
-- from the index alone.
create index session_ended_of on headway.session (user_id, created_at desc, id)
  where finished_at is not null;
--> statement-breakpoint
create index session_ended_in on headway.session (knowledge_id, created_at desc, id)
  include (user_id) where finished_at is not null;
--> statement-breakpoint
-- What is rare among many: without these, a page of it looks through all of them.
create index session_by_knowledge_status on headway.session
  (knowledge_id, status, created_at desc, id) include (user_id);
--> statement-breakpoint
create index session_failed_in on headway.session (knowledge_id, created_at desc, id)
  where failed_files > 0;
--> statement-breakpoint
create index session_failed_by_time on headway.session (created_at desc, id)
  where failed_files > 0;
--> statement-breakpoint
-- How many files stand as failed, by reason: the sum of what was added and taken away. A change is
-- a row of its own, so that no two writers wait for each other; they are added up now and then.
create table headway.failed_change (
  error_code text,
  files bigint not null,
  retryable bigint not null
);
--> statement-breakpoint
create function headway.count_failed() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' and old.status = 'error' then
    insert into headway.failed_change
    values (old.error_code, -1, -(old.file_id is not null or old.kind <> 'file')::int);
  end if;
  if tg_op <> 'DELETE' and new.status = 'error' then
    insert into headway.failed_change
    values (new.error_code, 1, (new.file_id is not null or new.kind <> 'file')::int);
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger failed_made after insert on headway.job
  for each row when (new.status = 'error') execute function headway.count_failed();
--> statement-breakpoint
-- Ticks set none of these columns, and pass it by.
create trigger failed_changed after update of status, error_code, file_id, kind on headway.job
  for each row when ((old.status = 'error' or new.status = 'error')
    and (old.status, old.error_code, old.file_id is null, old.kind)
      is distinct from (new.status, new.error_code, new.file_id is null, new.kind))
  execute function headway.count_failed();
--> statement-breakpoint
create trigger failed_removed after delete on headway.job
  for each row when (old.status = 'error') execute function headway.count_failed();
--> statement-breakpoint
create function headway.forget_failed() returns trigger language plpgsql as $$
begin
  delete from headway.failed_change;
  return null;
end $$;
--> statement-breakpoint
create trigger failed_emptied after truncate on headway.job
  for each statement execute function headway.forget_failed();
--> statement-breakpoint
insert into headway.failed_change
select error_code, count(*), count(*) filter (where file_id is not null or kind <> 'file')
from headway.job where status = 'error' group by error_code;
--> statement-breakpoint
drop index headway.job_failed_for;
--> statement-breakpoint
create index job_failed_for on headway.job (error_code, id) where status = 'error';
--> statement-breakpoint
create index job_failed_last on headway.job (error_code, finished_at) where status = 'error';
