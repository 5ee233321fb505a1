-- Layout 2. A fork is an epoch's, and no longer stops the till: it goes on in another.
-- Where partitions lie on another server, run this there first: a foreign table takes a column on trust.
ALTER TABLE stream ADD COLUMN fork_at bigint;
UPDATE stream s SET fork_at = t.fork_at FROM terminal t
    WHERE t.terminal = s.terminal AND t.status = 'frozen';
UPDATE terminal SET status = 'active' WHERE status = 'frozen';
