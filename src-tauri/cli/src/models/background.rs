//! [`assess_in_background`]: runs `pounce models assess` as a process that gives way to all others.

use std::process::Stdio;

use pounce_service::ModelId;
use tokio::process::Command;

/// Assesses an installed model in a process of this program at the lowest priority, which tells the
/// running app when it is done. Dropping the future ends the process; what was measured until then is
/// kept.
///
/// # Errors
/// In one line, why the model was not assessed.
pub async fn assess_in_background(id: &ModelId) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("nice");
    command.args(["-n", "19"]).arg(program).args(["models", "assess", id.as_str()]);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.map_err(|error| error.to_string())?;
    let message = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(()),
        false => Err(message.lines().last().unwrap_or("it failed").to_owned()),
    }
}
