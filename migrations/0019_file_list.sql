-- The files of each knowledge base in the orders in which people ask for them, so that a page costs
-- the same however many there are. What it says is derived from the app's tables, by triggers on
-- them: those are made where Headway made the tables, or where an operator says so
-- (`select headway.keep_file_list()`). Without them it is empty, and nobody reads it.
create table headway.listed_file (
  file_id text not null,
  knowledge_id text not null,
  -- Else it was only sent for it.
  linked boolean not null,
  filename text not null,
  created_at bigint not null,
  updated_at bigint not null,
  -- Bytes; null where nobody knows.
  size double precision,
  primary key (file_id, knowledge_id)
);
--> statement-breakpoint
create index listed_by_creation on headway.listed_file (knowledge_id, created_at, file_id);
--> statement-breakpoint
create index listed_by_update on headway.listed_file (knowledge_id, updated_at, file_id);
--> statement-breakpoint
create index listed_by_name on headway.listed_file (knowledge_id, left(filename, 200), file_id);
--> statement-breakpoint
create index listed_by_size on headway.listed_file (knowledge_id, size desc nulls last, file_id desc);
--> statement-breakpoint
create index listed_unlinked on headway.listed_file (knowledge_id) where not linked;
--> statement-breakpoint
-- How many there are, and how many of them are linked: the sum of what was added and taken away.
create table headway.listed_change (
  knowledge_id text not null,
  files bigint not null,
  linked bigint not null
);
--> statement-breakpoint
create index listed_change_of on headway.listed_change (knowledge_id);
--> statement-breakpoint
-- Whether a file failed is looked up by the file.
create index job_failed_file on headway.job (file_id) where status = 'error';
--> statement-breakpoint
-- Makes what is listed of these files what the app's tables say of them. Whoever calls it keeps
-- others from writing those rows meanwhile.
create function headway.derive_listed(ids text[]) returns void language sql
security definer set search_path from current as $$
  -- An escape that no text can hold anywhere in `meta` must not keep a file from being written.
  with readable as (
    select id, filename, created_at, updated_at, regexp_replace(meta::text,
      '\\u(0000|d[89a-f][0-9a-f]{2})', '\\u0020', 'gi')::json as meta
    from file where id = any (ids)
  ), known as (
    select id as file_id, meta #>> '{data,knowledge_id}' as sent_for, filename,
      coalesce(created_at, 0) as created_at, coalesce(updated_at, 0) as updated_at,
      case when json_typeof(meta -> 'size') = 'number' and meta ->> 'size' ~ '^-?\d{1,18}(\.\d+)?$'
        then (meta ->> 'size')::float8 end as size
    from readable
  ), link as (
    select file_id, knowledge_id from knowledge_file where file_id = any (ids)
  ), derived as (
    select k.file_id, link.knowledge_id, true as linked, k.filename, k.created_at, k.updated_at, k.size
    from known k join link on link.file_id = k.file_id
    union all
    select k.file_id, k.sent_for, false, k.filename, k.created_at, k.updated_at, k.size
    from known k left join link on link.file_id = k.file_id and link.knowledge_id = k.sent_for
    where k.sent_for is not null and link.file_id is null
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
-- Two transactions may change a file and its link at once, neither seeing what the other does: the
-- second waits here for the first, and then sees it. A few files, as every finished one is, have a
-- plan that is made once; for a hundred thousand that plan would be none.
create function headway.list_files(ids text[]) returns void language plpgsql
security definer set search_path from current set plan_cache_mode from current as $$
begin
  if ids is null then return; end if;
  perform set_config('plan_cache_mode', case when cardinality(ids) > 100
    then 'force_custom_plan' else 'force_generic_plan' end, true);
  perform 1 from file where id = any (ids) order by id for no key update;
  perform headway.derive_listed(ids);
end $$;
--> statement-breakpoint
create function headway.list_made_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  perform headway.list_files((select array_agg(id) from made));
  return null;
end $$;
--> statement-breakpoint
create function headway.list_changed_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  perform headway.list_files((select array_agg(distinct id) from (
    (select id, filename, created_at, updated_at, meta::text from made
      except select id, filename, created_at, updated_at, meta::text from gone)
    union all
    (select id, filename, created_at, updated_at, meta::text from gone
      except select id, filename, created_at, updated_at, meta::text from made)) changed));
  return null;
end $$;
--> statement-breakpoint
create function headway.list_gone_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  perform headway.list_files((select array_agg(id) from gone));
  return null;
end $$;
--> statement-breakpoint
create function headway.list_linked_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  perform headway.list_files((select array_agg(distinct file_id) from made));
  return null;
end $$;
--> statement-breakpoint
create function headway.list_relinked_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  perform headway.list_files((select array_agg(distinct file_id) from (
    select file_id from made union all select file_id from gone) changed));
  return null;
end $$;
--> statement-breakpoint
create function headway.list_unlinked_files() returns trigger language plpgsql
security definer set search_path from current as $$
begin
  perform headway.list_files((select array_agg(distinct file_id) from gone));
  return null;
end $$;
--> statement-breakpoint
create function headway.list_anew() returns trigger language plpgsql
security definer set search_path from current set plan_cache_mode = force_custom_plan as $$
begin
  delete from headway.listed_file;
  delete from headway.listed_change;
  perform headway.derive_listed((select array_agg(id) from file));
  return null;
end $$;
--> statement-breakpoint
-- Whether the list is kept: whoever drops a trigger, or its table, ends it.
create function headway.keeps_file_list() returns boolean language sql stable as $$
  select count(*) = 8 from pg_trigger
  where tgrelid in (to_regclass('file'), to_regclass('knowledge_file'))
    and tgname like 'headway\_listed\_%' and tgenabled in ('O', 'A')
$$;
--> statement-breakpoint
-- Stops keeping it, and leaves nothing on the app's tables.
create function headway.leave_file_list() returns void language plpgsql as $$
begin
  drop trigger if exists headway_listed_made on file;
  drop trigger if exists headway_listed_changed on file;
  drop trigger if exists headway_listed_gone on file;
  drop trigger if exists headway_listed_anew on file;
  drop trigger if exists headway_listed_made on knowledge_file;
  drop trigger if exists headway_listed_changed on knowledge_file;
  drop trigger if exists headway_listed_gone on knowledge_file;
  drop trigger if exists headway_listed_anew on knowledge_file;
  truncate headway.listed_file, headway.listed_change;
end $$;
--> statement-breakpoint
-- Keeps it from now on; where it is kept already, makes it anew.
create function headway.keep_file_list() returns void language plpgsql
set plan_cache_mode = force_custom_plan as $$
begin
  lock table file, knowledge_file in share row exclusive mode;
  perform headway.leave_file_list();
  create trigger headway_listed_made after insert on file referencing new table as made
    for each statement execute function headway.list_made_files();
  create trigger headway_listed_changed after update on file
    referencing old table as gone new table as made
    for each statement execute function headway.list_changed_files();
  create trigger headway_listed_gone after delete on file referencing old table as gone
    for each statement execute function headway.list_gone_files();
  create trigger headway_listed_anew after truncate on file
    for each statement execute function headway.list_anew();
  create trigger headway_listed_made after insert on knowledge_file referencing new table as made
    for each statement execute function headway.list_linked_files();
  create trigger headway_listed_changed after update on knowledge_file
    referencing old table as gone new table as made
    for each statement execute function headway.list_relinked_files();
  create trigger headway_listed_gone after delete on knowledge_file referencing old table as gone
    for each statement execute function headway.list_unlinked_files();
  create trigger headway_listed_anew after truncate on knowledge_file
    for each statement execute function headway.list_anew();
  perform headway.derive_listed((select array_agg(id) from file));
end $$;
--> statement-breakpoint
-- Tables that were made in the same transaction as Headway's schema are of its own making. Those
-- that were there before stay as they are.
do $$ begin
  if (select count(*) from pg_attribute a join pg_namespace n on n.xmin = a.xmin
      where n.nspname = 'headway' and a.attname = 'id'
        and a.attrelid in ('file'::regclass, 'knowledge_file'::regclass)) = 2 then
    perform headway.keep_file_list();
  end if;
end $$;
