//! Files over HTTP: where they are fetched, for how long, and as what.

use std::{
    fs::{self, File},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
    middleware,
};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use madoguchi_kernel::{Timestamp, problem::Result};
use madoguchi_platform::{
    access::Actor,
    blob::Blobs,
    both_engines,
    http::{App, Doorman, HttpSettings, Knock, SIGNED_FOR, doorstep, visited},
    secrets::Keys,
};
use madoguchi_tickets::{attachments::unused, http::routes, testing::Desk};
use serde_json::Value;
use tower::ServiceExt;

const FILES: &str = "https://files.desk.test";

/// Knows the desk's agent by any token at all.
pub struct Friendly(pub Arc<Actor>);
impl Doorman for Friendly {
    fn recognize(&self, knock: Knock) -> BoxFuture<'_, Result<Option<Arc<Actor>>>> {
        Box::pin(std::future::ready(Ok(knock.bearer.is_some().then(|| self.0.clone()))))
    }
}

pub fn store(desk: &Desk) -> (Arc<Keys>, Blobs) {
    let keys = Arc::new(Keys::new([7; 32]));
    let blobs = Blobs::open(&desk.dir().join("blobs"), "a", keys.clone()).expect("a folder for files");
    (keys, blobs)
}

fn router(desk: &Desk, files_origin: Option<&str>) -> Router {
    let (keys, blobs) = store(desk);
    let settings = HttpSettings { files_origin: files_origin.map(str::to_owned), ..HttpSettings::default() };
    served(App::new(desk.house(), Arc::new(Friendly(desk.agent().clone())), keys, blobs, settings))
}

/// The doors of tickets.
pub fn served(app: App) -> Router {
    let (routes, _) = routes().split_for_parts();
    routes
        .layer(middleware::from_fn_with_state(app.clone(), visited))
        .with_state(app.clone())
        .layer(middleware::from_fn_with_state(app, doorstep))
}

pub struct Reply {
    pub status: StatusCode,
    headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("text")
    }
}

pub async fn ask(router: &Router, method: Method, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = Request::builder().method(method).uri(url).header("accept-language", "ja");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    let (parts, body) = router.clone().oneshot(request).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("bytes").to_bytes().to_vec();
    Reply { status: parts.status, headers: parts.headers, body }
}

pub const AGENT: (&str, &str) = ("authorization", "bearer anybody");

/// Every file below a folder is an old one.
fn age(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => age(&path),
            path => File::open(path)
                .expect("a file")
                .set_modified(Timestamp::from_micros(0).to_jiff().into())
                .expect("its owner"),
        }
    }
}

/// Files below a folder.
fn count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
}

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

    async fn an_upload_that_no_message_took_goes_after_a_week(desk: Desk) {
        let (router, ticket, (_, blobs)) = (router(&desk, None), desk.ticket("a@b.example", "one").await, store(&desk));
        let put = async |content: &str| {
            let made = ask(&router, Method::POST, "/api/v1/attachments?name=a.txt", &[AGENT], content).await;
            made.json()["id"].as_i64().expect("an id")
        };
        let (small, large) = ("small", "large ".repeat(10_000));
        let (unused, unused_large) = (put(small).await, put(&large).await);
        let (taken, other) = (put(small).await, put(&large.to_uppercase()).await);
        let body = format!("{{\"text\":\"see\",\"attachments\":[{taken}]}}");
        let path = format!("/api/v1/tickets/{}/notes", ticket.id);
        assert_eq!(ask(&router, Method::POST, &path, &[AGENT, ("content-type", "application/json")], &body).await.status, 201);
        let is_there = async |id: i64| {
            let led = ask(&router, Method::GET, &format!("/api/v1/attachments/{id}"), &[AGENT], "").await;
            led.status == 302 && ask(&router, Method::GET, led.header("location"), &[], "").await.status == 200
        };
        desk.advance(unused::KEPT - Duration::from_secs(1));
        assert_eq!(unused::remove(&desk.house(), &blobs).await.expect("nothing is due"), 0);
        assert!(is_there(unused).await && is_there(unused_large).await);
        let late = put(&large).await;
        age(&desk.dir().join("blobs"));
        desk.advance(Duration::from_secs(2));
        assert_eq!(unused::remove(&desk.house(), &blobs).await.expect("removed"), 3);
        assert!(!is_there(unused).await && !is_there(unused_large).await && !is_there(other).await);
        // The same words in a note, and the same file that was uploaded again, are as they were.
        assert!(is_there(taken).await && is_there(late).await);
        // A backup that has just begun may still name the file.
        assert_eq!(count(&desk.dir().join("blobs")), 2);
        desk.advance(unused::LEFT_FOR + Duration::from_secs(1));
        assert_eq!(unused::remove(&desk.house(), &blobs).await.expect("files go"), 0);
        assert_eq!(count(&desk.dir().join("blobs")), 1);
        assert!(is_there(late).await);
        // A file that was written a moment ago may be about to be named.
        desk.advance(unused::KEPT);
        assert_eq!(unused::remove(&desk.house(), &blobs).await.expect("removed"), 1);
        assert_eq!(put(&large).await.signum(), 1);
        desk.advance(unused::LEFT_FOR + Duration::from_secs(1));
        assert_eq!(unused::remove(&desk.house(), &blobs).await.expect("it is named again"), 0);
        assert_eq!(count(&desk.dir().join("blobs")), 1);
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
