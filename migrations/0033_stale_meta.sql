-- `xmin` of the app's row when its meta was last known to be right; null: not looked at yet.
alter table headway.original_meta add column row_version text;
--> statement-breakpoint
-- Since when no progress is in meta; null: some is. The app may still write a copy of it.
alter table headway.original_meta add column ended_at timestamptz;
--> statement-breakpoint
-- Sessions that meta names, whatever the history of the knowledge base.
create index session_published on headway.session (knowledge_id) where published;
