-- Large sessions of which only the first jobs were put into the queue by the transaction that
-- started them. The rest follows at once; a row that is still here says that nobody came to it.
-- No foreign key: whoever forgets a session locks its jobs first, and who puts them in, this row.
create table headway.unqueued (session_id text primary key);
