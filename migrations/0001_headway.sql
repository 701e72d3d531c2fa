-- Headway's own tables, in a schema of their own. No foreign key points at the app's tables:
-- that would put triggers on them.
create schema if not exists headway;
--> statement-breakpoint
create table headway.session (
  id text primary key,
  knowledge_id text,
  user_id text not null,
  kind text not null default 'files',
  operation_id text,
  priority smallint not null default 1,
  status text not null,
  attempt integer not null default 1,
  total_files integer not null default 0,
  processed_files integer not null default 0,
  failed_files integer not null default 0,
  current_file text,
  progress double precision not null default 0,
  phase text,
  message text not null default '',
  error text,
  eta_seconds double precision,
  revision bigint not null default 1,
  published boolean not null default true,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  updated_at timestamptz not null default now(),
  finished_at timestamptz
) with (fillfactor = 70);
--> statement-breakpoint
create unique index session_operation on headway.session (user_id, operation_id) where operation_id is not null;
--> statement-breakpoint
create index session_by_knowledge on headway.session (knowledge_id, created_at desc, id);
--> statement-breakpoint
create index session_by_user on headway.session (user_id, created_at desc, id);
--> statement-breakpoint
create index session_live on headway.session (status, created_at) where finished_at is null;
--> statement-breakpoint
create table headway.job (
  id uuid primary key,
  session_id text not null references headway.session (id) on delete cascade,
  file_id text,
  position integer not null,
  name text not null,
  size bigint,
  media_type text,
  language text,
  with_upload boolean not null default false,
  weight double precision not null default 1,
  status text not null,
  step text not null,
  progress double precision not null default 0,
  message text not null default '',
  error text,
  error_code text,
  attempt integer not null default 0,
  worker text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (session_id, position)
) with (fillfactor = 70);
--> statement-breakpoint
create index job_by_file on headway.job (file_id) where file_id is not null;
--> statement-breakpoint
create index job_live on headway.job (status, updated_at) where finished_at is null;
--> statement-breakpoint
-- What has been read of one file so far: the checkpoint to go on from, and whether it is all.
create table headway.extraction (
  file_id text primary key,
  processor text not null,
  version integer not null,
  checkpoint jsonb not null,
  next_index integer not null default 0,
  fraction double precision not null default 0,
  duration double precision,
  complete boolean not null default false,
  updated_at timestamptz not null default now()
);
--> statement-breakpoint
create table headway.part (
  file_id text not null,
  index integer not null,
  kind text not null,
  label text,
  text text not null,
  start_seconds double precision,
  end_seconds double precision,
  primary key (file_id, index)
);
--> statement-breakpoint
-- Passages are what search finds: a part, or a piece of a long one. Both stemmed and literal words
-- are indexed, so that English finds its inflections and other languages find their words.
create table headway.passage (
  file_id text not null,
  part_index integer not null,
  ordinal integer not null,
  text text not null,
  words tsvector generated always as (
    to_tsvector('pg_catalog.english', text) || to_tsvector('pg_catalog.simple', text)
  ) stored,
  primary key (file_id, part_index, ordinal)
);
--> statement-breakpoint
create index passage_words on headway.passage using gin (words);
--> statement-breakpoint
create table headway.worker (
  id text primary key,
  host text not null,
  pid integer not null,
  job_id uuid,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
