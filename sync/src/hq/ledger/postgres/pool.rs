//! Connections to PostgreSQL, with what each has prepared.
//!
//! # Invariants
//!
//! - A connection that failed is dropped, never used again.
//! - A commit is on the server's disk before it returns, whatever the server's own default is.
//!
//! Not here: how many at once; whoever calls limits itself (`web`).

use super::tls::Connector;
use super::{LedgerError, sql};
use ::postgres::error::SqlState;
use ::postgres::{Client, Config, NoTls, Statement};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Attempts at a transaction that another one got in the way of.
const ATTEMPTS: u32 = 8;
const SETTINGS: &str = "SET synchronous_commit = on; SET lock_timeout = '20s';
                        SET statement_timeout = '50s'; SET idle_in_transaction_session_timeout = '60s'";

/// Idle connections, and how to make more.
pub(super) struct Pool {
    config: Config,
    connector: Connector,
    idle: Mutex<Vec<Connection>>,
}

/// One connection.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) seen: Statement,
    pub(super) mark: Statement,
    pub(super) hashes: Statement,
    pub(super) append: Statement,
    pub(super) begin: Statement,
    pub(super) moved: Statement,
    pub(super) terminal: Statement,
}

impl Pool {
    /// Nothing is connected before it is needed.
    pub(super) fn new(mut config: Config, connector: Connector) -> Self {
        config.application_name("huitou-hq").connect_timeout(Duration::from_secs(10));
        Self { config, connector, idle: Mutex::default() }
    }

    /// Runs a transaction; again if another one got in its way, or the server was restarted.
    pub(super) fn run<T>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        for _ in 0..ATTEMPTS {
            let mut connection = self.connection()?;
            match work(&mut connection) {
                Err(error) if passes(&error) => {}
                result => {
                    if !connection.client.is_closed() {
                        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                    }
                    return result;
                }
            }
        }
        Err(LedgerError::Busy)
    }

    fn connection(&self) -> Result<Connection, LedgerError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Ok(Connection::prepare(self.client()?)?), Ok)
    }

    /// A connection of its own, nothing prepared.
    pub(super) fn client(&self) -> Result<Client, LedgerError> {
        let mut client = match &self.connector {
            Some(tls) => self.config.connect(tls.clone())?,
            None => self.config.connect(NoTls)?,
        };
        client.batch_execute(SETTINGS)?;
        Ok(client)
    }
}

impl Connection {
    fn prepare(mut client: Client) -> Result<Self, ::postgres::Error> {
        Ok(Self {
            seen: client.prepare(sql::SEEN)?,
            mark: client.prepare(sql::MARK)?,
            hashes: client.prepare(sql::HASHES)?,
            append: client.prepare(sql::APPEND)?,
            begin: client.prepare(sql::BEGIN)?,
            moved: client.prepare(sql::MOVED)?,
            terminal: client.prepare(sql::TERMINAL)?,
            client,
        })
    }
}

/// Whether the same again may succeed: a batch that was taken after all is answered with its mark.
fn passes(error: &LedgerError) -> bool {
    let LedgerError::Postgres(error) = error else { return false };
    let state = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    error.is_closed() || error.code().is_some_and(|code| state.contains(code))
}
