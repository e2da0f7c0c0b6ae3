//! Routes about contacts and organizations.

use madoguchi_kernel::{
    EmailAddress, Language, Word,
    problem::{Check, Result},
};
use madoguchi_platform::{
    access::{Actor, May, Right},
    http::{Answer, Answered, Ctx, IdPath, Input, Limit, Listed, Queried, Routes, double, place, present},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{
    actions::{self, OrganizationEdit},
    contact::{
        ADDRESSES_MAX, Contact, ContactAddress, ContactEdit, NAME_CHARACTERS_MAX, NOTES_CHARACTERS_MAX, PHONES_MAX,
        Phone, PhoneNumber, Profile,
    },
    organization::{DOMAINS_MAX, Domain, Organization},
    rights::{KeepContacts, KeepOrganizations, ReadContacts, ReadOrganizations},
    views::{self, ContactShown},
};
use crate::{ContactId, OrganizationId, ids};

/// Rows of one page when nobody says how many.
const PER_PAGE: usize = 50;

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list_contacts, add_contact))
        .routes(routes!(show_contact, change_contact))
        .routes(routes!(list_organizations, add_organization))
        .routes(routes!(show_organization, change_organization))
}

/// The organization of a contact.
#[derive(Serialize, ToSchema)]
struct OrganizationName {
    #[schema(value_type = i64)]
    id: OrganizationId,
    name: String,
}

/// An address of a contact, and whether we know that it is theirs.
#[derive(Serialize, ToSchema)]
struct AddressView {
    address: String,
    verified: bool,
}

/// A telephone number.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PhoneView {
    number: String,
    label: Option<String>,
}

/// A person outside who writes to us.
#[derive(Serialize, ToSchema)]
struct ContactView {
    #[schema(value_type = i64)]
    id: ContactId,
    name: String,
    reading: Option<String>,
    organization: Option<OrganizationName>,
    title: Option<String>,
    department: Option<String>,
    emails: Vec<AddressView>,
    phones: Vec<PhoneView>,
    language: Option<&'static str>,
    notes: Option<String>,
    revision: i64,
    can: Vec<&'static str>,
}

impl ContactView {
    fn of(shown: ContactShown, actor: &Actor) -> Self {
        let Contact { id, profile, revision, .. } = shown.contact;
        let email =
            |email: ContactAddress| AddressView { address: email.address.to_string(), verified: email.verified };
        let phone = |phone: Phone| PhoneView { number: phone.number.as_str().to_owned(), label: phone.label };
        Self {
            id,
            name: profile.name,
            reading: profile.reading,
            organization: shown.organization.map(|(id, name)| OrganizationName { id, name }),
            title: profile.title,
            department: profile.department,
            emails: profile.emails.into_iter().map(email).collect(),
            phones: profile.phones.into_iter().map(phone).collect(),
            language: profile.language.map(Language::word),
            notes: profile.notes,
            revision,
            can: if actor.has(KeepContacts::KEY) { vec!["change"] } else { Vec::new() },
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Words to look for.
    q: Option<String>,
    /// At most this many.
    #[param(inline)]
    limit: Option<Limit>,
    /// `next` of the page before.
    after: Option<String>,
}

/// List contacts, the newest first.
#[utoipa::path(get, path = "/api/v1/contacts", tag = "contacts", operation_id = "list_contacts", params(ListQuery),
    responses((status = 200, body = Listed<ContactView>)))]
async fn list_contacts(ctx: Ctx, may: May<ReadContacts>, Queried(query): Queried<ListQuery>) -> Answered {
    let (limit, actor) = (Limit::rows(query.limit, PER_PAGE)?, may.actor().clone());
    let after = place("contacts", query.after.as_deref())?;
    let page = ctx.read(async move |tx| views::contacts(tx, &may, query.q.as_deref(), after, limit).await).await?;
    Ok(Answer::shown(&Listed::page("contacts", page, |shown| ContactView::of(shown, &actor)))?)
}

/// Show a contact.
#[utoipa::path(get, path = "/api/v1/contacts/{id}", tag = "contacts", operation_id = "show_contact",
    params(("id" = i64, Path)), responses((status = 200, body = ContactView)))]
async fn show_contact(ctx: Ctx, may: May<ReadContacts>, IdPath(id): IdPath<ids::Contact>) -> Answered {
    shown(&ctx, may, id).await
}

async fn shown(ctx: &Ctx, may: May<ReadContacts>, id: ContactId) -> Answered {
    let actor = may.actor().clone();
    let shown = ctx.read(async move |tx| views::contact(tx, &may, id).await).await?;
    let revision = shown.contact.revision;
    Ok(Answer::shown(&ContactView::of(shown, &actor))?.at(revision))
}

/// An address, alone or as it was shown. Whether it is verified is not for the caller to say.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum AddressInput {
    Bare(String),
    Shown {
        address: String,
        #[serde(default, rename = "verified")]
        _verified: bool,
    },
}

impl AddressInput {
    fn text(&self) -> &str {
        match self {
            Self::Bare(text) | Self::Shown { address: text, .. } => text,
        }
    }
}

