-- What a growing history and many writes must not make slow.
--
-- A check of a foreign key for every job was a third of the time of starting a thousand: jobs are
-- inserted only by the transaction that inserted their session, and go with it all the same.
alter table headway.job drop constraint job_session_id_fkey;
--> statement-breakpoint
create function headway.remove_jobs_of_sessions() returns trigger language plpgsql as $$
begin
  delete from headway.job where session_id in (select id from gone);
  return null;
end $$;
--> statement-breakpoint
create trigger remove_jobs after delete on headway.session
  referencing old table as gone
  for each statement execute function headway.remove_jobs_of_sessions();
--> statement-breakpoint
-- Expected seconds of work that waits in a session, so that the time left of those behind it costs
-- a sum over sessions and not over their files.
alter table headway.session add column waiting_seconds double precision not null default 0;
--> statement-breakpoint
-- No index holds what a tick changes: a tick then stays within its page.
drop index headway.job_live;
--> statement-breakpoint
create index job_live on headway.job (status, id) where finished_at is null;
--> statement-breakpoint
-- Only what was let in later counts against a minute's share of background work.
drop index headway.job_released;
--> statement-breakpoint
create index job_released on headway.job (released_at) where released_at > created_at;
--> statement-breakpoint
-- Enough to add up the failed list, and what ended lately, from the index alone.
create index job_failed_for on headway.job (error_code, id) include (finished_at, file_id, kind)
  where status = 'error';
--> statement-breakpoint
drop index headway.job_finished;
--> statement-breakpoint
create index job_finished on headway.job (finished_at) include (status, size, work_seconds)
  where finished_at is not null;
--> statement-breakpoint
create index job_cancelled on headway.job (id) where status = 'cancelled';
--> statement-breakpoint
-- The line in which live sessions stand.
drop index headway.session_live;
--> statement-breakpoint
create index session_line on headway.session (priority desc, created_at) where finished_at is null;
--> statement-breakpoint
-- What leaves `knowledge.meta` when its time has come.
create index session_retiring on headway.session (finished_at)
  where published and finished_at is not null;
--> statement-breakpoint
-- Pages of the history, newest first, whatever they are narrowed to.
create index session_by_time on headway.session (created_at desc, id);
--> statement-breakpoint
create index session_by_status on headway.session (status, created_at desc, id);
--> statement-breakpoint
create index session_by_user_status on headway.session (user_id, status, created_at desc, id);
--> statement-breakpoint
create index session_failed on headway.session (user_id, created_at desc, id)
  where failed_files > 0;
--> statement-breakpoint
-- Jobs of the app's own are few among all that was done.
create index session_of_job on headway.session (created_at desc, id) where kind = 'job';
--> statement-breakpoint
-- Few rows of these large tables are written again and again: they are cleaned up behind long
-- before a fifth of the table has changed.
alter table headway.session set (
  autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
--> statement-breakpoint
alter table headway.job set (
  autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
--> statement-breakpoint
alter table headway.extraction set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
