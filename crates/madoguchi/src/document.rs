//! The document of the API (OpenAPI): what the routes say of themselves, and what holds for all of them: how a caller
//! shows who they are, which headers they may send, what a refusal looks like, and which there are.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi_platform::http::{ProblemView, SESSION_COOKIE};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, ContentBuilder, HeaderBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder,
        Ref, RefOr, Response, ResponseBuilder, ServerBuilder, ServerVariableBuilder, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

/// What the operations are asked and answer by way of an example, in Japanese. A test asks for all of them.
const EXAMPLES: &str = include_str!("document/examples.json");

const JSON: &str = "application/json";

/// Operations that anybody may call.
const PUBLIC: &[&str] = &[
    "show_setup",
    "set_up",
    "sign_in",
    "begin_passkey_sign_in",
    "sign_in_by_passkey",
    "look_at_invitation",
    "accept_invitation",
    "fetch_file",
    "fetch_letter",
];

/// What changes who may do what, or where mail comes from and goes to, asks for a recent sign-in.
const GRAVE: &[&str] = &[
    "begin_passkey",
    "add_passkey",
    "remove_passkey",
    "change_agent",
    "change_role",
    "add_wall",
    "change_wall",
    "add_token",
    "revoke_token",
    "change_sign_in_policy",
    "change_sign_in_policy_of_role",
    "add_mailbox",
    "change_mailbox",
    "remove_mailbox",
    "add_oauth_application",
    "change_oauth_application",
    "remove_oauth_application",
];

