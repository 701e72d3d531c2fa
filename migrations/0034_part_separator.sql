-- What stands between a part and the one before it in the text; null: a blank line, and in recordings
-- a line end.
alter table headway.part add column separator text;
