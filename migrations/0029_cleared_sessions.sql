-- A cleared session is hidden from people; its jobs stay for the operators' figures and the failed
-- list until the history's retention ends. See `jobs` and `sessions` in docs/operations.md.
alter table headway.session add column cleared_at timestamptz;
--> statement-breakpoint
drop index headway.session_ended_of;
--> statement-breakpoint
drop index headway.session_ended_in;
--> statement-breakpoint
-- Pages and counts of ended sessions, from the index alone.
create index session_ended_of on headway.session (user_id, created_at desc, id)
  where finished_at is not null and cleared_at is null;
--> statement-breakpoint
create index session_ended_in on headway.session (knowledge_id, created_at desc, id)
  include (user_id) where finished_at is not null and cleared_at is null;
