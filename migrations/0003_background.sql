-- Background work is in the database whole and let into the queue a little at a time: a job whose
-- `released_at` is null waits outside. All others are in the queue from the start.
alter table headway.job add column released_at timestamptz default now();
--> statement-breakpoint
create index job_held on headway.job (session_id, position) where released_at is null;
--> statement-breakpoint
create index job_released on headway.job (released_at) where released_at is not null;
--> statement-breakpoint
-- At most one background session of a knowledge base is begun at a time; what lives is looked up.
create index session_background on headway.session (user_id) where kind = 'background' and finished_at is null;
--> statement-breakpoint
-- The failed list, and what was done lately.
create index job_failed on headway.job (id) where status = 'error';
--> statement-breakpoint
create index job_finished on headway.job (finished_at) where finished_at is not null;
