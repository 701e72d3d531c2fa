-- Reading the host's rows. Its JSON columns are `json` or `jsonb` and hold anything: SQL NULL, JSON
-- null, lists, escapes that no text can hold (`\u0000`, half a surrogate pair), numbers that no
-- `numeric` can hold, texts of many megabytes. None of these functions fails. Their cost is set low:
-- the default of 100 has a scan of some thousand rows compiled just in time, which takes longer.
--
-- Removes such escapes, and shortens such numbers. A pattern reads from left to right, so that an
-- escaped backslash, a whole pair and a string are passed over.
create function headway.repaired(value text) returns text
language sql immutable parallel safe as $$
  select regexp_replace(regexp_replace(value,
    '(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})',
    '\1', 'g'),
    '("(?:[^"\\]|\\.)*")|(-?[0-9]+(?:\.[0-9]+)?)[eE][-+]?[0-9]{4,}|(-?[0-9])[0-9.]{250,}',
    '\1\2\3', 'g')
$$;
--> statement-breakpoint
-- The value as `jsonb`; null for what cannot be one even when repaired. PostgreSQL 16 and later can
-- ask whether a text is valid. Before, an exception would have to be caught, which a parallel plan
-- does not allow; a pattern finds what may be wrong.
create function headway.readable(value json) returns jsonb
language plpgsql immutable parallel safe cost 10 as $$
declare
  given text := value::text;
begin
  if current_setting('server_version_num')::int < 160000 then
    if given ~ '\\u|[:,[\s]-?[0-9][0-9.]*[eE][-+]?[0-9]{4}|[0-9]{250}' then
      given := headway.repaired(given);
    end if;
    return given::jsonb;
  end if;
  if pg_input_is_valid(given, 'jsonb') then return given::jsonb; end if;
  given := headway.repaired(given);
  if pg_input_is_valid(given, 'jsonb') then return given::jsonb; end if;
  return null;
end $$;
--> statement-breakpoint
create function headway.readable(value jsonb) returns jsonb
language sql immutable parallel safe as $$ select value $$;
--> statement-breakpoint
-- The value where it is an object, else an empty one.
create function headway.readable_object(value json) returns jsonb
language plpgsql immutable parallel safe cost 10 as $$
declare
  given jsonb := headway.readable(value);
begin
  if jsonb_typeof(given) = 'object' then return given; end if;
  return '{}';
