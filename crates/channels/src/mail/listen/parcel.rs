//! A letter on its way in: its bytes go to the store as they come, once for each tenant; of a whole letter there is
//! never more in memory than a piece.

use bytes::BytesMut;
use madoguchi_kernel::{TenantId, Timestamp};
use madoguchi_platform::blob::{Incoming, Stored};

use super::{Host, Protocol, recipients::Recipient, reply::Reply, session::answer};
use crate::mail::{
    actions,
    letters::{Arrival, LetterId},
    mailbox::MailboxId,
    provenance::Provenance,
    tools::Tools,
};

/// What a server's name may take in a mark of ours, in characters.
const NAME_CHARACTERS_MAX: usize = 255;

/// A letter on its way in.
pub(super) struct Parcel {
    copies: Vec<Copy>,
    piece: BytesMut,
    /// Why it is not kept.
    refused: Option<Reply>,
}

/// The letter as one tenant gets it.
struct Copy {
    tenant: TenantId,
    incoming: Incoming,
    /// Each mailbox once, with the address by which it was reached.
    mailboxes: Vec<(MailboxId, String)>,
}

/// What became of the letter.
pub(super) enum Answers {
    /// The same for everybody.
    Alike(Reply),
    /// Tenant by tenant.
    Each(Vec<(TenantId, Reply)>),
}

impl Answers {
    /// One answer for all: that it was kept, if it was for everybody. Whoever got it already knows it by its id when it
    /// comes again.
    pub fn for_all(&self) -> Reply {
        match self {
            Self::Alike(reply) => reply.clone(),
            Self::Each(each) => {
                let refused = each.iter().find(|(_, reply)| reply.refuses());
                refused.or(each.first()).map_or_else(Reply::broken, |(_, reply)| reply.clone())
            }
        }
    }
    /// The answer about one tenant's mailboxes.
    pub fn of(&self, tenant: TenantId) -> Reply {
        match self {
            Self::Alike(reply) => reply.clone(),
            Self::Each(each) => {
                let found = each.iter().find(|(whose, _)| *whose == tenant);
                found.map_or_else(Reply::broken, |(_, reply)| reply.clone())
            }
        }
    }
}

impl Parcel {
    /// Begins with the mark that we write on it.
    pub async fn begin(tools: &Tools, recipients: &[Recipient], mark: &str) -> Self {
        let mut copies: Vec<Copy> = Vec::new();
        for recipient in recipients {
            let address = recipient.address.clone();
            match copies.iter_mut().find(|copy| copy.tenant == recipient.tenant) {
                Some(copy) => match copy.mailboxes.iter_mut().find(|(mailbox, _)| *mailbox == recipient.mailbox) {
                    // Of several addresses of one mailbox the one with our mark says most.
                    Some((_, known)) if recipient.is_marked => *known = address,
                    Some(_) => {}
                    None => copy.mailboxes.push((recipient.mailbox, address)),
                },
                None => copies.push(Copy {
                    tenant: recipient.tenant,
                    incoming: tools.blobs.begin(recipient.tenant, u64::MAX),
                    mailboxes: vec![(recipient.mailbox, address)],
                }),
            }
        }
        let mut parcel = Self { copies, piece: BytesMut::new(), refused: None };
        for copy in &mut parcel.copies {
            // Each tenant reads the addresses of its own mailboxes, and nobody else's.
            let reached = copy.mailboxes.iter().map(|(_, address)| format!("Delivered-To: {address}\r\n"));
            let mark = format!("{}{mark}", reached.collect::<String>());
            if let Err(problem) = copy.incoming.write(mark.as_bytes()).await {
                parcel.refused = Some(answer(&problem));
            }
        }
        parcel
    }

    /// Where the next piece goes.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.piece
    }

    /// It will not be kept; the first reason stands.
    pub fn refuse(&mut self, reply: Reply) {
        self.refused.get_or_insert(reply);
    }

    /// Hands the piece to the store.
    pub async fn write(&mut self) {
        if self.refused.is_some() {
            // What came is removed at once, not when the rest has come.
            self.copies.clear();
        }
        for copy in &mut self.copies {
            if let Err(problem) = copy.incoming.write(&self.piece).await {
                self.refused = Some(answer(&problem));
                break;
            }
        }
        self.piece.clear();
    }

    /// Keeps it, in one unit for each tenant, and says so only then.
    pub async fn keep(self, host: &Host, provenance: Provenance) -> Answers {
        let Self { copies, refused, .. } = self;
        if let Some(reply) = refused {
            return Answers::Alike(reply);
        }
        let mut answers = Vec::with_capacity(copies.len());
        for copy in copies {
            let tenant = copy.tenant;
            let reply = match copy.keep(host, provenance.clone()).await {
                Ok(letters) => {
                    let ids: Vec<String> = letters.iter().map(|letter| letter.number().to_string()).collect();
                    Reply::new(250, "2.0.0", format!("Kept as {}", ids.join(" ")))
                }
                Err(problem) => answer(&problem),
            };
            answers.push((tenant, reply));
        }
        Answers::Each(answers)
    }
}

impl Copy {
    async fn keep(self, host: &Host, provenance: Provenance) -> madoguchi_kernel::problem::Result<Vec<LetterId>> {
        let Self { tenant, incoming, mailboxes } = self;
        let Stored { blob, sha256, size } = incoming.finish().await?;
        let arrival = Arrival { uid: None, size_bytes: size, head_only: false, delivered_at: None, blob, sha256 };
        host.house
            .write(tenant, async move |tx| actions::keep_handed_in(tx, tenant, &mailboxes, &arrival, &provenance).await)
            .await
    }
}

/// What we write on a letter that was handed to us, so that its source tells how it came (RFC 5321, 4.4).
pub(super) fn received(provenance: &Provenance, hostname: &str, now: Timestamp) -> String {
    let Provenance { road, machine, is_encrypted, hello, sender, .. } = provenance;
    let plain = |text: &str| -> String {
        let sound = |c: &char| !c.is_control() && !c.is_whitespace() && !"()<>\\".contains(*c);
        text.chars().filter(sound).take(NAME_CHARACTERS_MAX).collect()
    };
    let road = match (road, is_encrypted) {
        (Protocol::Smtp, false) => "ESMTP",
        (Protocol::Smtp, true) => "ESMTPS",
        (Protocol::Lmtp, false) => "LMTP",
        (Protocol::Lmtp, true) => "LMTPS",
    };
    let date = now.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let sender = plain(sender.as_deref().unwrap_or_default());
    let hello = plain(hello);
    format!(
        "Return-Path: <{sender}>\r\nReceived: from {hello} ([{machine}])\r\n\tby {hostname} with {road}; {date}\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_mark_holds_nothing_that_could_be_taken_for_more() {
        let provenance = Provenance {
            road: Protocol::Smtp,
            machine: "192.0.2.7".parse().expect("an address"),
            is_trusted: false,
            is_encrypted: true,
            hello: "a\r\nX: b (c".to_owned(),
            sender: None,
        };
        let mark = received(&provenance, "mx.example.jp", "2026-04-01T00:00:00Z".parse().expect("a time"));
        assert_eq!(
            mark,
            "Return-Path: <>\r\nReceived: from aX:bc ([192.0.2.7])\r\n\tby mx.example.jp with ESMTPS; \
             Wed, 01 Apr 2026 00:00:00 +0000\r\n"
        );
    }
}
