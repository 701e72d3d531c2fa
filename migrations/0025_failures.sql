-- What the failures of a job were, so that one that repeats itself is told from one that passes.
alter table headway.job
  -- Attempts that failed since the job last got further.
  add column failures integer not null default 0,
  -- Identifies the exception of the last of them; null where a repetition means nothing.
  add column failure_key text,
  -- How far the job had got by its checkpoint at that failure, 0-1.
  add column failed_fraction double precision not null default 0,
  -- Stalled or ended its process before: it runs after others that wait.
  add column suspect boolean not null default false,
  -- Failure of the environment that the job waits for to pass, and since when.
  add column environment text,
  add column environment_since timestamptz;
--> statement-breakpoint
create index job_environment on headway.job (environment)
  where environment is not null and finished_at is null;
