-- Remarks on what was not read in full or not reliably; null: none. A job keeps those of its file.
alter table headway.extraction add column notices jsonb;
alter table headway.job add column notices jsonb;
alter table headway.session add column noticed_files integer not null default 0;
