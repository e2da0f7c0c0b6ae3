//! Each class of failure of a database has its own name, and its own problem for the caller.

use madoguchi_kernel::{Problem, problem::Kind, value::BadCell};
use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

/// The code of the problem that a full disk is.
pub(crate) const STORAGE_FULL: &str = "storage_full";

/// What a database can fail with.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique or foreign key said no.
    #[error("conflicts with an existing row: {0}")]
    Conflict(String),
    /// PostgreSQL asks for the unit to be run again.
    #[error("the transaction must be run again")]
    Again,
    /// The commit that several units shared did not happen.
    #[error("the commit that this unit shared failed")]
    CommitFailed,
    /// The transaction could not be begun.
    #[error("the transaction could not begin: {0}")]
    BeginFailed(String),
    /// A statement failed and the unit went on as if it had not: PostgreSQL would keep nothing of it.
    #[error("the unit passed over a statement that failed")]
    Spoiled,
    /// Something other than the database was awaited inside a unit.
    #[error("a unit of work awaited something other than the database")]
    ForeignAwait,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The medium failed.
    #[error("reading or writing the database file failed: {0}")]
    Io(String),
    /// The file is not what we wrote.
    #[error("the database file is damaged: {0}")]
    Corrupt(String),
    /// The database is closing or cannot be reached.
    #[error("the database is away: {0}")]
    Away(String),
    /// A statement took longer than its limit.
    #[error("a statement took too long")]
    TimedOut,
    /// A row did not have the columns that its reader expects.
    #[error("column {column} of {statement}: {cause}")]
    Column {
        /// Name of the statement.
        statement: String,
        /// Number of the column, from 0.
        column: usize,
        /// What was wrong with it.
        cause: BadCell,
    },
    /// The statement itself is wrong.
    #[error("statement {0} failed: {1}")]
    Statement(String, String),
}

impl DbError {
    /// Names the failure of a SQLite statement.
    pub(super) fn sqlite(statement: &str, error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Statement(statement.to_owned(), error.to_string());
        };
        let message = message.clone().unwrap_or_default();
        match failure.code {
            ErrorCode::ConstraintViolation => Self::Conflict(message),
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::SystemIoFailure => Self::Io(message),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt(message),
            ErrorCode::CannotOpen | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Away(message),
            ErrorCode::OperationInterrupted => Self::TimedOut,
            _ => Self::Statement(statement.to_owned(), message),
        }
    }

    /// Names the failure of a PostgreSQL statement.
    pub(super) fn postgres(statement: &str, error: tokio_postgres::Error) -> Self {
        let Some(state) = error.code() else {
            let text = error.to_string();
            // The driver refused the statement before it was sent, or its answer after: no word of the server's.
            let ours = ["expected ", "error serializing", "error deserializing", "invalid column"];
            return match ours.iter().any(|start| text.starts_with(start)) {
                true => Self::Statement(statement.to_owned(), with_causes(&error)),
                false => Self::Away(with_causes(&error)),
            };
        };
        let message = error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned());
        match state {
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => Self::Again,
            &SqlState::DISK_FULL => Self::Full,
            &SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE => Self::TimedOut,
            &SqlState::IO_ERROR => Self::Io(message),
            &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => Self::Corrupt(message),
            state if state.code().starts_with("23") => Self::Conflict(message),
            state
                if state.code().starts_with("08")
                    || state.code().starts_with("57P")
                    || state.code().starts_with("53") =>
            {
                Self::Away(message)
            }
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Away(message),
            _ => Self::Statement(statement.to_owned(), message),
        }
    }
}

/// What an error says, and what caused it.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        let (kind, code) = match &error {
            DbError::Conflict(_) => (Kind::Conflict, "conflict"),
            DbError::Full => (Kind::Unavailable, STORAGE_FULL),
            DbError::Again | DbError::CommitFailed | DbError::BeginFailed(_) | DbError::Away(_) => {
                (Kind::Unavailable, "database_away")
            }
            DbError::TimedOut => (Kind::Unavailable, "too_slow"),
            DbError::Spoiled
            | DbError::ForeignAwait
            | DbError::Io(_)
            | DbError::Corrupt(_)
            | DbError::Column { .. }
            | DbError::Statement(..) => (Kind::Broken, "broken"),
        };
        Self::new(kind, code).because(error)
    }
}
