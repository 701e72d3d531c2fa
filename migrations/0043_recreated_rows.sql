-- `created_at` of the app's row that the text was published for: another row may get the same id.
-- Null: not known.
alter table headway.published_text add column row_created_at bigint;
--> statement-breakpoint
update headway.published_text p set row_created_at = f.created_at
from file f where f.id = p.file_id;
