use std::collections::BTreeMap;

use super::*;

fn settings(provider: Provider, flow: Flow) -> Settings {
    Settings {
        name: "窓口のアプリ".to_owned(),
        provider,
        flow,
        client_id: "client id".to_owned(),
        secret: None,
        authorize_url: "https://id.example.jp/authorize?realm=a".to_owned(),
        token_url: "https://id.example.jp/token".to_owned(),
        scopes: "openid offline_access mail".to_owned(),
        directory: "contoso.example".to_owned(),
    }
}

/// The query of the page at which somebody consents.
fn asked(provider: Provider) -> (String, BTreeMap<String, String>) {
    let settings = settings(provider, Flow::AuthorizationCode);
    let redirect = "https://desk.example.jp/t/a/oauth/callback";
    let page = settings.consent_page("support@example.jp", redirect, "st", "ch").expect("an address");
    let page = Url::parse(&page).expect("an address");
    (page[..url::Position::AfterPath].to_owned(), page.query_pairs().into_owned().collect())
}

#[test]
fn the_vector_of_rfc_7636_appendix_b() {
    let challenged = challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenged, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn a_verifier_is_one_by_the_specification_and_belongs_to_its_state() {
    let made = verifier(&[7; 32], "state");
    assert_eq!(made, verifier(&[7; 32], "state"));
    assert_eq!(made.len(), 43, "RFC 7636, 4.1: 43 to 128 characters");
    assert!(made.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
    assert_ne!(made, verifier(&[7; 32], "other"));
    assert_ne!(made, verifier(&[8; 32], "state"));
}

#[test]
fn each_provider_is_asked_in_its_own_way() {
    let (page, query) = asked(Provider::Google);
    assert_eq!(page, "https://accounts.google.com/o/oauth2/v2/auth");
    let of = |query: &BTreeMap<String, String>, name: &str| query.get(name).cloned().unwrap_or_default();
    assert_eq!(of(&query, "scope"), "https://mail.google.com/");
    assert_eq!((of(&query, "access_type"), of(&query, "prompt")), ("offline".to_owned(), "consent".to_owned()));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "client id"),
        ("redirect_uri", "https://desk.example.jp/t/a/oauth/callback"),
        ("state", "st"),
        ("code_challenge", "ch"),
        ("code_challenge_method", "S256"),
        ("login_hint", "support@example.jp"),
    ] {
        assert_eq!(of(&query, name), value);
    }
    let (page, query) = asked(Provider::Microsoft);
    assert_eq!(page, "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize");
    let scopes = of(&query, "scope");
    assert!(["IMAP.AccessAsUser.All", "SMTP.Send", "offline_access"].iter().all(|scope| scopes.contains(scope)));
    assert!(!query.contains_key("access_type"));
    let (page, query) = asked(Provider::Other);
    assert_eq!((page.as_str(), of(&query, "realm")), ("https://id.example.jp/authorize", "a".to_owned()));
    assert_eq!(
        (of(&query, "scope"), of(&query, "prompt")),
        ("openid offline_access mail".to_owned(), "consent".to_owned())
    );
    let alone = settings(Provider::Microsoft, Flow::ClientCredentials);
    assert_eq!(alone.scopes(), "https://outlook.office365.com/.default");
    assert_eq!(alone.token_url(), "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
    assert_eq!(settings(Provider::Google, Flow::AuthorizationCode).token_url(), "https://oauth2.googleapis.com/token");
}

#[test]
fn what_is_handed_to_the_token_endpoint() {
    let secret = Secret::new("s:e&c".to_owned());
    let code = Asked::Code { code: "c/1", verifier: "v", redirect_uri: "https://a.jp/x" };
    let google = settings(Provider::Google, Flow::AuthorizationCode).form(&code, Some(&secret));
    assert_eq!(
        google.body,
        "grant_type=authorization_code&code=c%2F1&redirect_uri=https%3A%2F%2Fa.jp%2Fx&code_verifier=v\
         &client_id=client+id&client_secret=s%3Ae%26c"
    );
    assert_eq!(google.authorization, None);
    // RFC 6749, 2.3.1: the parts are encoded before they are joined.
    let other = settings(Provider::Other, Flow::AuthorizationCode);
    let token = Secret::new("r".to_owned());
    let renewed = other.form(&Asked::Renewed { refresh_token: &token }, Some(&secret));
    assert_eq!(renewed.body, "grant_type=refresh_token&refresh_token=r");
    assert_eq!(renewed.authorization, Some(format!("Basic {}", STANDARD.encode("client+id:s%3Ae%26c"))));
    let public = other.form(&Asked::Renewed { refresh_token: &token }, None);
    assert_eq!(public.body, "grant_type=refresh_token&refresh_token=r&client_id=client+id");
    let alone = settings(Provider::Microsoft, Flow::ClientCredentials).form(&Asked::Credentials, Some(&secret));
    assert_eq!(
        alone.body,
        "grant_type=client_credentials&scope=https%3A%2F%2Foutlook.office365.com%2F.default\
         &client_id=client+id&client_secret=s%3Ae%26c"
    );
}

#[test]
fn an_issuer_is_where_people_were_sent() {
    let other = settings(Provider::Other, Flow::AuthorizationCode);
    for (issuer, holds) in [
        (None, true),
        (Some("https://id.example.jp"), true),
        (Some("https://id.example.jp/realm"), true),
        (Some("https://id.example.jp:444"), false),
        (Some("http://id.example.jp"), false),
        (Some("https://other.example.jp"), false),
        (Some("nonsense"), false),
    ] {
        assert_eq!(other.is_from(issuer), holds, "{issuer:?}");
    }
    assert!(settings(Provider::Google, Flow::AuthorizationCode).is_from(Some("https://accounts.google.com")));
}

#[test]
fn a_token_endpoint_is_encrypted_or_here() {
    for (address, holds) in [
        ("https://id.example.jp/token", true),
        ("http://id.example.jp/token", false),
        ("http://127.0.0.1:3000/token", true),
        ("http://[::1]/token", true),
        ("http://127.0.0.1.example.jp/token", false),
        ("http://localhost/token", false),
        ("https://a:b@id.example.jp/token", false),
        ("https://id.example.jp/token#x", false),
        ("ftp://127.0.0.1/", false),
        ("", false),
    ] {
        assert_eq!(is_token_url(address), holds, "{address}");
    }
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let now = Timestamp::from_micros(0);
    let seconds = |life: Option<u64>| used_until(now, life.map(Duration::from_secs)).since(now).as_secs();
    for (life, until) in
        [(Some(3600), 3300), (Some(60), 45), (Some(1200), 900), (None, 1500), (Some(u64::MAX), 24 * 3600 - 300)]
    {
        assert_eq!(seconds(life), until, "{life:?}");
    }
}

#[test]
fn what_answers_mean() {
    let means = |status: u16, body: &str| match answer(status, body.as_bytes()) {
        Answer::Tokens(tokens) => format!("{} {:?}", tokens.access.reveal(), tokens.life.map(|life| life.as_secs())),
        Answer::Refused(Refusal::Consent(said)) => format!("consent {said}"),
        Answer::Refused(Refusal::Application(said)) => format!("application {said}"),
        Answer::Refused(Refusal::ForNow(said)) => format!("for now {said}"),
    };
    for (status, body, meant) in [
        (200, r#"{"access_token":"a","token_type":"Bearer","expires_in":3599}"#, "a Some(3599)"),
        (200, r#"{"access_token":"a","token_type":"bearer","expires_in":"3599","x":1}"#, "a Some(3599)"),
        (200, r#"{"access_token":"a","token_type":"Bearer"}"#, "a None"),
        (
            200,
            r#"{"access_token":"a\u0001b","token_type":"Bearer"}"#,
            "application the token is not one of the kind Bearer",
        ),
        (200, r#"{"access_token":"a","token_type":"mac"}"#, "application the token is not one of the kind Bearer"),
        (200, "<html>", "application the answer holds no token"),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Token has been\r\nexpired or revoked."}"#,
            "consent invalid_grant: Token has been expired or revoked.",
        ),
        (400, r#"{"error":"interaction_required"}"#, "consent interaction_required"),
        (
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS7000222"}"#,
            "application invalid_client: AADSTS7000222",
        ),
        (400, r#"{"error":"unauthorized_client"}"#, "application unauthorized_client"),
        (400, r#"{"error":"invalid_scope"}"#, "application invalid_scope"),
        (400, r#"{"error":"temporarily_unavailable"}"#, "for now temporarily_unavailable"),
        (503, r#"{"error":"whatever"}"#, "for now whatever"),
        (404, "not here", "application HTTP 404"),
        (302, "", "application HTTP 302"),
        (429, "", "for now HTTP 429"),
        (502, "<html>", "for now HTTP 502"),
    ] {
        assert_eq!(means(status, body), meant);
    }
    let Answer::Tokens(tokens) = answer(200, br#"{"access_token":"a","token_type":"Bearer","refresh_token":"r"}"#)
    else {
        panic!("tokens are given");
    };
    assert_eq!(tokens.refresh.map(|token| token.reveal().clone()), Some("r".to_owned()));
    assert!(!format!("{:?}", answer(200, br#"{"access_token":"tell","token_type":"Bearer"}"#)).contains("tell"));
}

#[test]
fn a_change_says_that_the_secret_is_new_and_no_more() {
    let before = settings(Provider::Google, Flow::AuthorizationCode);
    let after = Settings { secret: Some(SecretId::new(9)), ..before.clone() };
    let fields: Vec<String> = changes(Some(&before), &after).into_iter().map(|change| change.field).collect();
    assert_eq!(fields, ["client_secret"]);
}
