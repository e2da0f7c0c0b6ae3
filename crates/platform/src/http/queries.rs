//! Names in a query string, checked against the document of the API: one that an operation does not know is refused
//! by its name, for a filter that is silently left out shows more than was asked for.

use std::collections::{BTreeSet, HashMap};

use axum::{
    extract::{MatchedPath, Query, Request},
    http::Method,
};
use madoguchi_kernel::problem::{Check, Result};
use utoipa::openapi::{
    OpenApi,
    path::{Operation, ParameterIn},
};

/// Which names each operation knows, by its path and method.
pub struct Queries(HashMap<String, HashMap<Method, BTreeSet<String>>>);

impl Queries {
    /// As the document says.
    pub fn of(document: &OpenApi) -> Self {
        let known = document.paths.paths.iter().map(|(path, item)| {
            let operations = [
                (Method::GET, &item.get),
                (Method::HEAD, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let names = operations.into_iter().filter_map(|(method, found)| Some((method, names(found.as_ref()?))));
            (path.clone(), names.collect())
        });
        Self(known.collect())
    }

    /// Refuses a request whose query has names that its operation does not know; all of them are told at once.
    pub fn require_known(&self, request: &Request) -> Result<()> {
        let path = request.extensions().get::<MatchedPath>();
        let known = path.and_then(|path| self.0.get(path.as_str())?.get(request.method()));
        let mut check = Check::new();
        if let (Some(known), Ok(Query(pairs))) = (known, Query::<Vec<(String, String)>>::try_from_uri(request.uri())) {
            for (name, _) in &pairs {
                check.require(known.contains(name), name.as_str(), "no_such_field");
            }
        }
        check.done()
    }
}

fn names(operation: &Operation) -> BTreeSet<String> {
    let all = operation.parameters.iter().flatten();
    all.filter(|parameter| parameter.parameter_in == ParameterIn::Query)
        .map(|parameter| parameter.name.clone())
        .collect()
}
