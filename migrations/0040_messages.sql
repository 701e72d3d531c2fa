-- Messages are codes with parameters; text is made of them where it is shown. What was written
-- before is kept as a text.
alter table headway.job alter column message drop default;
--> statement-breakpoint
alter table headway.job
  alter column message type jsonb
    using jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', message)),
  alter column message set default '{"code": "text", "params": {"text": ""}}',
  alter column error type jsonb using case when error is not null
    then jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', error)) end,
  alter column interrupted_by type jsonb using case when interrupted_by is not null
    then jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', interrupted_by)) end;
--> statement-breakpoint
alter table headway.session alter column message drop default;
--> statement-breakpoint
alter table headway.session
  alter column message type jsonb
    using jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', message)),
  alter column message set default '{"code": "text", "params": {"text": ""}}',
  alter column error type jsonb using case when error is not null
    then jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', error)) end,
  alter column hold type jsonb using case when hold is not null
    then jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', hold)) end;
--> statement-breakpoint
alter table headway.file_failure alter column message type jsonb
  using jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', message));
--> statement-breakpoint
alter table headway.operation alter column message drop default;
--> statement-breakpoint
alter table headway.operation
  alter column message type jsonb
    using jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', message)),
  alter column message
    set default '{"code": "service_queued", "params": {"service": "analysis"}}',
  alter column error type jsonb using case when error is not null
    then jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', error)) end;
--> statement-breakpoint
alter table headway.remote_service alter column error type jsonb using case when error is not null
  then jsonb_build_object('code', 'text', 'params', jsonb_build_object('text', error)) end;
--> statement-breakpoint
create or replace function headway.tell_session_end() returns trigger language plpgsql as $$
declare
  told_id constant uuid := gen_random_uuid();
  outcome constant text :=
    case new.status when 'completed' then 'completed' when 'cancelled' then 'cancelled' else 'failed' end;
  told_type constant text := case new.kind when 'job' then 'job.' else 'session.' end || outcome;
begin
  with wanted as (
    select w.id as webhook_id, null::text as mail_to from headway.webhook w
    where w.enabled and (w.events is null or told_type = any (w.events))
    union all
    -- Nobody waits for background work, or for what they cancelled themselves.
    select null, p.user_id from headway.preference p
    where p.user_id = new.user_id and p.mail and outcome <> 'cancelled'
      and new.kind <> 'background'
      and new.finished_at - new.queued_at >= make_interval(mins => p.mail_minutes)
  ), event as (
    insert into headway.event (id, type, data)
    select told_id, told_type, json_build_object(
      'session_id', new.id,
      'kind', case new.kind when 'job' then coalesce(
        (select j.kind from headway.job j where j.session_id = new.id and j.kind <> 'file' limit 1),
        'job') else new.kind end,
      'title',
        (select j.name from headway.job j where j.session_id = new.id and j.kind <> 'file' limit 1),
      'knowledge_id', new.knowledge_id,
      'user_id', new.user_id,
      'status', new.status,
      'attempt', new.attempt,
      'total_files', new.total_files,
      'processed_files', new.processed_files,
      'failed_files', new.failed_files,
      'message', new.message,
      'error', new.error,
      'queued_at', extract(epoch from new.queued_at),
      'finished_at', extract(epoch from new.finished_at))
    where exists (select 1 from wanted)
  )
  insert into headway.delivery (event_id, webhook_id, mail_to)
  select told_id, webhook_id, mail_to from wanted;
  if found then perform pg_notify('headway_telling', ''); end if;
  return null;
end $$;