/// The fields of a contact; absent ones stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactInput {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    reading: Option<Option<String>>,
    /// The organization's id.
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<i64>)]
    organization: Option<Option<OrganizationId>>,
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    department: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    emails: Option<Vec<AddressInput>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    phones: Option<Vec<PhoneView>>,
    /// `ja` or `en`
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    language: Option<Option<String>>,
    #[serde(default, deserialize_with = "double")]
    #[schema(value_type = Option<String>)]
    notes: Option<Option<String>>,
}

impl ContactInput {
    /// The edit that it asks for, if all of it can be read.
    fn checked(self) -> Result<ContactEdit> {
        let mut check = Check::new();
        let name = self.name.map(|name| named(&mut check, "name", &name));
        let mut optional = |field: &'static str, value: Option<Option<String>>, characters_max: usize| {
            value.map(|text| {
                let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
                check.require(
                    text.as_ref().is_none_or(|text| text.chars().count() <= characters_max),
                    field,
                    "too_long",
                );
                text
            })
        };
        let reading = optional("reading", self.reading, NAME_CHARACTERS_MAX);
        let title = optional("title", self.title, NAME_CHARACTERS_MAX);
        let department = optional("department", self.department, NAME_CHARACTERS_MAX);
        let notes = optional("notes", self.notes, NOTES_CHARACTERS_MAX);
        let emails = self.emails.map(|emails| addresses(&mut check, &emails));
        let phones = self.phones.map(|phones| numbers(&mut check, phones));
        let language = self.language.map(|word| {
            let language = word.as_deref().map(Language::from_word);
            check.require(language != Some(None), "language", "unknown");
            language.flatten()
        });
        check.done()?;
        let organization = self.organization;
        Ok(ContactEdit { name, reading, organization, title, department, emails, phones, language, notes })
    }
}

fn named(check: &mut Check, field: &'static str, text: &str) -> String {
    let text = text.trim();
    check.require(!text.is_empty(), field, "required");
    check.require(text.chars().count() <= NAME_CHARACTERS_MAX, field, "too_long");
    text.to_owned()
}

fn addresses(check: &mut Check, inputs: &[AddressInput]) -> Vec<EmailAddress> {
    check.require(inputs.len() <= ADDRESSES_MAX, "emails", "too_many");
    let mut emails: Vec<EmailAddress> = Vec::new();
    for (at, input) in inputs.iter().take(ADDRESSES_MAX).enumerate() {
        match input.text().parse::<EmailAddress>() {
            Ok(email) if emails.contains(&email) => {}
            Ok(email) => emails.push(email),
            Err(_) => check.wrong(format!("emails.{at}.address"), "address"),
        }
    }
    emails
}

fn numbers(check: &mut Check, inputs: Vec<PhoneView>) -> Vec<Phone> {
    check.require(inputs.len() <= PHONES_MAX, "phones", "too_many");
    let mut phones: Vec<Phone> = Vec::new();
    for (at, input) in inputs.into_iter().take(PHONES_MAX).enumerate() {
        let label = input.label.map(|label| label.trim().to_owned()).filter(|label| !label.is_empty());
        let fits = label.as_ref().is_none_or(|label| label.chars().count() <= NAME_CHARACTERS_MAX);
        check.require(fits, format!("phones.{at}.label"), "too_long");
        match PhoneNumber::parse(&input.number) {
            Ok(number) => match phones.iter_mut().find(|phone| phone.number == number) {
                Some(known) => known.label = known.label.take().or(label),
                None => phones.push(Phone { number, label }),
            },
            Err(_) => check.wrong(format!("phones.{at}.number"), "phone"),
        }
    }
    phones
}

/// Add a contact.
#[utoipa::path(post, path = "/api/v1/contacts", tag = "contacts", operation_id = "add_contact",
    request_body = ContactInput, responses((status = 201, body = ContactView)))]
async fn add_contact(ctx: Ctx, may: May<KeepContacts>, Input(input): Input<ContactInput>) -> Answered {
    let read = may.actor().may::<ReadContacts>()?;
    let edit = input.checked()?;
    let mut profile = edit.applied(&Profile::default());
    if let (true, Some(main)) = (profile.name.is_empty(), profile.emails.first()) {
        profile.name = main.address.to_string();
    }
    let mut check = Check::new();
    check.require(!profile.name.is_empty(), "name", "required");
    check.done()?;
    Ok(ctx
        .post(async move |tx| {
            let contact = actions::add_contact(tx, &may, &profile).await?;
            let shown = views::contact(tx, &read, contact.id).await?;
            Ok(Answer::created(&ContactView::of(shown, may.actor()))?.at(contact.revision))
        })
        .await?)
}

/// Change a contact.
#[utoipa::path(patch, path = "/api/v1/contacts/{id}", tag = "contacts", operation_id = "change_contact",
    params(("id" = i64, Path)), request_body = ContactInput, responses((status = 200, body = ContactView)))]
