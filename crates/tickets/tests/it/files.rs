//! Files over HTTP: where they are fetched, for how long, and as what.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
    middleware,
};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use madoguchi_kernel::problem::Result;
use madoguchi_platform::{
    access::Actor,
    blob::Blobs,
    both_engines,
    http::{App, Doorman, HttpSettings, Knock, SIGNED_FOR, doorstep, visited},
    secrets::Keys,
};
use madoguchi_tickets::{http::routes, testing::Desk};
use serde_json::Value;
use tower::ServiceExt;

const FILES: &str = "https://files.desk.test";

/// Knows the desk's agent by any token at all.
struct Friendly(Arc<Actor>);
impl Doorman for Friendly {
    fn recognize(&self, knock: Knock) -> BoxFuture<'_, Result<Option<Arc<Actor>>>> {
        Box::pin(std::future::ready(Ok(knock.bearer.is_some().then(|| self.0.clone()))))
    }
}

fn router(desk: &Desk, files_origin: Option<&str>) -> Router {
    let keys = Arc::new(Keys::new([7; 32]));
    let blobs = Blobs::open(&desk.dir().join("blobs"), "a", keys.clone()).expect("a folder for files");
    let settings = HttpSettings { files_origin: files_origin.map(str::to_owned), ..HttpSettings::default() };
    let app = App::new(desk.house(), Arc::new(Friendly(desk.agent().clone())), keys, blobs, settings);
    let (routes, _) = routes().split_for_parts();
    routes
        .layer(middleware::from_fn_with_state(app.clone(), visited))
        .with_state(app.clone())
        .layer(middleware::from_fn_with_state(app, doorstep))
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("text")
    }
}

async fn ask(router: &Router, method: Method, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = Request::builder().method(method).uri(url).header("accept-language", "ja");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    let (parts, body) = router.clone().oneshot(request).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("bytes").to_bytes().to_vec();
    Reply { status: parts.status, headers: parts.headers, body }
}

const AGENT: (&str, &str) = ("authorization", "bearer anybody");

/// Uploads a page that would like to be run; where it is.
async fn upload(router: &Router) -> String {
    let url = "/api/v1/attachments?name=%E8%A6%8B%E7%A9%8D.html";
    let made = ask(router, Method::POST, url, &[AGENT, ("content-type", "text/html")], "<script>1</script>").await;
    assert_eq!(made.status, 201);
    format!("/{}", made.json()["url"].as_str().expect("a URL"))
}

