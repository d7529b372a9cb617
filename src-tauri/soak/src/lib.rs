//! The soak: hours of use in minutes. Several clients complete random snippets, cancel and walk away,
//! while models, budgets and settings are changed and engines fail at random. At the end every answer
//! must have come in time, memory must be flat, and nothing may be left running.

mod clients;
mod faulty;
mod models;
mod report;
mod run;
mod tally;

pub use faulty::FaultRates;
pub use models::SoakModels;
pub use report::SoakReport;
pub use run::{SoakOptions, SoakProgress, run};
