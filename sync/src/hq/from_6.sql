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
UPDATE consent SET said_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (consent.stream, consent.seq)), 1) WHERE stream > 0;
UPDATE fact SET said_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (fact.stream, fact.seq)), 1) WHERE stream > 0;
UPDATE referral SET said_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (referral.stream, referral.seq)), 1) WHERE stream > 0;
UPDATE merge SET said_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (merge.stream, merge.seq)), 1) WHERE stream > 0;
UPDATE staff SET said_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (staff.stream, staff.seq)), 1) WHERE stream > 0;
UPDATE remark SET said_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (remark.stream, remark.seq)), 1) WHERE stream > 0;
UPDATE customer SET named_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (customer.named_stream, customer.named_seq)), 1) WHERE named_stream > 0;
UPDATE stream SET said_ms = coalesce((SELECT received_ms FROM ledger l
    WHERE (l.stream, l.seq) = (stream.id, stream.folded)), 0);

-- What she asked or wished for is looked up for each person of a night.
CREATE INDEX feedback_by_customer ON feedback (customer) WHERE customer IS NOT NULL;

PRAGMA user_version = 7;
COMMIT;
