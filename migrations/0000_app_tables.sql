-- The existing app's tables, only where they are absent. They belong to the app: nothing here
-- alters or drops what was there, and no later migration may either.
create table if not exists "user" (
  id text primary key,
  name text not null,
  email text not null,
  role text not null default 'pending',
  profile_image_url text,
  settings json,
  created_at bigint not null,
  updated_at bigint
);
--> statement-breakpoint
create table if not exists "group" (
  id text primary key,
  user_id text,
  name text not null,
  description text,
  created_at bigint,
  updated_at bigint
);
--> statement-breakpoint
create table if not exists group_member (
  id text primary key,
  group_id text not null,
  user_id text not null,
  created_at bigint,
  updated_at bigint
);
--> statement-breakpoint
create table if not exists access_grant (
  id text primary key,
  resource_type text not null,
  resource_id text not null,
  principal_type text not null,
  principal_id text not null,
  permission text not null,
  created_at bigint not null
);
--> statement-breakpoint
create table if not exists knowledge (
  id text primary key,
  user_id text not null,
  name text not null,
  description text,
  meta json,
  created_at bigint not null,
  updated_at bigint
);
--> statement-breakpoint
create table if not exists file (
  id text primary key,
  user_id text not null,
  hash text,
  filename text not null,
  path text,
  data json,
  meta json,
  created_at bigint,
  updated_at bigint
);
--> statement-breakpoint
create table if not exists knowledge_file (
  id text primary key,
  knowledge_id text not null references knowledge (id) on delete cascade,
  file_id text not null references file (id) on delete cascade,
  directory_id text,
  user_id text not null,
  created_at bigint not null,
  updated_at bigint not null,
  unique (knowledge_id, file_id)
);
