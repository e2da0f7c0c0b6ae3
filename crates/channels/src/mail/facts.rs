//! What happened to mailboxes. What happens to letters shows in tickets.

use madoguchi_people::{AgentId, change::Change};
use madoguchi_platform::house::fact::{Fact, Stream};
use serde::{Deserialize, Serialize};

use super::{
    body_reader::BodyReaderId, dkim::DkimKeyId, mailbox::MailboxId, notice::NoticeWishesId, oauth::OauthApplicationId,
    style::StyleId,
};

/// Something happened to a mailbox.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum MailFact {
    /// A new address is read and sent from.
    MailboxAdded {
        /// Which.
        mailbox: MailboxId,
        /// Its settings.
        changes: Vec<Change>,
    },
    /// Its settings changed.
    MailboxChanged {
        /// Which.
        mailbox: MailboxId,
        /// The settings that changed.
        changes: Vec<Change>,
    },
    /// A team's letters, or the desk's, look different from now on.
    StyleChanged {
        /// Which style.
        style: StyleId,
        /// The team whose it is; none for the desk's.
        team: Option<i64>,
        /// What changed.
        changes: Vec<Change>,
    },
    /// A team's letters look like the desk's again.
    StyleDropped {
        /// Which style it was.
        style: StyleId,
        /// The team.
        team: i64,
    },
    /// An agent said of what they want to be told by mail.
    NoticesWished {
        /// The wishes.
        wishes: NoticeWishesId,
        /// Whose they are.
        agent: AgentId,
        /// What changed.
        changes: Vec<Change>,
    },
    /// A contact wishes something else of letters to them.
    WishSet {
        /// Which.
        wish: i64,
        /// Whose it is.
        contact: i64,
        /// What changed.
        changes: Vec<Change>,
    },
    /// There is a key to sign letters with.
    DkimKeyAdded {
        /// Which.
        key: DkimKeyId,
        /// The domain for which it speaks.
        domain: String,
        /// Its name there.
        selector: String,
    },
    /// It signs from now on, or no longer.
    DkimKeySwitched {
        /// Which.
        key: DkimKeyId,
        /// Whether it signs.
        active: bool,
    },
    /// It is gone.
    DkimKeyRemoved {
        /// Which.
        key: DkimKeyId,
    },
    /// It is neither read nor sent from any more.
    MailboxRemoved {
        /// Which.
        mailbox: MailboxId,
    },
    /// Somebody consented that it signs in by an application.
    MailboxConnected {
        /// Which.
        mailbox: MailboxId,
        /// By which application.
        application: OauthApplicationId,
    },
    /// The consent that it signs in by an application does not hold any more.
    ConsentLost {
        /// Which mailbox.
        mailbox: MailboxId,
        /// By which application it signed in.
        application: OauthApplicationId,
    },
    /// There is an application by which mailboxes can sign in.
    OauthApplicationAdded {
        /// Which.
        application: OauthApplicationId,
        /// Its settings.
        changes: Vec<Change>,
    },
    /// Its settings changed.
    OauthApplicationChanged {
        /// Which.
        application: OauthApplicationId,
        /// The settings that changed.
        changes: Vec<Change>,
    },
    /// It is gone.
    OauthApplicationRemoved {
        /// Which.
        application: OauthApplicationId,
    },
    /// Letters of a gateway are read by a reader from now on.
    BodyReaderAdded {
        /// The reader.
        reader: BodyReaderId,
        /// Whose letters.
        mailbox: MailboxId,
        /// Its settings.
        changes: Vec<Change>,
    },
    /// A reader's settings changed.
    BodyReaderChanged {
        /// The reader.
        reader: BodyReaderId,
        /// Whose letters.
        mailbox: MailboxId,
        /// The settings that changed.
        changes: Vec<Change>,
    },
    /// A reader is used no more.
    BodyReaderRemoved {
        /// The reader.
        reader: BodyReaderId,
        /// Whose letters.
        mailbox: MailboxId,
    },
}

impl Fact for MailFact {
    fn kind(&self) -> &'static str {
        match self {
            Self::MailboxAdded { .. } => "mailbox.added",
            Self::MailboxChanged { .. } => "mailbox.changed",
            Self::MailboxRemoved { .. } => "mailbox.removed",
            Self::DkimKeyAdded { .. } => "dkim_key.added",
            Self::DkimKeySwitched { .. } => "dkim_key.switched",
            Self::DkimKeyRemoved { .. } => "dkim_key.removed",
            Self::NoticesWished { .. } => "mail_notices.wished",
            Self::StyleChanged { .. } => "letter_style.changed",
            Self::StyleDropped { .. } => "letter_style.dropped",
            Self::WishSet { .. } => "letter_wish.set",
            Self::MailboxConnected { .. } => "mailbox.connected",
            Self::ConsentLost { .. } => "mailbox.consent_lost",
            Self::OauthApplicationAdded { .. } => "oauth_application.added",
            Self::OauthApplicationChanged { .. } => "oauth_application.changed",
            Self::OauthApplicationRemoved { .. } => "oauth_application.removed",
            Self::BodyReaderAdded { .. } => "body_reader.added",
            Self::BodyReaderChanged { .. } => "body_reader.changed",
            Self::BodyReaderRemoved { .. } => "body_reader.removed",
        }
    }
}

impl MailFact {
    /// The stream to which the fact belongs.
    pub fn stream(&self) -> Stream {
        match self {
            Self::MailboxAdded { mailbox, .. }
            | Self::MailboxChanged { mailbox, .. }
            | Self::MailboxConnected { mailbox, .. }
            | Self::ConsentLost { mailbox, .. }
            | Self::MailboxRemoved { mailbox } => Stream { kind: "mailbox", id: mailbox.number() },
            Self::DkimKeyAdded { key, .. } | Self::DkimKeySwitched { key, .. } | Self::DkimKeyRemoved { key } => {
                Stream { kind: "dkim_key", id: key.number() }
            }
            Self::NoticesWished { wishes, .. } => Stream { kind: "mail_notices", id: wishes.number() },
            Self::OauthApplicationAdded { application, .. }
            | Self::OauthApplicationChanged { application, .. }
            | Self::OauthApplicationRemoved { application } => {
                Stream { kind: "oauth_application", id: application.number() }
            }
            Self::StyleChanged { style, .. } | Self::StyleDropped { style, .. } => {
                Stream { kind: "letter_style", id: style.number() }
            }
            Self::WishSet { wish, .. } => Stream { kind: "letter_wish", id: *wish },
            Self::BodyReaderAdded { reader, .. }
            | Self::BodyReaderChanged { reader, .. }
            | Self::BodyReaderRemoved { reader, .. } => Stream { kind: "body_reader", id: reader.number() },
        }
    }
}
