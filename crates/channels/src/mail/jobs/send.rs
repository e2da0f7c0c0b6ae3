//! An answer leaves as a letter. That it is being sent is kept before the network is touched, and what came of it
//! after: in between lies the one moment of which a crash leaves nobody knowing.

use std::{sync::Arc, time::Duration};

use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_platform::{
    house::{House, jobs::JobRun},
    secrets::{self, random_word},
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
    road::{Trouble, TroubleKind},
    sign_in::{Credential, Failed},
    smtp::{self, Envelope, Outcome},
    store::dkim_keys::{self, DkimKey},
    tools::Tools,
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
    let credential = match tools.sign_in(&house).credential(tenant, &mailbox, &mailbox.settings.smtp).await {
        Ok(credential) => Ok(credential),
        Err(Failed::Trouble(trouble)) if trouble.kind.passes() => Err(trouble),
        Err(Failed::Trouble(trouble)) => {
            return run.finish(async move |tx| actions::hold_back(tx, tenant, id, &trouble).await).await;
        }
        Err(Failed::Problem(problem)) => return Err(problem),
    };
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
    let outcome = match credential {
        Ok(credential) => submit((run, tools), &mailbox, &credential, envelope, &written.bytes).await,
        Err(trouble) => Outcome::NotSent(trouble),
    };
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
    match tools.sign_in(&run.house).credential(run.tenant, mailbox, &mailbox.settings.smtp).await {
        Ok(credential) => Ok(submit((run, tools), mailbox, &credential, Envelope { from, to }, letter).await),
        Err(Failed::Trouble(trouble)) => Ok(Outcome::NotSent(trouble)),
        Err(Failed::Problem(problem)) => Err(problem),
    }
}

/// One try, within its time.
async fn submit(
    place: (&JobRun, &Tools),
    mailbox: &Mailbox,
    credential: &Credential,
    envelope: Envelope<'_>,
    letter: &[u8],
) -> Outcome {
    let trying = submit_signed_in(place, mailbox, credential, envelope, letter);
    tokio::time::timeout(TRY_MAX, trying).await.unwrap_or_else(|_| {
        Outcome::Unknown(Trouble::new(TroubleKind::Timeout, format!("no end within {} s", TRY_MAX.as_secs())))
    })
}

/// Where the server refuses a token that should be good, once more with a new one: nothing was handed over by then.
async fn submit_signed_in(
    (run, tools): (&JobRun, &Tools),
    mailbox: &Mailbox,
    credential: &Credential,
    envelope: Envelope<'_>,
    letter: &[u8],
) -> Outcome {
    let account = &mailbox.settings.smtp;
    let server = account.server(mailbox.settings.extra_ca.as_deref());
    let hello = mailbox.settings.address.domain();
    let submit = async |credential: &Credential| {
        let login = credential.login();
        let login = (!account.user.is_empty()).then_some(&login);
        smtp::submit(&server, login, hello, envelope, letter, tools.patience).await
    };
    let outcome = match submit(credential).await {
        Outcome::NotSent(trouble) if credential.may_be_stale(&trouble) => {
            match tools.sign_in(&run.house).renewed(run.tenant, mailbox, (account, credential)).await {
                Ok(credential) => submit(&credential).await,
                Err(Failed::Trouble(trouble)) => Outcome::NotSent(trouble),
                // The letter is in the middle of a try: what became of that one is kept, whatever ails the house.
                Err(Failed::Problem(problem)) => {
                    tracing::warn!(%problem, "A token could not be renewed");
                    Outcome::NotSent(trouble)
                }
            }
        }
        outcome => outcome,
    };
    match outcome {
        Outcome::NotSent(trouble) => Outcome::NotSent(credential.explain(trouble)),
        outcome => outcome,
    }
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
    let signing = move || dkim::signed(letter, &signers);
    tokio::task::spawn_blocking(signing).await.map_err(Problem::broken)?
}
