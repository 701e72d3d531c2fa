-- Resumable uploads (tus): what is known of bytes that are still coming in. The bytes themselves are
-- in the storage; `file_id` is set once they have become a file.
create table headway.upload (
  id uuid primary key,
  user_id text not null,
  job_id uuid not null,
  filename text not null,
  language text,
  folder text,
  size bigint not null,
  received bigint not null default 0,
  unverified_from bigint,
  file_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
--> statement-breakpoint
-- Two senders of one announced file share one upload.
create unique index upload_by_job on headway.upload (job_id) where file_id is null;
--> statement-breakpoint
create index upload_by_age on headway.upload (updated_at);
--> statement-breakpoint
-- When the announced file was last changed, epoch milliseconds: tells it when it is chosen again.
alter table headway.job add column last_modified bigint;
