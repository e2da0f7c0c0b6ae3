//! Mail over HTTP: parse, call one thing, shape the answer.

mod body_readers;
mod delivery;
mod dkim_keys;
mod export;
mod input;
mod letters;
mod mailboxes;
mod notices;
mod oauth;
mod shapes;
mod signs;
mod source;
mod styles;
mod verdicts;
mod way_out;
mod wishes;

use madoguchi_platform::http::Routes;
use utoipa_axum::routes;

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(mailboxes::list_mailboxes, mailboxes::add_mailbox))
        .routes(routes!(mailboxes::show_mailbox, mailboxes::change_mailbox, mailboxes::remove_mailbox))
        .routes(routes!(mailboxes::test_mailbox))
        .routes(routes!(oauth::list_oauth_applications, oauth::add_oauth_application))
        .routes(routes!(oauth::change_oauth_application, oauth::remove_oauth_application))
        .routes(routes!(oauth::show_oauth_callback))
        .routes(routes!(oauth::begin_consent))
        .routes(routes!(oauth::finish_consent))
        .routes(routes!(body_readers::list_body_readers, body_readers::add_body_reader))
        .routes(routes!(body_readers::change_body_reader, body_readers::remove_body_reader))
        .routes(routes!(body_readers::preview_body_reader))
        .routes(routes!(export::export_ticket_letters))
        .routes(routes!(letters::list_letters))
        .routes(routes!(letters::retry_letter))
        .routes(routes!(letters::count_letters))
        .routes(routes!(source::show_letter))
        .routes(routes!(source::show_letter_of_message))
        .routes(routes!(source::fetch_letter))
        .routes(routes!(delivery::show_delivery))
        .routes(routes!(letters::resend_message))
        .routes(routes!(letters::withdraw_message))
        .routes(routes!(dkim_keys::list_dkim_keys, dkim_keys::add_dkim_key))
        .routes(routes!(dkim_keys::change_dkim_key, dkim_keys::remove_dkim_key))
        .routes(routes!(dkim_keys::list_dns_records))
        .routes(routes!(dkim_keys::check_dns))
        .routes(routes!(styles::list_letter_styles))
        .routes(routes!(styles::show_letter_style, styles::set_letter_style))
        .routes(routes!(styles::set_team_letter_style, styles::drop_team_letter_style))
        .routes(routes!(notices::show_mail_notices, notices::set_mail_notices))
        .routes(routes!(way_out::show_way_out))
        .routes(routes!(wishes::show_letter_wish, wishes::set_letter_wish))
        .routes(routes!(signs::find_lost_signs))
        .routes(routes!(verdicts::list_letter_heads))
        .routes(routes!(way_out::show_first_way_out))
}
