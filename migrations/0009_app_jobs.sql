-- Jobs of the app's own: what they were asked, where they go on, and what came of them. A job of
-- the kind `file` has none of it.
alter table headway.job
  add column kind text not null default 'file',
  add column input jsonb,
  add column checkpoint jsonb,
  add column result jsonb;
--> statement-breakpoint
create index job_of_app on headway.job (session_id) where kind <> 'file';
