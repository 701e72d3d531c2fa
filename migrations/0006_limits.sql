-- Bytes set aside for uploads under way, so that several at once cannot pass a person's limit.
create table headway.set_aside (
  id text primary key,
  user_id text not null,
  bytes bigint not null,
  expires_at timestamptz not null
);
--> statement-breakpoint
create index set_aside_by_user on headway.set_aside (user_id);
--> statement-breakpoint
-- Requests counted for all processes together; lost in a crash, which harms nobody.
create unlogged table headway.rate (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
