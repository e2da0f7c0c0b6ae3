//! The live socket: one a browser, carrying hints about what is on its screen. The browser reads the
//! changed things again by itself; after a gap it reads everything again.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, Uri},
    response::Response,
};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;

use super::{Answered, App, Ctx, origin::require_own};
use crate::{access::Actor, house::live::Hint};

/// Hints are gathered this long, so that a burst is one message.
const GATHER: Duration = Duration::from_millis(100);
/// How often a silent line is tried.
const PING_EVERY: Duration = Duration::from_secs(25);
/// Tickets that one browser may watch.
const WATCHED_MAX: usize = 500;
/// The largest message from a browser, in bytes.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    watch: Watch,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Watch {
    #[serde(default)]
    lists: bool,
    #[serde(default)]
    tickets: HashSet<i64>,
}

#[derive(Serialize)]
struct Hello {
    r#type: &'static str,
    now: madoguchi_kernel::Timestamp,
}

#[derive(Serialize)]
struct Hints<'a> {
    hints: &'a [Shown],
}

#[derive(Serialize)]
struct Shown {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
}

/// Opens the live socket. Only pages of our own may, and only for somebody who is signed in.
pub async fn live(
    State(app): State<App>,
    ctx: Ctx,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answered<Response> {
    let actor = ctx.actor()?.clone();
    require_own(app.settings(), &uri, &headers)?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move {
        if let Err(error) = attend(&app, &actor, socket).await {
            tracing::debug!(%error, "A live socket ended");
        }
    }))
}

async fn attend(app: &App, actor: &Arc<Actor>, mut socket: WebSocket) -> std::result::Result<(), axum::Error> {
    let mut heard = app.house().live().listen();
    let clock = app.house().clock().clone();
    let mut watch = Watch { lists: true, ..Watch::default() };
    let mut gathered: BTreeMap<(&'static str, i64), i64> = BTreeMap::new();
    let mut counts = false;
    send(&mut socket, &Hello { r#type: "hello", now: clock.now() }).await?;
    let mut flush_at = None;
    let mut ping_at = clock.now().after(PING_EVERY);
    loop {
        let wake_at = flush_at.unwrap_or(ping_at);
        tokio::select! {
            () = app.house().stopping().cancelled() => return socket.send(Message::Close(None)).await,
            said = socket.recv() => match said {
                None | Some(Err(_)) | Some(Ok(Message::Close(_))) => return Ok(()),
                Some(Ok(Message::Text(text))) => {
                    if let Ok(Said { watch: asked }) = serde_json::from_str(&text)
                        && asked.tickets.len() <= WATCHED_MAX
                    {
                        watch = asked;
                    }
                }
                Some(Ok(_)) => {}
            },
            hints = heard.recv() => match hints {
                Ok(hints) => {
                    if hints.iter().any(|hint| ends(hint, actor)) {
                        return socket.send(Message::Close(None)).await;
                    }
                    for hint in hints.iter().filter(|hint| concerns(hint, actor)) {
                        if matches!(hint.kind, "ticket" | "gone") {
                            counts |= watch.lists;
                            if !watch.lists && !watch.tickets.contains(&hint.id) {
                                continue;
                            }
                        }
                        gathered.insert((hint.kind, hint.id), hint.revision);
                    }
                    if flush_at.is_none() && (counts || !gathered.is_empty()) {
                        flush_at = Some(clock.now().after(GATHER));
                    }
                }
                // Too far behind: the browser opens a new socket and reads everything again.
                Err(RecvError::Lagged(_)) => return socket.send(Message::Close(None)).await,
                Err(RecvError::Closed) => return Ok(()),
            },
            () = clock.sleep_until(wake_at) => {
                if flush_at.take().is_some() {
                    flush(&mut socket, &mut gathered, &mut counts).await?;
                } else {
                    socket.send(Message::Ping(axum::body::Bytes::new())).await?;
                    ping_at = clock.now().after(PING_EVERY);
                }
            }
        }
    }
}

/// What changes the actor's own rights ends the socket: the browser comes back through the door.
fn ends(hint: &Hint, actor: &Actor) -> bool {
    hint.tenant == actor.tenant
        && ((hint.kind == "membership" && Some(hint.id) == actor.id)
            || matches!(hint.kind, "role" | "team" | "wall" | "sign_in_policy")
            || (hint.kind == "session" && Some(hint.id) == actor.door))
}

fn concerns(hint: &Hint, actor: &Actor) -> bool {
    hint.tenant == actor.tenant && hint.wall.is_none_or(|wall| actor.walls.open(wall))
}

async fn flush(
    socket: &mut WebSocket,
    gathered: &mut BTreeMap<(&'static str, i64), i64>,
    counts: &mut bool,
) -> std::result::Result<(), axum::Error> {
    let mut hints: Vec<Shown> = std::mem::take(gathered)
        .into_iter()
        .map(|((kind, id), revision)| Shown { kind, id: Some(id), revision: Some(revision) })
        .collect();
    if std::mem::take(counts) {
        hints.push(Shown { kind: "counts", id: None, revision: None });
    }
    send(socket, &Hints { hints: &hints }).await
}

async fn send(socket: &mut WebSocket, message: &impl Serialize) -> std::result::Result<(), axum::Error> {
    let text = serde_json::to_string(message).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}
