//! The one list of domains: who listens, who works in the background, and what is answered over HTTP.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use madoguchi_channels as channels;
use madoguchi_kernel::{Problem, problem::Result};
use madoguchi_people as people;
use madoguchi_platform::{
    blob::Blobs,
    clock::SystemClock,
    config::Config,
    egress::Egress,
    house::{House, HouseBuilder, jobs::Every},
    http::{self, App, Failure, Routes},
    search::{librarian::Librarian, shelf::Shelf},
    secrets::Keys,
};
use madoguchi_tickets as tickets;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use crate::{assets, document, health, opening::Opened};

/// Answers to Idempotency-Keys that are too old are swept out this often.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// Who listens, and who works in the background.
pub fn furnished(tools: &channels::Tools, config: &Config) -> HouseBuilder {
    let mut house = HouseBuilder::new();
    house.close_within(config.server.stop_within);
    house.eras(config.server.eras.clone());
    people::auth::furnish(&mut house);
    tickets::attachments::unused::furnish(&mut house, &tools.mail.blobs);
    channels::listen(&mut house, tools);
    let kept = config.http().idempotency_kept;
    house.every(Every::new("http.forget_answers", FORGET_EVERY, move |house| async move {
        http::forget_old_idempotency_keys(&house, kept).await
    }));
    house
}

/// What the roads in and out work with.
pub fn tools(keys: &Arc<Keys>, blobs: &Blobs, config: &Config) -> channels::Tools {
    let egress = Arc::new(Egress::new(Arc::new(SystemClock), config.http.reached_machines.clone()));
    let mail = channels::mail::Tools::new(keys.clone(), blobs.clone(), &config.mail, &config.public_url(), egress);
    channels::Tools { mail: Arc::new(mail) }
}

/// What waits for the world outside, and what is kept up to date.
pub fn start(opened: &Opened, reception: channels::mail::Reception) -> Result<()> {
    let librarian = opened.librarian.clone();
    opened.house.spawn(async move { librarian.run().await });
    channels::start(&opened.house, &opened.tools, reception)
}

/// Who puts what is to be found on the shelf.
pub fn librarian(house: &House, shelf: &Shelf) -> Librarian {
    use people::crm::views::findable as people;
    Librarian::new(
        house.clone(),
        shelf.clone(),
        vec![people::contacts(), people::organizations(), tickets::views::findable::source()],
    )
}

/// Every route of the API.
fn routes() -> Routes {
    Routes::with_openapi(document::about())
        .merge(http::house::routes())
        .merge(people::routes())
        .merge(tickets::http::routes())
        .merge(channels::routes())
}

/// The document of the API.
pub fn document() -> OpenApi {
    document::completed(routes().into_openapi())
}

/// Everything that is answered: the API, the live socket, the figures, and the console for the rest.
pub fn router(opened: &Opened, config: &Config) -> Result<Router> {
    let house = opened.house.clone();
    let gate = Arc::new(people::auth::Gate::new(house.clone()));
    let kept = (opened.keys.clone(), opened.blobs.clone());
    let app = App::with_shelf(house.clone(), gate, kept, config.http(), opened.shelf.clone());
    let (api, document) = routes().split_for_parts();
    let document = document::completed(document);
    let operations = Operations { queries: Arc::new(http::Queries::of(&document)), house: house.clone() };
    let api = api
        .route("/api/v1/live", any(http::live))
        .route("/api/{*rest}", any(unknown))
        .route_layer(middleware::from_fn_with_state(operations, operation))
        .layer(middleware::from_fn_with_state(app.clone(), http::visited))
        .with_state(app.clone());
    Ok(api
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", document))
        .merge(health::routes(house, config.http.metrics))
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(app, http::doorstep)))
}

async fn unknown(_: Request) -> Failure {
    Failure(Problem::not_found())
}

/// What is known of operations before one is asked for.
#[derive(Clone)]
struct Operations {
    queries: Arc<http::Queries>,
    house: House,
}

/// What a request passes once its operation is known. All in one layer: each layer is copied for each request, with
/// all that is below it.
async fn operation(State(operations): State<Operations>, request: Request, next: Next) -> Response {
    match operations.queries.require_known(&request) {
        Ok(()) => health::timed(&operations.house, request, next).await,
        Err(problem) => Failure(problem).into_response(),
    }
}