end $$;
--> statement-breakpoint
create function headway.readable_object(value jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case when jsonb_typeof(value) = 'object' then value else '{}'::jsonb end
$$;
--> statement-breakpoint
-- A string, or the first string of a list.
create function headway.first_text(value jsonb) returns text
language sql immutable parallel safe as $$
  select case jsonb_typeof(value) when 'string' then value #>> '{}'
    when 'array' then jsonb_path_query_first(value, '$[*] ? (@.type() == "string")') #>> '{}' end
$$;
--> statement-breakpoint
-- A number of bytes that a browser can hold.
create function headway.byte_count(value jsonb) returns double precision
language plpgsql immutable parallel safe cost 10 as $$
begin
  if jsonb_typeof(value) = 'number' and (value #>> '{}')::numeric between 0 and 9007199254740991 then
    return (value #>> '{}')::float8;
  end if;
  return null;
end $$;
--> statement-breakpoint
-- The status that `file.data` stands for. Text without a status was written by a host that knew
-- none, and is complete. So is what cannot be read at all: it may be text.
create function headway.status_of(data jsonb) returns text
language plpgsql immutable parallel safe cost 10 as $$
declare
  status text := headway.first_text(data -> 'status');
begin
  if status in ('pending', 'processing', 'completed', 'failed') then return status; end if;
  if data is null or coalesce(data ->> 'content', '') = '' then return 'pending'; end if;
  return 'completed';
end $$;
--> statement-breakpoint
-- Beside a text of megabytes the status is looked for at both ends, where the host writes it, before
-- all is parsed. An unescaped quotation mark there cannot be part of the text.
create function headway.status_of(data json) returns text
language plpgsql immutable parallel safe cost 10 as $$
declare
  given text;
  found text;
  parsed jsonb;
begin
  if data is null then return 'pending'; end if;
  if pg_column_size(data) > 2000 then
    given := data::text;
    found := coalesce(
      substring(left(given, 100) from '^\s*\{\s*"status"\s*:\s*"([a-z]+)"\s*[,}]'),
      substring(right(given, 100) from '",\s*"status"\s*:\s*"([a-z]+)"\s*\}\s*$'));
    if found in ('pending', 'processing', 'completed', 'failed') then return found; end if;
  end if;
  parsed := headway.readable(data);
  if parsed is null then return 'completed'; end if;
  return headway.status_of(parsed);
end $$;
--> statement-breakpoint
-- The state of files with a long text, for one version of their row: read once, not at every poll.
create table headway.known_state (
  file_id text primary key,
  row_xmin xid not null,
  row_ctid tid not null,
  status text not null,
  error text,
  error_code text
);
--> statement-breakpoint
-- Files that a knowledge base has or had: linked to it once, completed for it, or taken out. What
-- `meta.data.knowledge_id` names for a file on its way there means nothing from then on.
create table headway.delivered_file (
  file_id text not null,
  knowledge_id text not null,
  primary key (file_id, knowledge_id)
);
--> statement-breakpoint
insert into headway.delivered_file
select f.id, read.sent_for from file f
cross join lateral (
  select headway.readable(f.meta) #>> '{data,knowledge_id}' as sent_for offset 0) read
where read.sent_for is not null and exists (
  select 1 from headway.job j where j.file_id = f.id and j.status = 'completed');
--> statement-breakpoint
-- Whether completion links the file to the session's knowledge base. False for a file that was linked
-- when the job was made, or was taken out since: a later attempt does not put it back.
alter table headway.job add column joins boolean not null default true;
--> statement-breakpoint
create or replace function headway.derive_listed(ids text[]) returns void language sql
security definer set search_path from current as $$
  with known as (
    select f.id as file_id, read.meta #>> '{data,knowledge_id}' as sent_for, f.filename,
      coalesce(f.created_at, 0) as created_at, coalesce(f.updated_at, 0) as updated_at,
      headway.byte_count(read.meta -> 'size') as size
    from file f cross join lateral (select headway.readable(f.meta) as meta offset 0) read
    where f.id = any (ids)
  ), link as (
    select file_id, knowledge_id from knowledge_file where file_id = any (ids)
  ), derived as (
    select k.file_id, link.knowledge_id, true as linked, k.filename, k.created_at, k.updated_at, k.size
    from known k join link on link.file_id = k.file_id
    union all
    select k.file_id, k.sent_for, false, k.filename, k.created_at, k.updated_at, k.size
    from known k left join link on link.file_id = k.file_id and link.knowledge_id = k.sent_for
    where k.sent_for is not null and link.file_id is null
      and not exists (select 1 from headway.delivered_file d
        where d.file_id = k.file_id and d.knowledge_id = k.sent_for)
      and (select headway.status_of(f.data) from file f where f.id = k.file_id) <> 'completed'
  ), before as (
    select file_id, knowledge_id, linked from headway.listed_file where file_id = any (ids)
  ), gone as (
    delete from headway.listed_file l using before b
    where l.file_id = b.file_id and l.knowledge_id = b.knowledge_id and not exists (
      select 1 from derived d where d.file_id = b.file_id and d.knowledge_id = b.knowledge_id)
  ), written as (
    insert into headway.listed_file as l
      (file_id, knowledge_id, linked, filename, created_at, updated_at, size)
    select * from derived
    on conflict (file_id, knowledge_id) do update set
      (linked, filename, created_at, updated_at, size) =
        (excluded.linked, excluded.filename, excluded.created_at, excluded.updated_at, excluded.size)
      where (l.linked, l.filename, l.created_at, l.updated_at, l.size) is distinct from
        (excluded.linked, excluded.filename, excluded.created_at, excluded.updated_at, excluded.size)
  )
  insert into headway.listed_change (knowledge_id, files, linked)
  select knowledge_id, sum(files), sum(linked) from (
    select knowledge_id, 1 as files, linked::int as linked from derived
    union all select knowledge_id, -1, -linked::int from before
  ) change group by 1 having sum(files) <> 0 or sum(linked) <> 0
$$;
--> statement-breakpoint
-- Completion changes the `hash` or the length of `data`: its text need not be compared.
create or replace function headway.list_changed_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  perform headway.list_files((select array_agg(distinct id) from (
    (select id, hash, pg_column_size(data), filename, created_at, updated_at, meta::text from made
      except select id, hash, pg_column_size(data), filename, created_at, updated_at, meta::text from gone)
    union all
    (select id, hash, pg_column_size(data), filename, created_at, updated_at, meta::text from gone
      except select id, hash, pg_column_size(data), filename, created_at, updated_at, meta::text from made)) changed));
  return null;
end $$;
--> statement-breakpoint
-- A file that was linked and is not any more was delivered.
create or replace function headway.list_relinked_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  insert into headway.delivered_file
    select g.file_id, g.knowledge_id from gone g join file f on f.id = g.file_id
    on conflict do nothing;
  perform headway.list_files((select array_agg(distinct file_id) from (
    select file_id from made union all select file_id from gone) changed));
  return null;
end $$;
--> statement-breakpoint
create or replace function headway.list_unlinked_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  insert into headway.delivered_file
    select g.file_id, g.knowledge_id from gone g join file f on f.id = g.file_id
    on conflict do nothing;
  perform headway.list_files((select array_agg(distinct file_id) from gone));
  return null;
end $$;
--> statement-breakpoint
do $$ begin
  if headway.keeps_file_list() then perform headway.keep_file_list(); end if;
end $$;
