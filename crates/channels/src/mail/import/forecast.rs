//! What would become of letters if they were brought over: everything is read and nothing kept.
//!
//! It follows threads by the letters' ids, here and in the files, as taking them in does; of who stands how to a ticket it
//! knows only whether they are one of us. So it can be wrong about a letter where somebody wrote in an agent's name.

use std::{collections::HashMap, sync::Arc};

use futures_util::StreamExt;
use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_people::staff;
use madoguchi_platform::house::House;

use super::{
    Order, Progress, Report,
    reading::{self, Read, half},
    report::Outcome,
    source::{File, Seen},
    work::before,
};
use crate::mail::{
    judge::{self, Context, Kind, Sender},
    letter::{self, Auto},
    letters::{Fate, KeptLetter, LetterId, LetterState},
    mailbox::Mailbox,
    store::{mailboxes, marks},
    thread::Candidate,
    tools::Tools,
    understood::{self, Understood},
};

/// What is known so far.
#[derive(Default)]
struct Known {
    /// Ids of letters of these files, each with the hashes of what letters of that id say, and whether it stands on a
    /// ticket.
    ids: HashMap<String, (Vec<[u8; 32]>, bool)>,
    /// Hashes of letters of these files.
    hashes: reading::Before,
}

/// The desk as far as it matters.
struct Desk {
    mailbox: Mailbox,
    own: Vec<String>,
    loop_mark: String,
}

pub(super) async fn all(
    house: &House,
    tools: &Arc<Tools>,
    order: &Order,
    (files, letters): (&Arc<[File]>, Vec<Seen>),
    (report, tell): (&mut Report, &(dyn Fn(Progress) + Sync)),
) -> Result<()> {
    let (tenant, mailbox, found) = (order.tenant, order.mailbox, letters.len() as u64);
    let (mailbox, own) = house
        .read(tenant, async move |tx| {
            Ok((mailboxes::one(tx, tenant, mailbox).await?, mailboxes::own_addresses(tx, tenant).await?))
        })
        .await?;
    let desk = Desk { mailbox, own, loop_mark: crate::mail::actions::loop_mark(tenant) };
    let before = Arc::new(before(house, order).await?);
    let read = reading::each(files, letters, before, tools.letter_bytes_max, |seen, read| {
        let (tools, order, now) = (tools.clone(), order.clone(), house.clock().now());
        async move {
            let Read::Whole(content, sha256) = read else { return Ok((seen, Err(read))) };
            let kept = kept(&order, &seen, sha256, now.min(seen.at))?;
            let keys = tools.mail_keys(order.tenant);
            let understood =
                reading::aside(move || understood::understand(letter::read(&content.bytes), &kept, &keys)).await;
            Ok((seen, Ok((sha256, understood.ok()))))
        }
    });
    let (mut read, mut known, mut done) = (std::pin::pin!(read), Known::default(), 0);
    while let Some(letter) = read.next().await {
        let (seen, read) = letter?;
        let outcome = match read {
            Err(Read::Unreadable(why)) => Outcome::Unreadable(why),
            Err(Read::Before | Read::Whole(..)) => Outcome::Before,
            Ok((sha256, _)) if !known.hashes.insert(half(&sha256)) => aside(LetterState::Duplicate),
            Ok((_, None)) => aside(LetterState::Failed),
            Ok((_, Some(understood))) => fate(house, order, &desk, &mut known, understood).await?,
        };
        report.count(files, &seen, &outcome);
        done += 1;
        if done % 256 == 0 || done == found {
            tell(Progress { done, found });
        }
    }
    Ok(())
}

fn kept(order: &Order, seen: &Seen, sha256: [u8; 32], at: madoguchi_kernel::Timestamp) -> Result<KeptLetter> {
    Ok(KeptLetter {
        id: LetterId::new(0),
        tenant: order.tenant,
        mailbox: order.mailbox,
        size_bytes: i64::try_from(seen.bytes).map_err(Problem::broken)?,
        head_only: false,
        blob: format!("{}/{}", order.tenant, "0".repeat(64)).parse().map_err(Problem::broken)?,
        sha256: sha256.to_vec(),
        state: LetterState::Kept,
        delivered_at: at,
    })
}

