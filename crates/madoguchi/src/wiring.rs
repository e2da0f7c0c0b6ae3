//! The one list of domains.

use std::sync::Arc;

use madoguchi_platform::{blob::Blobs, config::Config, house::HouseBuilder, secrets::Keys};

/// Who listens, and who works in the background.
pub fn furnished(_keys: &Arc<Keys>, _blobs: &Blobs, _config: &Config) -> HouseBuilder {
    HouseBuilder::new()
}
