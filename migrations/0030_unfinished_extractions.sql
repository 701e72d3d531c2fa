-- Reads that were broken off, looked for again and again by the reconciler.
create index extraction_unfinished on headway.extraction (updated_at) where not complete;