both_engines! {
    async fn a_file_is_fetched_at_a_signed_address_for_five_minutes(desk: Desk) {
        let router = router(&desk, None);
        let url = upload(&router).await;
        let nobody = ask(&router, Method::GET, &url, &[], "").await;
        assert_eq!(nobody.status, 401);
        assert!(nobody.header("www-authenticate").starts_with("Bearer"));
        let led = ask(&router, Method::GET, &url, &[AGENT], "").await;
        assert_eq!(led.status, 302);
        let address = led.header("location").to_owned();
        assert!(address.starts_with("/files/"), "{address}");
        let file = ask(&router, Method::GET, &address, &[], "").await;
        assert_eq!((file.status, file.body.as_slice()), (StatusCode::OK, b"<script>1</script>".as_slice()));
        assert!(file.header("content-security-policy").starts_with("sandbox"));
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        assert_eq!(
            file.header("content-disposition"),
            "attachment; filename=\"__.html\"; filename*=UTF-8''%E8%A6%8B%E7%A9%8D.html"
        );
        desk.advance(SIGNED_FOR);
        assert_eq!(ask(&router, Method::GET, &address, &[], "").await.status, 200, "to the last second");
        desk.advance(Duration::from_secs(1));
        let late = ask(&router, Method::GET, &address, &[], "").await;
        assert_eq!((late.status, late.json()["code"].as_str()), (StatusCode::FORBIDDEN, Some("file.link_expired")));
        assert!(late.json()["detail"].as_str().expect("a sentence").contains("期限"));
        let again = ask(&router, Method::GET, &url, &[AGENT], "").await;
        assert_eq!(ask(&router, Method::GET, again.header("location"), &[], "").await.status, 200);
    }

    async fn another_file_under_the_same_key_is_refused(desk: Desk) {
        let router = router(&desk, None);
        let put = async |body: &str| {
            let headers = [AGENT, ("content-type", "text/plain"), ("idempotency-key", "k1")];
            ask(&router, Method::POST, "/api/v1/attachments?name=a.txt", &headers, body).await
        };
        let first = put("abc").await;
        assert_eq!(first.status, 201);
        assert_eq!(put("abc").await.json()["id"], first.json()["id"]);
        for other in ["abd", "abcd"] {
            let refused = put(other).await;
            assert_eq!((refused.status.as_u16(), refused.json()["code"].as_str()), (422, Some("idempotency.other_request")));
        }
    }

    async fn a_file_of_the_ticket_goes_out_again_and_one_of_another_does_not(desk: Desk) {
        let router = router(&desk, None);
        let (ticket, other) = (desk.ticket("a@b.example", "one").await, desk.ticket("c@d.example", "two").await);
        let url = upload(&router).await;
        let file: i64 = url.rsplit('/').next().expect("an id").parse().expect("a number");
        let say = async |path: String| {
            let body = format!("{{\"text\":\"see\",\"attachments\":[{file}]}}");
            ask(&router, Method::POST, &path, &[AGENT, ("content-type", "application/json")], &body).await
        };
        let first = say(format!("/api/v1/tickets/{}/notes", ticket.id)).await;
        assert_eq!(first.status, 201);
        let again = say(format!("/api/v1/tickets/{}/replies", ticket.id)).await.json();
        let (was, is) = (&first.json()["attachments"][0], &again["attachments"][0]);
        assert_eq!((&is["name"], &is["size"]), (&was["name"], &was["size"]));
        assert_ne!(is["id"], was["id"], "the first message keeps its own");
        let led = ask(&router, Method::GET, &format!("/{}", is["url"].as_str().expect("a URL")), &[AGENT], "").await;
        assert_eq!(ask(&router, Method::GET, led.header("location"), &[], "").await.body, b"<script>1</script>");
        let elsewhere = say(format!("/api/v1/tickets/{}/replies", other.id)).await;
        assert_eq!((elsewhere.status.as_u16(), elsewhere.json()["errors"][0]["code"].as_str()), (422, Some("unknown")));
    }

    async fn what_we_did_not_sign_is_not_there(desk: Desk) {
        let router = router(&desk, None);
        let url = upload(&router).await;
        let other = upload(&router).await;
        let led = ask(&router, Method::GET, &url, &[AGENT], "").await;
        let address = led.header("location");
        let (id, other) = (url.rsplit('/').next().expect("an id"), other.rsplit('/').next().expect("an id"));
        let (tenant, nobodys) = (desk.tenant_id().to_string(), "7");
        let missing = ask(&router, Method::GET, &address.replace(id, "7"), &[], "").await;
        assert_eq!(missing.status, 404);
        for forged in [
            address.replace(id, other),
            address.replace(&tenant, nobodys),
            address.replace("until=", "until=9"),
            address.replace("signature=", "signature=A"),
            address.replace("signature=", "signature=%21"),
            address.replace(id, "x"),
        ] {
            let refused = ask(&router, Method::GET, &forged, &[AGENT], "").await;
            assert_eq!((refused.status, refused.body), (StatusCode::NOT_FOUND, missing.body.clone()), "{forged}");
        }
        let bare = ask(&router, Method::GET, address.split('?').next().expect("a path"), &[], "").await;
        assert_eq!(bare.status, 422);
    }

    async fn files_have_an_address_of_their_own_if_they_are_given_one(desk: Desk) {
        let router = router(&desk, Some(FILES));
        let url = upload(&router).await;
        let led = ask(&router, Method::GET, &url, &[AGENT], "").await;
        let path = led.header("location").strip_prefix(FILES).expect("at the files' address").to_owned();
        let there = ("host", "files.desk.test");
        assert_eq!(ask(&router, Method::GET, &path, &[there], "").await.status, 200);
        let page = ask(&router, Method::GET, &url, &[there, AGENT], "").await;
        assert_eq!(page.status, 404, "there is nothing else at that address");
        let picture = ask(&router, Method::GET, &url, &[AGENT, ("sec-fetch-dest", "image")], "").await;
        assert!(picture.header("location").starts_with("/files/"), "a picture stays within the page's own policy");
    }
}
