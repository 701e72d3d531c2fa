-- Whoever keeps statuses in memory hears of every change of a session or of its jobs, whatever
-- process or statement made it. An empty text says that too much has changed to name it. Within a
-- transaction PostgreSQL sends the same text once.
create function headway.tell_news(ids text[]) returns void language sql as $$
  select pg_notify('headway_progress', id) from (
    select distinct case when cardinality(ids) > 100 or octet_length(each) > 7900 then '' else each end
      as id
    from unnest(ids) as each) as told
$$;
--> statement-breakpoint
create function headway.tell_session() returns trigger language plpgsql as $$
begin
  perform headway.tell_news((select array_agg(id) from changed));
  return null;
end $$;
--> statement-breakpoint
create function headway.tell_job() returns trigger language plpgsql as $$
begin
  perform headway.tell_news((select array_agg(distinct session_id) from changed));
  return null;
end $$;
--> statement-breakpoint
create trigger session_made after insert on headway.session
  referencing new table as changed for each statement execute function headway.tell_session();
--> statement-breakpoint
create trigger session_changed after update on headway.session
  referencing new table as changed for each statement execute function headway.tell_session();
--> statement-breakpoint
create trigger session_removed after delete on headway.session
  referencing old table as changed for each statement execute function headway.tell_session();
--> statement-breakpoint
create trigger job_made after insert on headway.job
  referencing new table as changed for each statement execute function headway.tell_job();
--> statement-breakpoint
create trigger job_changed after update on headway.job
  referencing new table as changed for each statement execute function headway.tell_job();
