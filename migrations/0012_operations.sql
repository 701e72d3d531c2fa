-- Operations at a slow remote service: what was asked, where it is to be polled, what came of it.
create table headway.operation (
  id uuid primary key,
  analyzer text not null,
  user_id text not null,
  -- Its readers may read the result.
  knowledge_id text,
  file_id text,
  -- The job that reads its file there; its result is kept for as long as the job lives.
  job_id uuid unique,
  -- The Operation-Id of whoever asked: the same again is the same operation.
  client_id text,
  input jsonb,
  status text not null default 'submitting'
    check (status in ('submitting', 'running', 'succeeded', 'failed', 'cancelled')),
  -- By which the service can tell a repeated submit; another one after it forgot the operation.
  request_id uuid not null,
  location text,
  -- Submits that may have reached the service without our hearing of it.
  unsure int not null default 0,
  submits int not null default 0,
  forgotten boolean not null default false,
  polls int not null default 0,
  -- Attempts that failed since one that did not.
  failures int not null default 0,
  message text not null default 'Waiting to be sent',
  error text,
  failure text check (failure in ('failed', 'refused', 'unavailable')),
  result text,
  created_at timestamptz not null default now(),
  submitted_at timestamptz,
  next_at timestamptz not null default now(),
  lease uuid,
  leased_until timestamptz,
  ready_at timestamptz,
  expires_at timestamptz
);
--> statement-breakpoint
create index operation_due on headway.operation (next_at)
  where status in ('submitting', 'running');
--> statement-breakpoint
create index operation_expiry on headway.operation (expires_at) where expires_at is not null;
--> statement-breakpoint
create unique index operation_by_client on headway.operation (user_id, client_id)
  where client_id is not null;
--> statement-breakpoint
-- How the files of a knowledge base are to be read.
create table headway.knowledge_setting (
  knowledge_id text primary key,
  analyzer text,
  language text,
  updated_at timestamptz not null default now()
);
--> statement-breakpoint
-- Services that were down when one of our processes last asked them.
create table headway.remote_service (
  service text primary key,
  status text not null check (status in ('up', 'down')),
  since timestamptz not null,
  retry_at timestamptz,
  error text,
  updated_at timestamptz not null default now()
);
