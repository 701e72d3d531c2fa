-- What the queue's dashboard and the history show beyond the work itself.
alter table headway.worker
  add column version text,
  add column concurrency smallint not null default 1;
--> statement-breakpoint
-- When the present attempt of a session was asked for: what it waited and took counts from here.
alter table headway.session add column queued_at timestamptz;
--> statement-breakpoint
update headway.session set queued_at = created_at;
--> statement-breakpoint
alter table headway.session
  alter column queued_at set default now(),
  alter column queued_at set not null,
  -- Why nothing of it is let into the queue, in words for people; null while nothing holds it.
  add column hold text;
