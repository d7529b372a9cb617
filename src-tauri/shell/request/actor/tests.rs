//! What the user sees of requests, on a clipboard in memory and with a scripted completer.

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use pounce_cli::Verb;
use pounce_service::settings::{ClipboardBehaviour, SnippetSource};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::clipboard::memory::MemoryBackend;
use crate::request::completions::candidate_list::CandidateList;
use crate::request::cursor_markers::CursorMarkers;
use crate::request::test_doubles::{ScriptedCompleter, ScriptedPaster};
use crate::ui_language::UiLanguage;

mod bench;
mod candidates;
mod improving;
mod memory;
mod reading_ahead;
mod requests;
