//! An answer leaves as a letter. That it is being sent is kept before the network is touched, and what came of it
//! after: in between lies the one moment of which a crash leaves nobody knowing.

use std::{sync::Arc, time::Duration};

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{
    house::{House, jobs::JobRun},
    secrets::{self, Secret, random_word},
};

use madoguchi_tickets::{
    attachments,
    markup::{aside, harmless_html},
};

use super::{SendLetter, is_last};
use crate::mail::{
    actions::{self, Start},
    dkim::{self, Signer},
    mailbox::Mailbox,
    outgoing::OutgoingId,
    road::{Login, Trouble, TroubleKind, Way},
    smtp::{self, Envelope, Outcome},
    store::dkim_keys::{self, DkimKey},
    tools::{PASSWORD, Tools},
    views::{self, Plan},
    written::{self, Written},
};

/// One try ends within this, so that it is over before anybody takes its job for lost.
const TRY_MAX: Duration = Duration::from_secs(240);

pub(super) async fn run(run: JobRun, tools: Arc<Tools>) -> Result<()> {
    let SendLetter { outgoing } = run.data()?;
    match send(&run, &tools, outgoing).await {
        Ok(()) => Ok(()),
        Err(problem) if is_last(run.attempt) => {
            tracing::warn!(%problem, outgoing = outgoing.number(), "A letter could not be sent");
            let (tenant, code) = (run.tenant, problem.code.to_owned());
            run.finish(async move |tx| actions::give_up(tx, tenant, outgoing, ("mail.gave_up", &code)).await).await
        }
        Err(problem) => Err(problem),
    }
}

async fn send(run: &JobRun, tools: &Arc<Tools>, id: OutgoingId) -> Result<()> {
    let (tenant, house) = (run.tenant, run.house.clone());
    let plan = house.read(tenant, async move |tx| views::plan(tx, tenant, id).await).await?;
    let Some(mailbox) = plan.mailbox.clone() else {
        return run.finish(async move |tx| actions::give_up(tx, tenant, id, ("mail.mailbox_removed", "")).await).await;
    };
    let written = write(tools, &house, &plan, &mailbox).await?;
    // Before "sending" is kept: a password that does not open is no crash on the way out.
    let password = password(run, tools, &mailbox).await?;
    let written = Written { bytes: signed(run, tools, &mailbox, written.bytes).await?, ..written };
    let (attempt, head) = (random_word(), written.head.clone());
    let trying = attempt.clone();
    let start = house
        .write(tenant, async move |tx| actions::begin_sending(tx, tenant, id, &trying, &head.dated()).await)
        .await?;
    match start {
        Start::Nothing => return run.finish(async |_| Ok(())).await,
        Start::Wait => return run.finish(async move |tx| actions::wait_longer(tx, id).await).await,
        Start::Go => {}
    }
    let envelope = Envelope { from: written.from.as_deref(), to: &written.recipients };
    let outcome = submit(tools, &mailbox, password.as_ref(), envelope, &written.bytes).await?;
    run.finish(async move |tx| actions::end_sending(tx, tenant, id, &attempt, (&outcome, &written.lost)).await).await
}

/// Writes it, with what is kept of it.
pub(in crate::mail) async fn write(tools: &Tools, house: &House, plan: &Plan, mailbox: &Mailbox) -> Result<Written> {
    let mut files = Vec::with_capacity(plan.files.len());
    for file in &plan.files {
        files.push(attachments::read(&tools.blobs, house.db(), file).await?);
    }
    let keys = tools.mail_keys(plan.tenant);
    let key = keys.first().ok_or_else(|| Problem::broken("a tenant has a key for its marks"))?;
    let html = match plan.message.html.clone() {
        Some(html) => Some(aside(html.len(), move || harmless_html(&html)).await?),
        None => None,
    };
    written::write(plan, mailbox, (html.as_deref(), &files), key, house.clock().now())
}

/// Hands over a letter of which nothing is kept: from nobody or somebody, to these.
pub(super) async fn hand_over(
    run: &JobRun,
    tools: &Tools,
    mailbox: &Mailbox,
    (from, to): (Option<&str>, &[String]),
    letter: &[u8],
) -> Result<Outcome> {
    let password = password(run, tools, mailbox).await?;
    submit(tools, mailbox, password.as_ref(), Envelope { from, to }, letter).await
}

async fn submit(
    tools: &Tools,
    mailbox: &Mailbox,
    password: Option<&Secret<Vec<u8>>>,
    envelope: Envelope<'_>,
    letter: &[u8],
) -> Result<Outcome> {
    let account = &mailbox.settings.smtp;
    let secret = password.map(|secret| std::str::from_utf8(secret.reveal())).transpose();
    let secret = secret.map_err(Problem::broken)?.unwrap_or_default();
    let login = Login { user: &account.user, secret, way: Way::Password };
    let login = (!account.user.is_empty()).then_some(&login);
    let server = account.server(mailbox.settings.extra_ca.as_deref());
    let address = &mailbox.settings.address;
    let trying = smtp::submit(&server, login, address.domain(), envelope, letter, tools.patience);
    let outcome = tokio::time::timeout(TRY_MAX, trying).await;
    Ok(outcome.unwrap_or_else(|_| {
        Outcome::Unknown(Trouble::new(TroubleKind::Timeout, format!("no end within {} s", TRY_MAX.as_secs())))
    }))
}

/// The letter under the signatures of the keys that sign for the mailbox's domain.
pub(super) async fn signed(run: &JobRun, tools: &Tools, mailbox: &Mailbox, letter: Vec<u8>) -> Result<Vec<u8>> {
    let (tenant, domain) = (run.tenant, mailbox.settings.address.domain().to_owned());
    let keys = run.house.read(tenant, async move |tx| {
        let mut sealed = Vec::new();
        for key in dkim_keys::of_domain(tx, tenant, &domain).await? {
            let private = secrets::find(tx, tenant, key.secret).await?;
            sealed.push((key, private));
        }
        Ok(sealed)
    });
    let mut signers = Vec::new();
    for (key, sealed) in keys.await? {
        let private = tools.keys.open(tenant, dkim::PRIVATE_KEY, &sealed)?;
        let DkimKey { domain, selector, algorithm, .. } = key;
        signers.push(Signer { domain, selector, algorithm, private });
    }
    if signers.is_empty() {
        return Ok(letter);
    }
    let signing = move || dkim::signed(&letter, &signers);
    tokio::task::spawn_blocking(signing).await.map_err(Problem::broken)?
}

async fn password(run: &JobRun, tools: &Tools, mailbox: &Mailbox) -> Result<Option<Secret<Vec<u8>>>> {
    let (tenant, Some(id)) = (run.tenant, mailbox.settings.smtp.secret) else { return Ok(None) };
    let sealed = run.house.read(tenant, async move |tx| secrets::find(tx, tenant, id).await).await?;
    tools.keys.open(tenant, PASSWORD, &sealed).map(Some)
}
