-- An upload that has ended is over for its senders at once; its bytes are removed after that. A new
-- upload of the same job need not wait for them.
alter table headway.upload add column ended boolean not null default false;
--> statement-breakpoint
drop index headway.upload_by_job;
--> statement-breakpoint
create unique index upload_by_job on headway.upload (job_id) where file_id is null and not ended;
--> statement-breakpoint
-- Folder of an announced file on its sender's machine, like `reports/2024`, empty for none; NULL
-- where the sender did not say. Tells files of the same name apart.
alter table headway.job add column folder text;
--> statement-breakpoint
-- Locks with a lease, which lapse when the host of their holder has vanished.
create table headway.lock (
  name text primary key,
  holder uuid not null,
  expires_at timestamptz not null
);
