//! The doors of mailboxes.

use std::sync::Arc;

use madoguchi_kernel::{Language, Problem, TenantId, problem::Result};
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Input, Listed},
    secrets::{self, Secret},
    words,
};

use super::{
    input::{MailboxInput, TestInput},
    shapes::{MailboxView, TestView, TestsView},
};
use crate::mail::{
    actions, imap,
    mailbox::{Account, MailboxId, MailboxKind, Settings},
    rights::{ChangeMailboxes, ReadMailboxes},
    road::{Login, Patience, Trouble, Way},
    smtp,
    store::mailboxes as store,
    tools::PASSWORD,
    views,
};

/// A person waits for the answer.
const TEST_PATIENCE: Patience = Patience { connect_seconds: 10, command_seconds: 10, data_seconds: 10 };

/// List the mailboxes.
#[utoipa::path(get, path = "/api/v1/mailboxes", tag = "mail", operation_id = "list_mailboxes",
    responses((status = 200, body = Listed<MailboxView>)))]
pub async fn list_mailboxes(ctx: Ctx, may: May<ReadMailboxes>) -> Answered {
    let actor = may.actor().clone();
    let shown = ctx.read(async move |tx| views::mailboxes(tx, &may).await).await?;
    Ok(Answer::shown(&Listed::whole(shown.into_iter().map(|shown| MailboxView::of(shown, &actor)).collect()))?)
}

/// Add a mailbox.
#[utoipa::path(post, path = "/api/v1/mailboxes", tag = "mail", operation_id = "add_mailbox",
    request_body = MailboxInput, responses((status = 201, body = MailboxView)))]
pub async fn add_mailbox(ctx: Ctx, may: May<ChangeMailboxes>, Input(input): Input<MailboxInput>) -> Answered {
    let (settings, clear) = input.checked(None)?;
    let passwords = clear.sealed(ctx.app.keys(), may.tenant());
    Ok(ctx
        .post(async move |tx| {
            let mailbox = actions::add_mailbox(tx, &may, &settings, &passwords).await?;
            let shown = views::mailbox(tx, may.tenant(), mailbox.id).await?;
            Ok(Answer::created(&MailboxView::of(shown, may.actor()))?.at(mailbox.revision))
        })
        .await?)
}

/// Show a mailbox.
#[utoipa::path(get, path = "/api/v1/mailboxes/{id}", tag = "mail", operation_id = "show_mailbox",
    params(("id" = i64, Path)), responses((status = 200, body = MailboxView)))]
pub async fn show_mailbox(ctx: Ctx, may: May<ReadMailboxes>, IdPath(id): IdPath<MailboxKind>) -> Answered {
    let actor = may.actor().clone();
    let shown = ctx.read(async move |tx| views::mailbox(tx, may.tenant(), id).await).await?;
    let view = MailboxView::of(shown, &actor);
    Ok(Answer::shown(&view)?.at(view.revision))
}

/// Change a mailbox.
#[utoipa::path(patch, path = "/api/v1/mailboxes/{id}", tag = "mail", operation_id = "change_mailbox",
    params(("id" = i64, Path)), request_body = MailboxInput, responses((status = 200, body = MailboxView)))]
pub async fn change_mailbox(
    ctx: Ctx,
    may: May<ChangeMailboxes>,
    IdPath(id): IdPath<MailboxKind>,
    Input(input): Input<MailboxInput>,
) -> Answered {
    let (seen, keys) = (ctx.seen_revision(), ctx.app.keys().clone());
    let view = ctx
        .write(async move |tx| {
            let tenant = may.tenant();
            let after = |before: &Settings| {
                let (settings, clear) = input.checked(Some(before))?;
                Ok((settings, clear.sealed(&keys, tenant)))
            };
            actions::change_mailbox(tx, &may, id, seen, after).await?;
            Ok(MailboxView::of(views::mailbox(tx, tenant, id).await?, may.actor()))
        })
        .await?;
    Ok(Answer::shown(&view)?.at(view.revision))
}

