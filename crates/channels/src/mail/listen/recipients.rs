//! Who is meant: only addresses of mailboxes of ours are taken, with what may stand behind a plus. Nothing is passed on
//! to anybody else.

use madoguchi_kernel::{EmailAddress, TenantId, problem::Result};
use madoguchi_platform::db::Reach;

use super::{Host, reply::Reply};
use crate::mail::{
    mailbox::MailboxId,
    store::mailboxes::{self, Reached},
    token::{Found, ReplyToken},
};

/// A mailbox that a letter is for.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    /// As it was written.
    pub address: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which.
    pub mailbox: MailboxId,
    /// Whether something stands behind a plus.
    pub is_marked: bool,
}

/// The mailbox of this address, or why there is none.
pub(super) async fn find(host: &Host, address: &str) -> Result<Result<Recipient, Reply>> {
    let written = unquoted(address);
    let Ok(whole) = written.parse::<EmailAddress>() else { return postmaster(host, &written, None).await };
    let bare = without_mark(&whole);
    let (first, second) = (whole.clone(), bare.clone());
    let found = host
        .house
        .read(Reach::House, async move |tx| match mailboxes::reached_by(tx, &first).await? {
            Some(reached) => Ok(Some((reached, false))),
            None => match &second {
                Some(bare) => Ok(mailboxes::reached_by(tx, bare).await?.map(|reached| (reached, true))),
                None => Ok(None),
            },
        })
        .await?;
    let Some((reached, is_marked)) = found else { return postmaster(host, whole.local(), Some(whole.domain())).await };
    let Reached { tenant, mailbox, active, plus_addressing } = reached;
    // A mailbox that is reached without anything behind a plus is still reached by what we wrote there ourselves.
    let is_ours = || {
        let keys = host.tools.mail_keys(tenant);
        matches!(ReplyToken::verify(whole.as_str(), &keys, tenant), Found::Token(_))
    };
    if is_marked && !plus_addressing && !is_ours() {
        return Ok(Err(Reply::unknown_recipient()));
    }
    if !active {
        return Ok(Err(Reply::resting()));
    }
    Ok(Ok(Recipient { address: whole.to_string(), tenant, mailbox, is_marked }))
}

/// Whoever has to do with a domain's mail, or with this server's, can be written to (RFC 5321, 4.5.1): where no mailbox has
/// that address, the oldest one has it.
async fn postmaster(host: &Host, local: &str, domain: Option<&str>) -> Result<Result<Recipient, Reply>> {
    if !local.eq_ignore_ascii_case("postmaster") {
        return Ok(Err(Reply::unknown_recipient()));
    }
    let wanted = domain.map(str::to_owned);
    let found =
        host.house.read(Reach::House, async move |tx| mailboxes::oldest_of(tx, wanted.as_deref()).await).await?;
    Ok(found.map_or_else(
        || Err(Reply::unknown_recipient()),
        |(tenant, mailbox, address)| {
            let address = format!("postmaster@{}", address.domain());
            Ok(Recipient { address, tenant, mailbox, is_marked: false })
        },
    ))
}

/// `support+anything@d` → `support@d`.
fn without_mark(address: &EmailAddress) -> Option<EmailAddress> {
    let (base, _) = address.local().split_once('+')?;
    format!("{base}@{}", address.domain()).parse().ok()
}

/// `"support"@d` → `support@d`: quotes around a word change nothing.
fn unquoted(address: &str) -> String {
    match address.strip_prefix('"').and_then(|rest| rest.split_once("\"@")) {
        Some((local, domain)) => format!("{local}@{domain}"),
        None => address.to_owned(),
    }
}