async fn change_contact(
    ctx: Ctx,
    may: May<KeepContacts>,
    IdPath(id): IdPath<ids::Contact>,
    Input(input): Input<ContactInput>,
) -> Answered {
    let read = may.actor().may::<ReadContacts>()?;
    let (edit, seen) = (input.checked()?, ctx.seen_revision());
    ctx.write(async move |tx| actions::change_contact(tx, &may, id, seen, &edit).await.map(drop)).await?;
    shown(&ctx, read, id).await
}

/// The company that a contact belongs to.
#[derive(Serialize, ToSchema)]
struct OrganizationView {
    #[schema(value_type = i64)]
    id: OrganizationId,
    name: String,
    domains: Vec<String>,
    revision: i64,
    can: Vec<&'static str>,
}

impl OrganizationView {
    fn of(organization: Organization, actor: &Actor) -> Self {
        let Organization { id, name, domains, revision } = organization;
        let domains = domains.iter().map(|domain| domain.as_str().to_owned()).collect();
        let can = if actor.has(KeepOrganizations::KEY) { vec!["change"] } else { Vec::new() };
        Self { id, name, domains, revision, can }
    }
}

/// List organizations, the newest first.
#[utoipa::path(get, path = "/api/v1/organizations", tag = "contacts", operation_id = "list_organizations",
    params(ListQuery), responses((status = 200, body = Listed<OrganizationView>)))]
async fn list_organizations(ctx: Ctx, may: May<ReadOrganizations>, Queried(query): Queried<ListQuery>) -> Answered {
    let (limit, actor) = (Limit::rows(query.limit, PER_PAGE)?, may.actor().clone());
    let after = place("organizations", query.after.as_deref())?;
    let page = ctx.read(async move |tx| views::organizations(tx, &may, query.q.as_deref(), after, limit).await).await?;
    Ok(Answer::shown(&Listed::page("organizations", page, |found| OrganizationView::of(found, &actor)))?)
}

/// Show an organization.
#[utoipa::path(get, path = "/api/v1/organizations/{id}", tag = "contacts", operation_id = "show_organization",
    params(("id" = i64, Path)), responses((status = 200, body = OrganizationView)))]
async fn show_organization(ctx: Ctx, may: May<ReadOrganizations>, IdPath(id): IdPath<ids::Organization>) -> Answered {
    let actor = may.actor().clone();
    let found = ctx.read(async move |tx| views::organization(tx, &may, id).await).await?;
    let revision = found.revision;
    Ok(Answer::shown(&OrganizationView::of(found, &actor))?.at(revision))
}

/// The fields of an organization; absent ones stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationInput {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    domains: Option<Vec<String>>,
}

impl OrganizationInput {
    fn checked(self) -> Result<OrganizationEdit> {
        let mut check = Check::new();
        let name = self.name.map(|name| named(&mut check, "name", &name));
        let domains = self.domains.map(|inputs| {
            check.require(inputs.len() <= DOMAINS_MAX, "domains", "too_many");
            let mut domains = Vec::new();
            for (at, input) in inputs.iter().take(DOMAINS_MAX).enumerate() {
                match Domain::parse(input) {
                    Ok(domain) => domains.push(domain),
                    Err(problem) => {
                        let code = problem.fields.first().map_or("domain", |field| field.code);
                        check.wrong(format!("domains.{at}"), code);
                    }
                }
            }
            domains
        });
        check.done()?;
        Ok(OrganizationEdit { name, domains })
    }
}

/// Add an organization.
#[utoipa::path(post, path = "/api/v1/organizations", tag = "contacts", operation_id = "add_organization",
    request_body = OrganizationInput, responses((status = 201, body = OrganizationView)))]
async fn add_organization(ctx: Ctx, may: May<KeepOrganizations>, Input(input): Input<OrganizationInput>) -> Answered {
    let edit = input.checked()?;
    let mut check = Check::new();
    check.require(edit.name.is_some(), "name", "required");
    check.done()?;
    let (name, domains) = (edit.name.unwrap_or_default(), edit.domains.unwrap_or_default());
    Ok(ctx
        .post(async move |tx| {
            let added = actions::add_organization(tx, &may, &name, &domains).await?;
            let revision = added.revision;
            Ok(Answer::created(&OrganizationView::of(added, may.actor()))?.at(revision))
        })
        .await?)
}

/// Change an organization.
#[utoipa::path(patch, path = "/api/v1/organizations/{id}", tag = "contacts", operation_id = "change_organization",
    params(("id" = i64, Path)), request_body = OrganizationInput,
    responses((status = 200, body = OrganizationView)))]
async fn change_organization(
    ctx: Ctx,
    may: May<KeepOrganizations>,
    IdPath(id): IdPath<ids::Organization>,
    Input(input): Input<OrganizationInput>,
) -> Answered {
    let (edit, seen, actor) = (input.checked()?, ctx.seen_revision(), may.actor().clone());
    let found = ctx.write(async move |tx| actions::change_organization(tx, &may, id, seen, &edit).await).await?;
    let revision = found.revision;
    Ok(Answer::shown(&OrganizationView::of(found, &actor))?.at(revision))
}
