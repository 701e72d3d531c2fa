-- The words of a passage are made by Headway: PostgreSQL's parser takes scripts without spaces,
-- addresses and codes for one word each. What is there is kept, found as before, and made again in
-- the background.
alter table headway.passage alter column words drop expression;
--> statement-breakpoint
alter table headway.passage add column words_version smallint not null default 0;
--> statement-breakpoint
create index passage_outdated on headway.passage (file_id, part_index, ordinal)
  where words_version < 1;
