-- The role of whoever asked for a job, where it came with the request and is not in the app's table
-- "user": a worker asks for their rights again when it runs the job.
alter table headway.session add column user_role text;
update headway.session set user_role = 'admin'
where user_id = 'local' and kind = 'job' and finished_at is null;
