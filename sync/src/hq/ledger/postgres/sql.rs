//! The statements of taking a batch, prepared once per connection; `benches/backlog.sh` gives the same
//! to pgbench.
//!
//! Not here: the order they run in (`postgres`).

/// Locks the till and says how it stands.
pub(super) const SEEN: &str =
    "UPDATE terminal SET seen_ms = $2, changed_ms = greatest(changed_ms, $2)
     WHERE terminal = $1 RETURNING status";

pub(super) const MARK: &str =
    "SELECT mark, hash, fork_at FROM stream WHERE terminal = $1 AND epoch = $2";

/// Hashes of a range, both ends included.
pub(super) const HASHES: &str =
    "SELECT seq, hash FROM ledger WHERE terminal = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4";

/// The events behind number `$3`, in one statement.
pub(super) const APPEND: &str =
    "INSERT INTO ledger (terminal, epoch, seq, received_ms, hash, sealed)
     SELECT $1, $2, $3::bigint + n, $4, h, s
     FROM unnest($5::bytea[], $6::bytea[]) WITH ORDINALITY AS u (h, s, n) ON CONFLICT DO NOTHING";

pub(super) const BEGIN: &str = "INSERT INTO stream (terminal, epoch, mark, hash, begun_ms)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

pub(super) const MOVED: &str =
    "UPDATE stream SET mark = $3, hash = $4 WHERE terminal = $1 AND epoch = $2";

pub(super) const FORKED: &str =
    "WITH forked AS (UPDATE stream SET fork_at = $3 WHERE terminal = $1 AND epoch = $2)
     UPDATE terminal SET fork_at = $3 WHERE terminal = $1";

pub(super) const TERMINAL: &str =
    "SELECT terminal, store, signing, sealing_id, sealing, status, fork_at FROM terminal
     WHERE terminal = $1";

pub(super) const QUARANTINE: &str =
    "INSERT INTO quarantine (terminal, digest, reason, body, received_ms)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

pub(super) const BEHIND: &str = "SELECT seq, hash, sealed, received_ms FROM ledger
     WHERE terminal = $1 AND epoch = $2 AND seq >= $3 ORDER BY seq LIMIT $4";

pub(super) const CHANGED: &str =
    "SELECT terminal, store, signing, sealing_id, sealing, status, fork_at, store_name, till,
            software, enrolled_ms, seen_ms, gap
     FROM terminal WHERE changed_ms >= $1 ORDER BY enrolled_ms, terminal";

pub(super) const STREAMS: &str =
    "SELECT epoch, mark, hash FROM stream WHERE terminal = $1 ORDER BY begun_ms, epoch";

/// The batches of a till that were set aside since a fork.
pub(super) const ASIDE: &str =
    "SELECT body, received_ms FROM quarantine WHERE terminal = $1 AND reason = 'fork'
     ORDER BY received_ms, digest";

pub(super) const NEWEST_ASIDE: &str = "SELECT body FROM quarantine
     WHERE terminal = $1 AND reason = 'fork' ORDER BY received_ms DESC, digest";

/// What a till was told we hold is missing: the desk has to begin a new life.
pub(super) const GAP: &str = "UPDATE terminal SET gap = true WHERE terminal = $1";
