-- Statuses of files that are still to be written into the app's rows: another transaction had locked
-- the row, or a trigger of the app refused (`refused`: its reason). `row_created_at` is the
-- `created_at` of that row: another one may get the same id.
create table headway.unwritten_status (
  file_id text primary key,
  kind text not null,
  data text not null,
  row_created_at bigint,
  refused text,
  refused_since timestamptz,
  retry_at timestamptz not null default now()
);
-- The same for progress in `meta`, where the app refused it.
alter table headway.original_meta add column refused text;
alter table headway.original_meta add column refused_since timestamptz;
alter table headway.original_meta add column retry_at timestamptz;