fn aside(state: LetterState) -> Outcome {
    Outcome::Taken(Fate::aside(state, madoguchi_kernel::Word::word(state)))
}

async fn fate(house: &House, order: &Order, desk: &Desk, known: &mut Known, understood: Understood) -> Result<Outcome> {
    let is_ours = is_ours(house, order, desk, &understood).await?;
    let is_gateway =
        understood.sender.as_ref().is_some_and(|who| desk.mailbox.settings.gateways.contains(&who.address));
    let context = Context {
        own_addresses: &desk.own,
        loop_mark: &desk.loop_mark,
        sender: if is_gateway { Sender::Gateway } else { Sender::Anybody },
        letters_in_ten_minutes: 1,
        ..Context::default()
    };
    let is_machine = match judge::judge(&understood.letter, &context).kind {
        _ if is_ours => false,
        Kind::Word => false,
        Kind::AutoReply => true,
        Kind::Loop => return Ok(aside(LetterState::Quarantine)),
        Kind::Bounce { .. } | Kind::Complaint { .. } => return Ok(aside(LetterState::Bounce)),
        Kind::Disposition { .. } => return Ok(aside(LetterState::Disposition)),
    };
    let looks = &understood.looks;
    let mut belongs = match known.ids.get(&looks.mail_id) {
        Some((contents, _)) if contents.contains(&looks.content) => return Ok(aside(LetterState::Duplicate)),
        Some((_, on_ticket)) => *on_ticket,
        None => false,
    };
    for candidate in &understood.evidence.candidates {
        belongs = belongs
            || match candidate {
                Candidate::Token(_) => true,
                Candidate::SubjectNumber(_) => false,
                Candidate::MessageId(id) => match known.ids.get(id.as_str()) {
                    Some((_, on_ticket)) => *on_ticket,
                    None => is_known(house, order, id.as_str().to_owned()).await?,
                },
            };
    }
    let on_ticket = belongs || !is_machine;
    known.ids.entry(looks.mail_id.clone()).or_insert((Vec::new(), on_ticket)).0.push(looks.content);
    Ok(match (belongs, is_machine) {
        (false, true) => aside(LetterState::Ignored),
        (belongs, _) => Outcome::Taken(Fate { opened: !belongs, ..Fate::aside(LetterState::Read, "") }),
    })
}

/// Whether one of us wrote it to somebody outside.
async fn is_ours(house: &House, order: &Order, desk: &Desk, understood: &Understood) -> Result<bool> {
    let Some(sender) = &understood.sender else { return Ok(false) };
    let is_own = |address: &str| {
        let bare = crate::mail::token::without_token(address);
        desk.own.iter().any(|own| own.eq_ignore_ascii_case(&bare))
    };
    let goes_out = understood.copied.iter().any(|person| !is_own(person.address.as_str()));
    let is_report = matches!(understood.letter.auto, Auto::Bounce | Auto::Disposition);
    if !goes_out || is_report || desk.mailbox.settings.gateways.contains(&sender.address) {
        return Ok(false);
    }
    if is_own(sender.address.as_str()) {
        return Ok(true);
    }
    let (tenant, address) = (order.tenant, sender.address.clone());
    let agent = house.read(tenant, async move |tx| staff::views::agent_by_address(tx, tenant, &address).await).await?;
    Ok(agent.is_some())
}

async fn is_known(house: &House, order: &Order, id: String) -> Result<bool> {
    let tenant = order.tenant;
    let mark = house.read(tenant, async move |tx| marks::find(tx, tenant, &id).await).await?;
    Ok(mark.is_some_and(|mark| mark.ticket.is_some()))
}
