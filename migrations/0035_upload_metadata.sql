-- `Upload-Metadata` as it was given: `HEAD` says it again (tus 1.0, creation).
alter table headway.upload add column metadata text;
