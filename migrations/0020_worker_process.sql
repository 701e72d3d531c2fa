-- Which process of which machine a worker is, where that can be known: whoever shares the machine
-- sees that it has ended.
alter table headway.worker add column process text;
