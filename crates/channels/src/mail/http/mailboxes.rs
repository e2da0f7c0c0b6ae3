//! The doors of mailboxes.

use madoguchi_kernel::{TenantId, problem::Result};
use madoguchi_platform::{
    access::May,
    http::{Answer, Answered, Ctx, IdPath, Input, Listed},
    secrets::Secret,
    words,
};

use super::{
    input::{MailboxInput, TestInput},
    shapes::{MailboxView, TestView, TestsView},
};
use crate::mail::{
    actions, imap,
    mailbox::{Account, Mailbox, MailboxId, MailboxKind, Settings},
    rights::{ChangeMailboxes, ReadMailboxes},
    road::{Patience, Trouble},
    sign_in::{Credential, Failed, SignIn},
    smtp,
    store::mailboxes as store,
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
        Some(id) => Some(ctx.read(async move |tx| store::one(tx, tenant, id).await).await?),
        None => None,
    };
    let (settings, clear) = input.mailbox.checked(before.as_ref().map(|before| &before.settings))?;
    let trying = Trying { sign_in: SignIn::of(&ctx.app), tenant, before, settings };
    let (imap, smtp) = tokio::join!(trying.imap(clear.imap), trying.smtp(clear.smtp));
    let told = |came: Result<String, Failed>| match came {
        Ok(told) => Ok(TestView::works(told)),
        Err(Failed::Trouble(trouble)) => Ok(TestView::fails(trouble.kind.code(), &trouble.detail, language)),
        Err(Failed::Problem(problem)) => Err(problem),
    };
    let imap = imap.map(|came| told(came.map(|letters| words::say(language, "mail.works_in", &[("told", &letters)]))));
    let smtp = told(smtp.map(|name| words::say(language, "mail.works_out", &[("told", &name)])))?;
    Ok(Answer::shown(&TestsView { imap: imap.transpose()?, smtp })?)
}

/// A mailbox that is tried: as it is, or as it would be.
struct Trying {
    sign_in: SignIn,
    tenant: TenantId,
    /// As it is kept, with what it was granted.
    before: Option<Mailbox>,
    settings: Settings,
}

impl Trying {
    /// How many letters there are; nothing where none are fetched.
    async fn imap(&self, password: Option<Secret<String>>) -> Option<Result<u32, Failed>> {
        if !self.settings.fetches() {
            return None;
        }
        let account = &self.settings.imap;
        let server = account.server(self.settings.extra_ca.as_deref());
        let folders = (self.settings.folder.as_str(), self.settings.taken_folder.as_deref());
        let test =
            async |credential: &Credential| imap::test(&server, &credential.login(), folders, TEST_PATIENCE).await;
        let tried = async {
            let mut credential = self.credential(account, password).await?;
            let mut came = test(&credential).await;
            if let Some(renewed) = self.renewed(account, &credential, came.as_ref().err()).await? {
                credential = renewed;
                came = test(&credential).await;
            }
            Ok(came.map_err(|trouble| credential.explain(trouble))?.letters)
        };
        Some(tried.await)
    }

    /// What the server calls itself.
    async fn smtp(&self, password: Option<Secret<String>>) -> Result<String, Failed> {
        let account = &self.settings.smtp;
        let server = account.server(self.settings.extra_ca.as_deref());
        let test = async |credential: &Credential| {
            let login = credential.login();
            let login = (!account.user.is_empty()).then_some(&login);
            smtp::test(&server, login, self.settings.address.domain(), TEST_PATIENCE).await
        };
        let mut credential = self.credential(account, password).await?;
        let mut came = test(&credential).await;
        if let Some(renewed) = self.renewed(account, &credential, came.as_ref().err()).await? {
            credential = renewed;
            came = test(&credential).await;
        }
        Ok(came.map_err(|trouble| credential.explain(trouble))?.name)
    }

    /// The password that was given, else what is kept.
    async fn credential(&self, account: &Account, given: Option<Secret<String>>) -> Result<Credential, Failed> {
        match (self.settings.application, given, self.granted()) {
            (Some(_), _, Some(mailbox)) => self.sign_in.credential(self.tenant, mailbox, account).await,
            (Some(_), _, None) => {
                Ok(Credential::token(account, self.sign_in.first_token(self.tenant, &self.settings).await?))
            }
            (None, Some(given), _) => Ok(Credential::password(account, given)),
            (None, None, _) => {
                Ok(Credential::password(account, self.sign_in.kept_password(self.tenant, account).await?))
            }
        }
    }

    /// Another credential, where a server refused a token that may be mended.
    async fn renewed(
        &self,
        account: &Account,
        credential: &Credential,
        trouble: Option<&Trouble>,
    ) -> Result<Option<Credential>, Failed> {
        match (self.granted(), trouble) {
            (Some(mailbox), Some(trouble)) if credential.may_be_stale(trouble) => {
                self.sign_in.renewed(self.tenant, mailbox, (account, credential)).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The mailbox as it is kept, where it signs in by the same application at the same machines.
    fn granted(&self) -> Option<&Mailbox> {
        let is_same = |before: &&Mailbox| {
            before.settings.application == self.settings.application && before.settings.reaches_same(&self.settings)
        };
        self.before.as_ref().filter(is_same)
    }
}