/// Refusals of single operations, beside those that their shape brings along.
const ALSO: &[(&str, u16, &[&str])] = &[
    ("sign_in", 401, &["auth.wrong", "auth.code_needed", "auth.code_wrong"]),
    ("sign_in", 403, &["origin.foreign"]),
    ("sign_in", 429, &["auth.locked"]),
    ("begin_passkey_sign_in", 403, &["origin.foreign"]),
    ("begin_passkey_sign_in", 409, &["passkey.no_name"]),
    ("sign_in_by_passkey", 401, &["auth.ceremony_over", "auth.passkey_unknown"]),
    ("sign_in_by_passkey", 403, &["origin.foreign"]),
    ("sign_in_by_passkey", 409, &["passkey.no_name"]),
    ("list_passkeys", 403, &["access.people_only"]),
    ("begin_passkey", 403, &["access.people_only"]),
    ("begin_passkey", 409, &["passkey.no_name", "passkey.too_many"]),
    ("add_passkey", 401, &["auth.ceremony_over"]),
    ("add_passkey", 403, &["access.people_only"]),
    ("add_passkey", 409, &["passkey.no_name", "passkey.taken", "passkey.too_many"]),
    ("rename_passkey", 403, &["access.people_only"]),
    ("remove_passkey", 403, &["access.people_only"]),
    ("accept_invitation", 401, &["auth.wrong", "auth.code_needed", "auth.code_wrong"]),
    ("accept_invitation", 403, &["origin.foreign"]),
    ("accept_invitation", 404, &["invitation.gone"]),
    ("accept_invitation", 409, &["changed_meanwhile", "conflict"]),
    ("accept_invitation", 429, &["auth.locked"]),
    ("look_at_invitation", 404, &["invitation.gone"]),
    ("set_up", 403, &["origin.foreign", "setup.refused"]),
    ("fetch_file", 403, &["file.link_expired"]),
    ("fetch_letter", 403, &["file.link_expired"]),
    ("show_session", 403, &["access.people_only"]),
    ("sign_out", 403, &["access.people_only"]),
    ("go_to_desk", 403, &["access.people_only"]),
    ("go_to_desk", 404, &["not_found"]),
    ("change_preferences", 403, &["access.people_only"]),
    ("show_mail_notices", 403, &["access.people_only"]),
    ("set_mail_notices", 403, &["access.people_only"]),
    ("list_sessions", 403, &["access.people_only"]),
    ("end_session", 403, &["access.people_only"]),
    ("change_password", 403, &["access.people_only"]),
    ("show_second_step", 403, &["access.people_only"]),
    ("begin_second_step", 403, &["access.people_only"]),
    ("begin_second_step", 409, &["second_step.on"]),
    ("begin_second_step", 429, &["auth.locked"]),
    ("confirm_second_step", 403, &["access.people_only"]),
    ("confirm_second_step", 404, &["not_found"]),
    ("confirm_second_step", 409, &["second_step.on"]),
    ("renew_recovery_codes", 403, &["access.people_only"]),
    ("renew_recovery_codes", 404, &["not_found"]),
    ("renew_recovery_codes", 429, &["auth.locked"]),
    ("end_second_step", 403, &["access.people_only"]),
    ("end_second_step", 404, &["not_found"]),
    ("end_second_step", 429, &["auth.locked"]),
    ("show_token", 403, &["access.tokens_only"]),
    ("change_password", 409, &["changed_meanwhile"]),
    ("change_password", 429, &["auth.locked"]),
    ("add_token", 409, &["idempotency.answer_not_kept"]),
    ("invite", 409, &["idempotency.answer_not_kept"]),
    ("change_agent", 409, &["agent.last_admin", "changed_meanwhile"]),
    ("change_role", 409, &["role.fixed"]),
    ("add_attachment", 413, &["too_large"]),
    ("list_entries_of_attachment", 422, &["attachment.no_archive"]),
    ("change_ticket", 409, &["ticket.closed", "ticket.merged"]),
    ("change_ticket", 412, &["ticket.changed_meanwhile"]),
    ("reply_to_ticket", 409, &["ticket.closed", "ticket.merged"]),
    ("reply_to_ticket", 412, &["ticket.changed_meanwhile"]),
    ("note_on_ticket", 409, &["ticket.merged"]),
    ("merge_ticket", 409, MERGE_REFUSED),
    ("merge_ticket", 412, &["ticket.changed_meanwhile"]),
    ("unmerge_ticket", 409, &["ticket.changed_meanwhile"]),
    ("unmerge_ticket", 412, &["ticket.changed_meanwhile"]),
    ("admit_message", 409, &["message.no_strangers"]),
    ("dismiss_message", 409, &["message.no_strangers"]),
    ("split_ticket", 409, &["ticket.closed", "ticket.merged", "ticket.nothing_left"]),
    ("split_ticket", 412, &["ticket.changed_meanwhile"]),
    ("retry_letter", 409, &["letter.in_hand"]),
    ("resend_message", 409, &["message.on_its_way"]),
    ("change_wall", 409, &["wall.open_to_all"]),
    ("change_oauth_application", 409, &["changed_meanwhile", "oauth_application.in_use"]),
    ("remove_oauth_application", 409, &["changed_meanwhile", "oauth_application.in_use"]),
    (
        "begin_consent",
        409,
        &["idempotency.answer_not_kept", "mailbox.needs_no_consent", "mailbox.signs_in_by_password"],
    ),
    ("finish_consent", 409, &["changed_meanwhile"]),
    (
        "finish_consent",
        422,
        &[
            "consent.application_refused",
            "consent.no_refresh_token",
            "consent.other_issuer",
            "consent.refused",
            "consent.unknown",
        ],
    ),
    ("finish_consent", 503, &["consent.no_token"]),
];

/// What keeps tickets apart.
const MERGE_REFUSED: &[&str] =
    &["ticket.closed", "ticket.merged", "ticket.merged_the_other_way", "ticket.too_many_sides", "ticket.walls_differ"];

/// Those that take `If-Match` beside the changes of one thing itself.
const SEEN: &[&str] = &["reply_to_ticket", "merge_ticket", "unmerge_ticket", "split_ticket"];

/// What the document is about, before the routes are added.
pub fn about() -> OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Madoguchi")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("document/about.md")))
        .license(Some(license))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// Adds what holds for every operation.
