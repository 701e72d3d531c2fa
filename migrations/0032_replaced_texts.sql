-- SHA-256 of the texts that the published one replaced, the latest first.
alter table headway.published_text
  add column replaced_hashes text[] not null default '{}',
  -- A person wrote the text; it was not read from the bytes.
  add column edited boolean not null default false;
--> statement-breakpoint
update headway.published_text p set replaced_hashes = array_remove(array[replaced_hash], null),
  edited = content is not null and exists (
    select 1 from headway.extraction e where e.file_id = p.file_id and e.processor = 'edited');
--> statement-breakpoint
alter table headway.published_text drop column replaced_hash;
--> statement-breakpoint
-- Files that wait: the text of now counts as the one at their request.
update headway.job j
set checkpoint = jsonb_build_object('text_hash', encode(sha256(convert_to(held.text, 'UTF8')), 'hex'))
from file f cross join lateral (
  select headway.readable_object(f.data) ->> 'content' as text offset 0) held
where f.id = j.file_id and j.kind = 'file' and j.started_at is null and j.finished_at is null
  and held.text ~ '[^[:space:]]';
