//! Assesses the models that were installed and not assessed yet, one after the other. Each is in memory
//! a second time meanwhile, so it waits until there is room for that. What the end of the app stops goes
//! on at the next start.

use std::collections::HashSet;
use std::sync::Arc;

use pounce_cli::assess_in_background;
use pounce_service::{ModelCatalog, ModelId, ModelStatus, Status};
use tauri::Runtime;

use super::App;

/// Assesses what is missing, unless that is going on.
pub(crate) fn assess_missing<R: Runtime>(app: &Arc<App<R>>) {
    let app = app.clone();
    tokio::spawn(async move {
        let Ok(_alone) = app.assessing.try_lock() else { return };
        // Two measurements at a time would slow each other down.
        drop(app.calibrating.lock().await);
        let mut tried = HashSet::new();
        while let Some(id) = missing(&app.service.status(), &tried) {
            if let Err(why) = assess_in_background(&id).await {
                tracing::info!(model = %id, why, "it was not assessed");
            }
            tried.insert(id);
        }
    });
}

/// A model of this machine that was not assessed, and for which there is room. The one that came with the
/// app was assessed when it was made.
fn missing(status: &Status, tried: &HashSet<ModelId>) -> Option<ModelId> {
    let catalog = ModelCatalog::built_in();
    let embedded = catalog.default_model();
    let room = status.budget_bytes.saturating_sub(status.used_bytes);
    let fits =
        |model: &&ModelStatus| model.measured.resident_bytes.is_some_and(|bytes| bytes <= room);
    let is_missing = |model: &&ModelStatus| {
        let is_own = model.remote.is_none() && embedded != Some(&model.id);
        is_own && model.measured.assessment.is_none() && !tried.contains(&model.id)
    };
    status.models.iter().filter(is_missing).find(fits).map(|model| model.id.clone())
}