pub fn completed(mut document: OpenApi) -> OpenApi {
    let examples: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_str(EXAMPLES).expect("a test reads the examples");
    let programs = ServerBuilder::new().url("/").description(Some("Programs, by an API token")).build();
    let slug = ServerVariableBuilder::new().default_value("acme").description(Some("The desk's name in URLs"));
    let console = ServerBuilder::new().url("/t/{slug}").description(Some("The console of a desk, by a session"));
    document.servers = Some(vec![programs, console.parameter("slug", slug).build()]);
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token"));
    components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
    let session = ApiKeyValue::with_description(SESSION_COOKIE, "A session of the console, below `/t/{slug}`");
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    let mut schemas = vec![(ProblemView::name().into_owned(), ProblemView::schema())];
    ProblemView::schemas(&mut schemas);
    components.schemas.extend(schemas);
    document.security = Some(["token", "session"].map(|by| SecurityRequirement::new(by, Vec::<String>::new())).into());
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let id = operation.operation_id.clone().unwrap_or_default();
            complete(operation, method, path, examples.get("problem"));
            if let Some(examples) = examples.get(&id) {
                exemplify(operation, examples);
            }
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", &mut item.get),
        ("post", &mut item.post),
        ("put", &mut item.put),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, found)| Some((method, found.as_mut()?)))
}

/// The codes with which an operation may refuse, by status.
type Refusals = BTreeMap<u16, BTreeSet<&'static str>>;

fn complete(operation: &mut Operation, method: &'static str, path: &str, example: Option<&BTreeMap<String, Value>>) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let is_public = PUBLIC.contains(&id.as_str());
    if is_public {
        operation.security = Some(vec![SecurityRequirement::default()]);
    }
    if method == "post" && !is_public {
        add_header(operation, "Idempotency-Key", "A word of the caller's: a repeated request has one effect.");
    }
    let shows_revision = is_versioned(operation, path);
    if (shows_revision && method != "get") || SEEN.contains(&id.as_str()) {
        add_header(operation, "If-Match", "The ETag that the caller has seen; 412 when it is out of date.");
    }
    if shows_revision && method == "get" {
        add_header(operation, "If-None-Match", "An ETag that the caller has; 304 when nothing is different.");
    }
    if shows_revision {
        show_tag(operation, method);
    }
    let refusals = refusals(operation, &id, method, path);
    for (status, answer) in &mut operation.responses.responses {
        if let RefOr::T(answer) = answer
            && answer.description.is_empty()
        {
            answer.description = on_success(status).to_owned();
        }
    }
    for (status, codes) in refusals {
        let codes: Vec<String> = codes.into_iter().map(|code| format!("`{code}`")).collect();
        let shown = example.and_then(|example| example.get(&status.to_string()));
        let refusal = refusal(&codes.join(", "), shown);
        operation.responses.responses.entry(status.to_string()).or_insert_with(|| RefOr::T(refusal));
    }
    operation.responses.responses.insert("default".to_owned(), RefOr::T(refusal("A problem (RFC 9457)", None)));
}

fn on_success(status: &str) -> &'static str {
    match status {
        "201" => "It is made, and looks like this",
        "204" => "It is done",
        _ => "It looks like this",
    }
}

/// Whether the operation is about one thing that has a revision.
fn is_versioned(operation: &Operation, path: &str) -> bool {
    let kept = [
        "tickets",
        "contacts",
        "organizations",
        "agents",
        "teams",
        "roles",
        "mailboxes",
        "walls",
        "oauth-applications",
        "sign-in-policies",
        "desk",
    ];
    let mut parts = path.trim_start_matches("/api/v1/").split('/');
    let is_one = parts.next().is_some_and(|kind| kept.contains(&kind))
        && parts.next().is_some_and(|part| part.starts_with('{'))
        && parts.next().is_none();
    is_one && operation.operation_id.is_some()
}

