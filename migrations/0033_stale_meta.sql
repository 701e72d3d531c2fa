-- `xmin` of the app's row when its meta was last known to be right; null: not looked at yet.
alter table headway.original_meta add column row_version text;
--> statement-breakpoint
-- Since when no progress is in meta; null: some is. The app may still write a copy of it.
alter table headway.original_meta add column ended_at timestamptz;
--> statement-breakpoint
-- Sessions that meta names, whatever the history of the knowledge base.
create index session_published on headway.session (knowledge_id) where published;
--> statement-breakpoint
-- The triggers run in the app's sessions: what their functions mean does not depend on these.
do $$
declare name text;
begin
  foreach name in array array['made', 'changed', 'gone', 'linked', 'relinked', 'unlinked'] loop
    execute format('alter function headway.list_%s_files() set standard_conforming_strings = on', name);
  end loop;
end $$;
--> statement-breakpoint
alter function headway.list_anew() set standard_conforming_strings = on;
