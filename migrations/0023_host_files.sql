-- What Headway knows of rows of the app's table `file`. No foreign key points there: that would put
-- triggers on it. Rows of files that are gone are removed by maintenance.

-- Bytes that Headway stored, and only those. The row outlives its file until the bytes are removed.
create table headway.stored_file (
  file_id text primary key,
  path text not null,
  -- When its file was found deleted; null while there is one.
  deleted_at timestamptz
);
--> statement-breakpoint
create index stored_file_deleted on headway.stored_file (deleted_at) where deleted_at is not null;
--> statement-breakpoint
-- Files of earlier releases: their names are bare ids. The app's own files have the name behind it.
insert into headway.stored_file (file_id, path)
select id, path from file
where path ~ '(^/.*/uploads/|^s3://.+/)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
--> statement-breakpoint
-- Why the last attempt to read a file failed. The app's row says so only where it has no text.
create table headway.file_failure (
  file_id text primary key,
  code text not null,
  message text not null,
  failed_at timestamptz not null default now()
);
--> statement-breakpoint
-- The text that Headway wrote into a row of the app, to tell when a stale copy replaced it.
create table headway.published_text (
  file_id text primary key,
  -- SHA-256 of the text.
  hash text not null,
  -- SHA-256 of the text that it replaced; null where there was none.
  replaced_hash text,
  -- The text, where the parts of the file do not add up to it.
  content text,
  -- `xmin` of the app's row when it was last known to hold the text.
  row_version text,
  published_at timestamptz not null default now()
);
--> statement-breakpoint
create index published_text_by_time on headway.published_text (published_at);