fn add_header(operation: &mut Operation, name: &str, about: &str) {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let parameter: Parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(about))
        .schema(Some(text))
        .build();
    operation.parameters.get_or_insert_default().push(parameter);
}

fn refusals(operation: &Operation, id: &str, method: &str, path: &str) -> Refusals {
    let mut refusals = Refusals::new();
    let mut add = |status: u16, codes: &[&'static str]| refusals.entry(status).or_default().extend(codes);
    let (changes, is_public) = (method != "get", PUBLIC.contains(&id));
    // Whoever shows a session or a token, wherever they show it.
    add(403, &["auth.place_refused"]);
    add(414, &["uri.too_long"]);
    add(429, &["rate_limited"]);
    add(500, &["broken"]);
    add(503, &["database_away", "too_slow"]);
    if !is_public {
        add(401, &["auth.required"]);
        add(403, &["access.denied"]);
    }
    if GRAVE.contains(&id) {
        add(403, &["access.sign_in_again"]);
    }
    if path.contains('{') {
        add(404, &["not_found"]);
    }
    if operation.parameters.iter().flatten().any(|parameter| parameter.parameter_in == ParameterIn::Query) {
        add(422, &["invalid", "text.nul"]);
    }
    // A query is read for its names also where none is taken.
    add(422, &["invalid"]);
    if operation.request_body.as_ref().is_some_and(|body| body.content.contains_key(JSON)) {
        add(400, &["json.unreadable", "body.cut"]);
        add(413, &["too_large"]);
        add(415, &["content_type.unsupported"]);
        add(422, &["invalid", "json.shape", "text.nul"]);
    }
    if changes {
        add(400, &["if_match.unknown"]);
        add(409, &["conflict"]);
        add(503, &["storage_full"]);
    }
    if changes && !is_public {
        add(403, &["origin.foreign"]);
    }
    if method == "post" && !is_public {
        add(400, &["idempotency.key"]);
        add(409, &["idempotency.in_flight"]);
        add(422, &["idempotency.other_request"]);
    }
    if changes && is_versioned(operation, path) {
        add(412, &["stale"]);
    }
    for (_, status, codes) in ALSO.iter().filter(|(named, ..)| *named == id) {
        add(*status, codes);
    }
    refusals
}

/// What comes with a revision has a tag; who has that tag already is told so.
fn show_tag(operation: &mut Operation, method: &str) {
    for (_, answer) in operation.responses.responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        if let RefOr::T(answer) = answer
            && answer.content.contains_key(JSON)
        {
            let about = Some("The revision, and a hash of the answer");
            answer.headers.insert("ETag".to_owned(), HeaderBuilder::new().description(about).build());
        }
    }
    if method == "get" {
        let same = ResponseBuilder::new().description("Nothing is different from what `If-None-Match` named.").build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(same));
    }
}

fn refusal(about: &str, example: Option<&Value>) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(ProblemView::name())))
        .example(example.cloned())
        .build();
    ResponseBuilder::new().description(about).content("application/problem+json", content).build()
}

/// Puts `request` and `response` of the examples where they belong; with a revision comes its tag.
fn exemplify(operation: &mut Operation, examples: &BTreeMap<String, Value>) {
    let put = |content: Option<&mut Content>, example: Option<&Value>| {
        if let (Some(content), Some(example)) = (content, example) {
            content.example = Some(example.clone());
        }
    };
    let response = examples.get("response");
    if let Some(body) = &mut operation.request_body {
        put(body.content.get_mut(JSON), examples.get("request"));
    }
    for (_, answer) in operation.responses.responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        if let RefOr::T(answer) = answer {
            put(answer.content.get_mut(JSON), response);
            if response.is_some_and(|response| response.get("revision").is_some()) {
                let about = Some("The revision, and a hash of the answer");
                answer.headers.insert("ETag".to_owned(), HeaderBuilder::new().description(about).build());
            }
        }
    }
}
