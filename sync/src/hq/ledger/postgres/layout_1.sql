-- Layout 1. Every key begins with the terminal and every table is spread by it, so that whatever
-- distributes by terminal (hash partitions on several servers, Citus) finds all of a till in one place.
-- No foreign keys: what they would guard, the terminal's row lock guards.

CREATE TABLE terminal (
    terminal    uuid     NOT NULL,
    store       uuid     NOT NULL,
    store_name  text     NOT NULL,
    till        text     NOT NULL,
    signing     bytea    NOT NULL,
    sealing_id  bigint   NOT NULL,
    sealing     bytea    NOT NULL,
    software    text     NOT NULL,
    status      text     NOT NULL CHECK (status IN ('active', 'revoked', 'frozen')),
    fork_at     bigint,
    gap         boolean  NOT NULL DEFAULT false,
    enrolled_ms bigint   NOT NULL,
    seen_ms     bigint,
    changed_ms  bigint   NOT NULL,
    PRIMARY KEY (terminal)
) PARTITION BY HASH (terminal);
CREATE INDEX terminal_by_change ON terminal (changed_ms);

-- A code names its till's number beforehand, so that it lies where the till will lie.
CREATE TABLE enrol_code (
    terminal   uuid   NOT NULL,
    token_hash bytea  NOT NULL,
    store      uuid   NOT NULL,
    store_name text   NOT NULL,
    expires_ms bigint NOT NULL,
    PRIMARY KEY (terminal, token_hash)
) PARTITION BY HASH (terminal);
CREATE INDEX enrol_code_by_token ON enrol_code (token_hash);

CREATE TABLE stream (
    terminal uuid   NOT NULL,
    epoch    uuid   NOT NULL,
    mark     bigint NOT NULL,
    hash     bytea  NOT NULL,
    begun_ms bigint NOT NULL,
    PRIMARY KEY (terminal, epoch)
) PARTITION BY HASH (terminal);

-- `sealed` may be destroyed; `hash` stays, so that the chain can still be checked.
CREATE TABLE ledger (
    terminal    uuid   NOT NULL,
    epoch       uuid   NOT NULL,
    seq         bigint NOT NULL,
    received_ms bigint NOT NULL,
    hash        bytea  NOT NULL,
    sealed      bytea,
    PRIMARY KEY (terminal, epoch, seq)
) PARTITION BY HASH (terminal);
-- Sealed bytes do not compress.
ALTER TABLE ledger ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE quarantine (
    terminal    uuid   NOT NULL,
    digest      bytea  NOT NULL,
    reason      text   NOT NULL,
    body        bytea  NOT NULL,
    received_ms bigint NOT NULL,
    PRIMARY KEY (terminal, digest)
) PARTITION BY HASH (terminal);
