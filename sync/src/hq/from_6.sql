-- From layout 6 to 7.
BEGIN;

-- Of several tills' words on the same the one said last stands, not that of the till known last. When the
-- words of before were said is in their seals; when they came is near enough.
ALTER TABLE consent ADD COLUMN said_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fact ADD COLUMN said_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE referral ADD COLUMN said_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merge ADD COLUMN said_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN said_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE remark ADD COLUMN said_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN named_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN said_ms INTEGER NOT NULL DEFAULT 0;

-- Nobody's figures or messages change with when she told.
DROP TRIGGER customer_changed;
DROP TRIGGER fact_changed;
-- What was counted of a branch has no row in the ledger: it came with what is set aside.
UPDATE consent SET said_ms = coalesce(
    (SELECT received_ms FROM ledger l WHERE (l.stream, l.seq) = (consent.stream, consent.seq)),
    (SELECT max(q.received_ms) FROM quarantine q JOIN stream s ON s.terminal = q.terminal
     WHERE s.id = consent.stream), 1) WHERE stream > 0;
UPDATE fact SET said_ms = coalesce(
    (SELECT received_ms FROM ledger l WHERE (l.stream, l.seq) = (fact.stream, fact.seq)),
    (SELECT max(q.received_ms) FROM quarantine q JOIN stream s ON s.terminal = q.terminal
     WHERE s.id = fact.stream), 1) WHERE stream > 0;
UPDATE referral SET said_ms = coalesce(
    (SELECT received_ms FROM ledger l WHERE (l.stream, l.seq) = (referral.stream, referral.seq)),
    (SELECT max(q.received_ms) FROM quarantine q JOIN stream s ON s.terminal = q.terminal
     WHERE s.id = referral.stream), 1) WHERE stream > 0;
UPDATE merge SET said_ms = coalesce(
    (SELECT received_ms FROM ledger l WHERE (l.stream, l.seq) = (merge.stream, merge.seq)),
    (SELECT max(q.received_ms) FROM quarantine q JOIN stream s ON s.terminal = q.terminal
     WHERE s.id = merge.stream), 1) WHERE stream > 0;
UPDATE staff SET said_ms = coalesce(
    (SELECT received_ms FROM ledger l WHERE (l.stream, l.seq) = (staff.stream, staff.seq)),
    (SELECT max(q.received_ms) FROM quarantine q JOIN stream s ON s.terminal = q.terminal
     WHERE s.id = staff.stream), 1) WHERE stream > 0;
UPDATE remark SET said_ms = coalesce(
    (SELECT received_ms FROM ledger l WHERE (l.stream, l.seq) = (remark.stream, remark.seq)),
    (SELECT max(q.received_ms) FROM quarantine q JOIN stream s ON s.terminal = q.terminal
     WHERE s.id = remark.stream), 1) WHERE stream > 0;
UPDATE customer SET named_ms = coalesce(
    (SELECT received_ms FROM ledger l WHERE (l.stream, l.seq) = (customer.named_stream, customer.named_seq)),
    (SELECT max(q.received_ms) FROM quarantine q JOIN stream s ON s.terminal = q.terminal
     WHERE s.id = customer.named_stream), 1) WHERE named_stream > 0;
UPDATE stream SET said_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (stream.id, stream.folded)), 0);
CREATE TRIGGER customer_changed AFTER UPDATE ON customer BEGIN
    INSERT INTO due_person VALUES (NEW.id) ON CONFLICT DO NOTHING;
    INSERT INTO due_person SELECT OLD.root WHERE OLD.root IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO due_person SELECT NEW.root WHERE NEW.root IS NOT NULL ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER fact_changed AFTER UPDATE ON fact BEGIN
    INSERT INTO due_person VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
-- Tills get a snapshot: of who had words from several tills another one may stand.
UPDATE hq SET epoch = randomblob(16);

-- What she asked or wished for is looked up for each person of a night.
CREATE INDEX feedback_by_customer ON feedback (customer) WHERE customer IS NOT NULL;

PRAGMA user_version = 7;
COMMIT;
