//! Rows: how either engine's columns become values, and values become parameters.

use madoguchi_kernel::{Cell, Column, Param, Value, value::BadCell};
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut};

use super::error::DbError;

/// Parameters `$1`, `$2` … in order.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$(&$value as &dyn ::madoguchi_kernel::Param),*] as &[&dyn ::madoguchi_kernel::Param] };
}

/// Declares a struct that is read from the columns of a row, in order.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }
        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::db::Row<'_>) -> ::std::result::Result<Self, $crate::db::DbError> {
                let mut columns = 0..;
                $(let $field: $type = row.get(columns.next().expect("endless"))?;)*
                Ok(Self { $($field),* })
            }
        }
    };
}

/// A row as it comes from either engine.
pub struct Row<'a> {
    pub(super) statement: &'a str,
    pub(super) columns: Columns<'a>,
}

pub(super) enum Columns<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The column of this number, from 0.
    pub fn get<T: Column>(&self, column: usize) -> Result<T, DbError> {
        let bad = |cause| DbError::Column { statement: self.statement.to_owned(), column, cause };
        let missing = |error: &dyn std::fmt::Display| bad(BadCell { expected: "a column", found: error.to_string() });
        let cell = match self.columns {
            Columns::Sqlite(row) => match row.get_ref(column).map_err(|e| missing(&e))? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Int(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(text) => Cell::Text(std::str::from_utf8(text).map_err(|e| missing(&e))?),
                ValueRef::Blob(bytes) => Cell::Blob(bytes),
            },
            Columns::Postgres(row) => row.try_get::<_, PgCell<'_>>(column).map_err(|e| missing(&e))?.0,
        };
        T::read(cell).map_err(bad)
    }
}

/// What can be read from a row.
pub trait FromRow: Sized {
    /// Reads it.
    fn from_row(row: &Row<'_>) -> Result<Self, DbError>;
}
impl FromRow for () {
    fn from_row(_: &Row<'_>) -> Result<Self, DbError> {
        Ok(())
    }
}
impl<A: Column> FromRow for (A,) {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok((row.get(0)?,))
    }
}
impl<A: Column, B: Column> FromRow for (A, B) {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok((row.get(0)?, row.get(1)?))
    }
}
impl<A: Column, B: Column, C: Column> FromRow for (A, B, C) {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    }
}
impl<A: Column, B: Column, C: Column, D: Column> FromRow for (A, B, C, D) {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    }
}

pub(super) fn bind(statement: &mut rusqlite::Statement<'_>, params: &[&dyn Param]) -> Result<(), rusqlite::Error> {
    for number in 1..=statement.parameter_count() {
        let value = params.get(number - 1).expect("a parameter for each number").value();
        statement.raw_bind_parameter(number, SqliteParam(value))?;
    }
    Ok(())
}

struct SqliteParam<'a>(Value<'a>);

impl rusqlite::ToSql for SqliteParam<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match &self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Real(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::Ids(ids) => ToSqlOutput::Owned(rusqlite::types::Value::Text(json_of(ids))),
        })
    }
}

fn json_of(ids: &[i64]) -> String {
    let mut out = String::with_capacity(2 + ids.len() * 17);
    out.push('[');
    for (i, id) in ids.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&id.to_string());
    }
    out.push(']');
    out
}

/// A parameter on its way to PostgreSQL.
#[derive(Debug)]
pub(super) struct PgParam<'a>(pub Value<'a>);

impl ToSql for PgParam<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Int(number) => number.to_sql(ty, out),
            Value::Real(number) => number.to_sql(ty, out),
            Value::Text(text) => (&**text).to_sql(ty, out),
            Value::Blob(bytes) => (&**bytes).to_sql(ty, out),
            Value::Ids(ids) => (&**ids).to_sql(ty, out),
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let fits = match &self.0 {
            Value::Null => true,
            Value::Int(_) => matches!(*ty, Type::INT8 | Type::INT4),
            Value::Real(_) => *ty == Type::FLOAT8,
            Value::Text(_) => matches!(*ty, Type::TEXT | Type::VARCHAR | Type::UNKNOWN),
            Value::Blob(_) => *ty == Type::BYTEA,
            Value::Ids(_) => *ty == Type::INT8_ARRAY,
        };
        if fits {
            self.to_sql(ty, out)
        } else {
            Err(format!("{:?} does not fit a parameter of type {ty}", self.0).into())
        }
    }
}

struct PgCell<'a>(Cell<'a>);

impl<'a> FromSql<'a> for PgCell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(match *ty {
            Type::INT8 => Cell::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Cell::Int(i64::from(i32::from_sql(ty, raw)?)),
            Type::BOOL => Cell::Int(i64::from(bool::from_sql(ty, raw)?)),
            Type::FLOAT8 => Cell::Real(f64::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR | Type::NAME => Cell::Text(<&str>::from_sql(ty, raw)?),
            Type::BYTEA => Cell::Blob(raw),
            _ => return Err(format!("columns of type {ty} are not in use").into()),
        }))
    }
    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Cell::Null))
    }
    fn accepts(_: &Type) -> bool {
        true
    }
}
