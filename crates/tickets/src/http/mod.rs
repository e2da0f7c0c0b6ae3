//! Tickets over HTTP: parse, call one thing, shape the answer.

mod files;
mod input;
mod merging;
mod operators;
mod pictures;
mod search;
mod shapes;
mod strangers;
mod tickets;

use madoguchi_platform::http::Routes;
use utoipa_axum::routes;

use crate::{fields::http as fields, states::http as states};

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(tickets::list_tickets, tickets::open_ticket))
        .routes(routes!(search::search_tickets))
        .routes(routes!(tickets::show_ticket, tickets::change_ticket))
        .routes(routes!(tickets::reply_to_ticket))
        .routes(routes!(tickets::forward_ticket))
        .routes(routes!(tickets::note_on_ticket))
        .routes(routes!(merging::merge_ticket, merging::unmerge_ticket))
        .routes(routes!(merging::split_ticket))
        .routes(routes!(strangers::admit_message))
        .routes(routes!(strangers::dismiss_message))
        .routes(routes!(tickets::show_timeline))
        .routes(routes!(tickets::count_tickets))
        .routes(routes!(states::list_states, states::add_state))
        .routes(routes!(states::change_state))
        .routes(routes!(tickets::list_contact_tickets))
        .routes(routes!(fields::list_fields, fields::add_field))
        .routes(routes!(fields::list_eras))
        .routes(routes!(fields::say_applying))
        .routes(routes!(fields::order_fields))
        .routes(routes!(fields::count_unfilled))
        .routes(routes!(fields::change_field))
        .routes(routes!(files::add_attachment))
        .routes(routes!(files::show_attachment))
        .routes(routes!(files::list_entries_of_attachment))
        .routes(routes!(files::fetch_file))
        .routes(routes!(pictures::show_picture))
}
