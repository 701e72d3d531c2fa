-- The queue that yields: interruption, learned pace, preferences, history.
alter table headway.job
  add column interruptions integer not null default 0,
  add column interrupted_by text,
  add column next_attempt_at timestamptz,
  add column unit text,
  add column units double precision,
  add column processor text,
  add column work_seconds double precision not null default 0;
--> statement-breakpoint
-- Identical bytes read by the same version of a processor are not read again.
alter table headway.extraction add column file_hash text;
--> statement-breakpoint
create index extraction_by_hash on headway.extraction (file_hash, processor, version) where complete;
--> statement-breakpoint
-- What this installation learned about its own speed: seconds of work a unit (page, second, byte).
create table headway.pace (
  processor text not null,
  unit text not null,
  seconds double precision not null default 0,
  units double precision not null default 0,
  samples integer not null default 0,
  updated_at timestamptz not null default now(),
  primary key (processor, unit)
);
--> statement-breakpoint
create table headway.preference (
  user_id text primary key,
  background boolean not null default true,
  quiet_from smallint,
  quiet_to smallint,
  time_zone text not null default 'UTC',
  notifications boolean not null default true,
  updated_at timestamptz not null default now()
);
--> statement-breakpoint
-- Switches of the whole installation, such as a paused queue.
create table headway.setting (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);
--> statement-breakpoint
create index session_finished on headway.session (finished_at) where finished_at is not null;
