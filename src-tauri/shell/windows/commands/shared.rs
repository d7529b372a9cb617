//! [`Shared`]: the app as commands get it.

use std::ops::Deref;
use std::sync::Arc;

use tauri::ipc::{CommandArg, CommandItem, InvokeError};
use tauri::{Manager as _, Runtime};

use crate::app::App;

/// The app as commands get it. Tauri's `State` would not tell the compiler which runtime is meant.
pub(super) struct Shared<R: Runtime>(Arc<App<R>>);

impl<'de, R: Runtime> CommandArg<'de, R> for Shared<R> {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        let app = command.message.webview_ref().try_state::<Arc<App<R>>>();
        let app = app.ok_or_else(|| InvokeError::from("the app has not started yet; try again"))?;
        Ok(Self(app.inner().clone()))
    }
}

impl<R: Runtime> Deref for Shared<R> {
    type Target = Arc<App<R>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
