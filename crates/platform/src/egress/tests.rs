use std::{collections::VecDeque, net::Ipv4Addr, sync::Mutex};

use madoguchi_kernel::Timestamp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::clock::ManualClock;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 216, 34));

fn egress(reached: Vec<IpAddr>, told: Vec<Vec<IpAddr>>) -> Egress {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    Egress { names: Names::Told(Mutex::new(VecDeque::from(told))), ..Egress::new(clock, reached) }
}

/// Answers every caller with what `said` makes of the path, and tells the port.
async fn server(said: impl Fn(&str) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    #[expect(clippy::disallowed_methods, reason = "a server of the test's own, which ends with it")]
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 2048];
            let length = stream.read(&mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            assert!(!head.to_lowercase().contains("cookie"), "{head}");
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            // A caller who has read enough hangs up.
            stream.write_all(said(&path).as_bytes()).await.ok();
        }
    });
    port
}

#[test]
fn the_vectors() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/vectors/security.json")).unwrap();
    for vector in vectors["ssrf"]["vectors"].as_array().unwrap() {
        let address = vector["url"].as_str().unwrap();
        let decided = Url::parse(address).map_err(|_| Refused::Address("none")).and_then(|url| {
            let target = Target::of(&url)?;
            let found = match target.host {
                url::Host::Ipv4(ip) => IpAddr::V4(ip),
                url::Host::Ipv6(ip) => IpAddr::V6(ip),
                url::Host::Domain(_) => PUBLIC,
            };
            reach::choose(&[found], target.port, &[]).map(drop)
        });
        let is_allowed = vector["decision"].as_str().unwrap().starts_with("allow");
        assert_eq!(decided.is_ok(), is_allowed, "{address}: {decided:?}");
    }
}

#[test]
fn addresses_that_carry_others_are_what_they_carry() {
    for (ip, public) in [
        ("::ffff:10.0.0.1", false),
        ("::ffff:8.8.8.8", true),
        ("2002:7f00:1::", false),
        ("2002:808:808::", true),
        ("2001::f5ff:fffe", false),
        ("64:ff9b::808:808", true),
        ("2606:4700::1111", true),
        ("2001:db8::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
    ] {
        assert_eq!(reach::is_public(ip.parse().unwrap()), public, "{ip}");
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_all_of_its_addresses_count() {
    let port = server(|_| "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".to_owned()).await;
    let address = format!("http://pictures.example:{port}/a");
    let rebound = egress(vec![HERE], vec![vec![HERE], vec![PUBLIC]]);
    assert_eq!(rebound.get(&address, 10).await.unwrap(), "hi", "what was checked is what is connected to");

    let mixed = egress(vec![], vec![vec![PUBLIC, IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))]]);
    assert!(matches!(mixed.get("http://pictures.example/", 10).await, Err(Refused::Inner)));
    let other_port = egress(vec![HERE], vec![vec![HERE, PUBLIC]]);
    assert!(matches!(other_port.get(&address, 10).await, Err(Refused::Address(_))), "open on the named machine alone");
}

#[tokio::test]
async fn every_redirect_is_checked() {
    let port = server(|path| {
        let place = match path {
            "/in" => "http://169.254.169.254/latest/",
            "/file" => "file:///etc/passwd",
            "/round" => "/round",
            "/on" => "/there",
            _ => return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nthere".to_owned(),
        };
        format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n")
    })
    .await;
    let egress = egress(vec![HERE], vec![]);
    let get = async |path: &str| egress.get(&format!("http://127.0.0.1:{port}{path}"), 100).await;
    assert!(matches!(get("/in").await, Err(Refused::Inner)));
    assert!(matches!(get("/file").await, Err(Refused::Address(_))));
    assert!(matches!(get("/round").await, Err(Refused::Redirects)));
    assert_eq!(get("/on").await.unwrap(), "there");
}

#[tokio::test]
async fn what_is_too_long_or_no_success_is_refused() {
    let port = server(|path| match path {
        "/long" => format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(2_000)),
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
    })
    .await;
    let egress = egress(vec![HERE], vec![]);
    assert!(matches!(egress.get(&format!("http://127.0.0.1:{port}/long"), 100).await, Err(Refused::TooLarge(100))));
    assert!(matches!(egress.get(&format!("http://127.0.0.1:{port}/none"), 100).await, Err(Refused::Status(404))));
}

#[tokio::test]
async fn nobody_is_waited_for_without_end() {
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let egress = Egress::new(clock.clone(), vec![HERE]);
    let late = async {
        let (_held, _) = listener.accept().await.unwrap();
        clock.advance(DONE_WITHIN);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        fetched = egress.get(&address, 10) => assert!(matches!(fetched, Err(Refused::Late))),
        () = late => {}
    }
}

#[tokio::test]
async fn a_form_is_handed_to_the_address_itself_and_in_the_clear_only_here() {
    let port = server(|path| match path {
        "/token" => "HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\nnope".to_owned(),
        _ => "HTTP/1.1 302 Found\r\nLocation: /token\r\nContent-Length: 0\r\n\r\n".to_owned(),
    })
    .await;
    let form = Form { body: "a=b".to_owned(), authorization: Some("Basic x".to_owned()) };
    let here = egress(vec![HERE], vec![vec![HERE]]);
    let answered = here.post_form(&format!("http://127.0.0.1:{port}/token"), &form, 100).await.unwrap();
    assert_eq!((answered.status, &answered.body[..]), (400, b"nope".as_slice()));
    let sent_on = here.post_form(&format!("http://127.0.0.1:{port}/other"), &form, 100).await.unwrap();
    assert_eq!(sent_on.status, 302, "nobody follows with a secret in hand");
    let named = here.post_form(&format!("http://tokens.example:{port}/token"), &form, 100).await;
    assert!(matches!(named, Err(Refused::Address(_))), "in the clear to a machine that may be another");
    let closed = egress(vec![], vec![]).post_form(&format!("http://127.0.0.1:{port}/token"), &form, 100).await;
    assert!(closed.is_err(), "nobody let this machine be asked");
}
