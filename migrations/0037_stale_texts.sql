-- The latest `updated_at` of the app's row up to the publication: a stale copy of it has no later one.
-- Null: not known, as of earlier releases.
alter table headway.published_text add column row_updated_at bigint;
--> statement-breakpoint
-- Replaced texts of a file of which no published one is known, since the app wrote a newer one.
create table headway.stale_text (
  file_id text primary key,
  -- SHA-256 of the texts, the latest first.
  hashes text[] not null,
  row_updated_at bigint
);
--> statement-breakpoint
-- The space between the parts of texts that were edited, each of which is a piece of the text.
do $$
declare
  edited record;
  piece record;
  rest text;
  place integer;
begin
  for edited in
    select p.file_id, p.content from headway.published_text p
    join headway.extraction e on e.file_id = p.file_id and e.processor = 'edited'
    where p.edited and p.content is not null
  loop
    rest := edited.content;
    place := 0;
    for piece in
      select index, text from headway.part where file_id = edited.file_id order by index
    loop
      place := strpos(rest, piece.text);
      exit when place = 0;
      update headway.part set separator = left(rest, place - 1)
      where file_id = edited.file_id and index = piece.index;
      rest := substr(rest, place + length(piece.text));
    end loop;
    if place > 0 then
      update headway.part p set text = p.text || rest
      where p.file_id = edited.file_id and rest <> ''
        and p.index = (select max(index) from headway.part where file_id = edited.file_id);
    end if;
  end loop;
end $$;