/// Remove a mailbox. Its letters and tickets stay.
#[utoipa::path(delete, path = "/api/v1/mailboxes/{id}", tag = "mail", operation_id = "remove_mailbox",
    params(("id" = i64, Path)), responses((status = 204)))]
pub async fn remove_mailbox(ctx: Ctx, may: May<ChangeMailboxes>, IdPath(id): IdPath<MailboxKind>) -> Answered {
    let seen = ctx.seen_revision();
    ctx.write(async move |tx| actions::remove_mailbox(tx, &may, id, seen).await).await?;
    Ok(Answer::done())
}

/// Try to reach a mailbox's servers, with what is given or kept. Nothing is saved.
#[utoipa::path(post, path = "/api/v1/mailboxes/test", tag = "mail", operation_id = "test_mailbox",
    request_body = TestInput, responses((status = 200, body = TestsView)))]
pub async fn test_mailbox(ctx: Ctx, may: May<ChangeMailboxes>, Input(input): Input<TestInput>) -> Answered {
    let (tenant, language) = (may.tenant(), may.actor().language);
    let before = match input.id.map(MailboxId::new) {
        Some(id) => Some(ctx.read(async move |tx| store::one(tx, tenant, id).await).await?.settings),
        None => None,
    };
    let (settings, clear) = input.mailbox.checked(before.as_ref())?;
    let settings = Arc::new(settings);
    let imap_password = password(&ctx, tenant, &settings.imap, clear.imap.as_ref()).await?;
    let smtp_password = password(&ctx, tenant, &settings.smtp, clear.smtp.as_ref()).await?;
    let (imap, smtp) = tokio::join!(
        test_imap(&settings, imap_password.reveal(), language),
        test_smtp(&settings, smtp_password.reveal(), language)
    );
    Ok(Answer::shown(&TestsView { imap, smtp })?)
}

/// The password that was given, else the one that is kept.
async fn password(
    ctx: &Ctx,
    tenant: TenantId,
    account: &Account,
    given: Option<&Secret<String>>,
) -> Result<Secret<String>> {
    match (given, account.secret) {
        (Some(given), _) => Ok(given.clone()),
        (None, None) => Ok(Secret::new(String::new())),
        (None, Some(id)) => {
            let sealed = ctx.read(async move |tx| secrets::find(tx, tenant, id).await).await?;
            let opened = ctx.app.keys().open(tenant, PASSWORD, &sealed)?;
            let text = String::from_utf8(opened.reveal().clone()).map_err(Problem::broken)?;
            Ok(Secret::new(text))
        }
    }
}

async fn test_imap(settings: &Settings, password: &str, language: Language) -> Option<TestView> {
    if !settings.fetches() {
        return None;
    }
    let server = settings.imap.server(settings.extra_ca.as_deref());
    let login = Login { user: &settings.imap.user, secret: password, way: Way::Password };
    Some(match imap::test(&server, &login, (&settings.folder, settings.taken_folder.as_deref()), TEST_PATIENCE).await {
        Ok(folder) => TestView::works(words::say(language, "mail.works_in", &[("told", &folder.letters)])),
        Err(trouble) => fails(&trouble, language),
    })
}

async fn test_smtp(settings: &Settings, password: &str, language: Language) -> TestView {
    let server = settings.smtp.server(settings.extra_ca.as_deref());
    let login = Login { user: &settings.smtp.user, secret: password, way: Way::Password };
    let login = (!settings.smtp.user.is_empty()).then_some(&login);
    match smtp::test(&server, login, settings.address.domain(), TEST_PATIENCE).await {
        Ok(abilities) => TestView::works(words::say(language, "mail.works_out", &[("told", &abilities.name)])),
        Err(trouble) => fails(&trouble, language),
    }
}

fn fails(trouble: &Trouble, language: Language) -> TestView {
    TestView::fails(trouble.kind.code(), &trouble.detail, language)
}
