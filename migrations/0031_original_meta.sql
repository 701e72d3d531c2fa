-- What the app has in `knowledge.meta`, to the letter, while progress stands there; null: SQL NULL.
create table headway.original_meta (
  knowledge_id text primary key,
  meta text
);
