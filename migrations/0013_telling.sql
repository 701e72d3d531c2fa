-- Telling others of what has ended: where to, what, and what has come of it.
create table headway.webhook (
  id uuid primary key,
  url text not null,
  description text not null default '',
  -- The types it wants to hear of; null for all of them.
  events text[],
  secret text not null,
  -- Signs beside the new one until then.
  old_secret text,
  old_secret_until timestamptz,
  enabled boolean not null default true,
  -- Why it is off although nobody switched it off.
  disabled_reason text check (disabled_reason in ('gone')),
  -- It has asked to be left alone until then.
  not_before timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
--> statement-breakpoint
-- What happened, as it is told: the same words at every attempt.
create table headway.event (
  id uuid primary key,
  type text not null,
  data json not null,
  created_at timestamptz not null default now()
);
--> statement-breakpoint
-- One event for one receiver: an endpoint, or a person by mail.
create table headway.delivery (
  id uuid primary key default gen_random_uuid(),
  event_id uuid not null references headway.event (id) on delete cascade,
  webhook_id uuid references headway.webhook (id) on delete cascade,
  mail_to text,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempts int not null default 0,
  -- Attempts that failed since it was asked for: it can be asked for again.
  failures int not null default 0,
  failure text,
  detail text,
  response_status int,
  created_at timestamptz not null default now(),
  asked_at timestamptz not null default now(),
  next_at timestamptz not null default now(),
  lease uuid,
  leased_until timestamptz,
  ended_at timestamptz,
  check ((webhook_id is null) <> (mail_to is null)),
  unique (event_id, webhook_id)
);
--> statement-breakpoint
create index delivery_due on headway.delivery (webhook_id, next_at) where state = 'pending';
--> statement-breakpoint
create index delivery_of_webhook on headway.delivery (webhook_id, created_at desc, id);
--> statement-breakpoint
create index delivery_of_event on headway.delivery (event_id);
--> statement-breakpoint
create index event_by_age on headway.event (created_at);
--> statement-breakpoint
alter table headway.preference
  add column mail boolean not null default false,
  add column mail_minutes integer not null default 10,
  -- Of mails; null where the person has not said.
  add column language text;
--> statement-breakpoint
-- A trigger, so that whoever ends a session, by whatever way, has told of it in the same
-- transaction.
create function headway.tell_session_end() returns trigger language plpgsql as $$
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
      'message', left(new.message, 1000),
      'error', left(new.error, 1000),
      'queued_at', extract(epoch from new.queued_at),
      'finished_at', extract(epoch from new.finished_at))
    where exists (select 1 from wanted)
  )
  insert into headway.delivery (event_id, webhook_id, mail_to)
  select told_id, webhook_id, mail_to from wanted;
  if found then perform pg_notify('headway_telling', ''); end if;
  return null;
end $$;
--> statement-breakpoint
create trigger session_ended after update on headway.session
  for each row when (old.finished_at is null and new.finished_at is not null)
  execute function headway.tell_session_end();
