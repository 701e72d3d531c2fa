-- How far a job was when its attempts began to count: a job whose workers die on it is given up only
-- where it stands still.
alter table headway.job add column budget_progress double precision not null default 0;
