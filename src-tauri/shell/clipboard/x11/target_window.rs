//! [`TargetWindow`]: the focused window of an X server, into which a text is pasted by the keys that paste there.

use std::sync::Arc;
use std::time::Duration;

use pounce_engine::CancelToken;
use pounce_service::settings::PasteKeys;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use super::connection::{X11Error, X11Result};
use super::keyboard::{self, KeyChord, Keyboard};
use super::paste_keys::WindowClass;
use super::selection_owner::{Reader, SelectionOwner, WaitLimits, is_of_same_program};
use super::selection_reader::SelectionReader;
use crate::clipboard::language_hint;
use crate::clipboard::paste::{PasteError, PasteTarget, PasteText, PasteWish, WindowId};
use crate::clipboard::source::{Selection, Source};

/// How long a window may take to fetch the text. Editors take about 10 ms, a browser under load 200 ms; one that is
/// being swapped in takes seconds.
const FETCH_LIMIT: Duration = Duration::from_secs(4);
/// How long a program that has fetched the text may take to ask for it again.
const SETTLE: Duration = Duration::from_millis(100);
/// How long a window may take to copy what is selected in it. One that takes longer is busy, and pastes what it copied
/// itself: the text stays as it is.
const COPY_LIMIT: Duration = Duration::from_millis(150);

/// The focused window.
pub(crate) struct TargetWindow {
    connection: Arc<RustConnection>,
    screen: usize,
    keyboard: Keyboard,
    window: Window,
    /// The keys that paste there.
    chord: KeyChord,
    /// Serves the text; `None` before [`PasteTarget::paste`].
    owner: Option<SelectionOwner>,
}

/// The window that has the focus now.
pub(crate) fn focused() -> X11Result<WindowId> {
    let (connection, _) = x11rb::connect(None)?;
    Ok(connection.get_input_focus()?.reply()?.focus)
}

/// Waits until the user has let go of all keys.
pub(crate) fn wait_for_release(cancel: &CancelToken) -> Result<(), PasteError> {
    let (connection, _) = x11rb::connect(None).map_err(failed)?;
    let is_released = keyboard::wait_for_release(&connection, cancel).map_err(failed)?;
    if is_released || cancel.is_cancelled() { Ok(()) } else { Err(PasteError::KeysHeld) }
}

impl TargetWindow {
    /// Waits until the user has let go of the keys, and returns the window that has the focus then.
    pub(crate) fn focused(wish: &PasteWish<'_>) -> Result<Self, PasteError> {
        let (connection, screen) = x11rb::connect(None).map_err(failed)?;
        let connection = Arc::new(connection);
        let root = connection.setup().roots[screen].root;
        if !keyboard::wait_for_release(&connection, wish.cancel).map_err(failed)? {
            return Err(PasteError::KeysHeld);
        }
        let keyboard = Keyboard::read(connection.clone(), root).map_err(failed)?;
        let window = connection.get_input_focus().map_err(failed)?.reply().map_err(failed)?.focus;
        let class = window_class(&connection, window).map_err(failed)?;
        let chord = chord_for(&class, wish)?;
        Ok(Self { connection, screen, keyboard, window, chord, owner: None })
    }

    /// The X server's number of the window.
    pub(crate) fn id(&self) -> WindowId {
        self.window
    }

    /// Takes the selection, presses the keys, and serves the text until the window has fetched it.
    fn serve(&mut self, text: &PasteText, cancel: &CancelToken) -> X11Result<Reader> {
        let may_have_selected = self.may_have_selected(&text.snippet)?;
        let (connection, completion) = (self.connection.clone(), text.completion.as_str());
        let owner = SelectionOwner::acquire_for_paste(connection, self.screen, completion)?;
        self.owner = Some(owner);
        if may_have_selected && self.has_selected(&text.snippet, cancel)? {
            self.keep_selected(text)?;
        }
        let Some(owner) = &self.owner else { return Ok(Reader::None) };
        if self.chord == KeyChord::ShiftInsert {
            owner.take_primary()?;
        }
        self.keyboard.press(self.chord)?;
        owner.serve(self.window, WaitLimits { total: FETCH_LIMIT, settle: SETTLE, cancel })
    }

    /// Sees to it that what is pasted does not take the place of the snippet, which is selected: the cursor goes behind
    /// it, or the snippet comes back with its completion in it.
    fn keep_selected(&mut self, text: &PasteText) -> X11Result<()> {
        match (&text.whole, &mut self.owner) {
            (Some(whole), Some(owner)) => owner.offer_for_paste(whole),
            _ => self.keyboard.press(KeyChord::Right),
        }
    }

    /// Whether the copied `snippet` may still be selected in the window: its program has copied it, or has it in the
    /// primary selection.
    fn may_have_selected(&self, snippet: &str) -> X11Result<bool> {
        let has_copied = || Ok::<_, X11Error>(self.read(Selection::Clipboard)?.is_some());
        Ok(self.chord == KeyChord::CtrlV
            && (has_copied()? || self.holds(Selection::Primary, snippet)?))
    }

    /// Whether the copied `snippet` is still selected in the window. No selection tells: Qt has in the primary one only
    /// what the mouse has selected, and like Chromium keeps it after the user has gone on. So the window is made to copy
    /// once more, which it only does if something is selected. VS Code copies the cursor's line then, and says so.
    fn has_selected(&self, snippet: &str, cancel: &CancelToken) -> X11Result<bool> {
        let Some(owner) = &self.owner else { return Ok(false) };
        self.keyboard.press(KeyChord::CtrlInsert)?;
        owner.serve(self.window, WaitLimits { total: COPY_LIMIT, settle: COPY_LIMIT, cancel })?;
        if !owner.is_overtaken() {
            return Ok(false);
        }
        let is_snippet = self.holds(Selection::Clipboard, snippet)? && !self.has_copied_line()?;
        owner.take_clipboard()?;
        Ok(is_snippet)
    }

    /// Whether this window's program owns the selection and offers `text` there.
    fn holds(&self, selection: Selection, text: &str) -> X11Result<bool> {
        let Some(reader) = self.read(selection)? else { return Ok(false) };
        // A window that hangs is not waited for: it does not paste either.
        let content = reader.read("UTF8_STRING", text.len() + 1).ok().flatten();
        Ok(content.is_some_and(|content| content.bytes == text.as_bytes()))
    }

    /// Whether the window's program has copied the line of the cursor, because nothing was selected.
    fn has_copied_line(&self) -> X11Result<bool> {
        let Some(reader) = self.read(Selection::Clipboard)? else { return Ok(false) };
        let read = |format: &str, max_bytes| Some(reader.read(format, max_bytes).ok()??.bytes);
        Ok(language_hint::is_unselected_line(read))
    }

    /// Reads the selection, if this window's program owns it.
    fn read(&self, selection: Selection) -> X11Result<Option<SelectionReader>> {
        let source = Source::new(selection).within(COPY_LIMIT);
        let reader = SelectionReader::connect(source)?;
        let is_own = |owner| is_of_same_program(&self.connection, owner, self.window);
        Ok(reader.filter(|reader| is_own(reader.owner)))
    }
}

impl PasteTarget for TargetWindow {
    fn paste(&mut self, text: &PasteText, cancel: &CancelToken) -> Result<(), PasteError> {
        match self.serve(text, cancel).map_err(failed)? {
            Reader::Target => Ok(()),
            Reader::Other => Err(PasteError::FetchedElsewhere),
            Reader::None => Err(PasteError::NotFetched),
        }
    }

    fn is_overtaken(&self) -> bool {
        self.owner.as_ref().is_some_and(SelectionOwner::is_overtaken)
    }
}

fn failed(error: impl Into<X11Error>) -> PasteError {
    PasteError::Failed(error.into().to_string())
}

/// The keys that paste in a window of this class, unless nothing should be pasted there.
fn chord_for(class: &WindowClass, wish: &PasteWish<'_>) -> Result<KeyChord, PasteError> {
    let is_terminal = |chord| {
        // A program that does not know bracketed paste, such as an old shell, runs every line.
        let has_lines = wish.completion.contains('\n');
        if has_lines { Err(PasteError::LinesInTerminal) } else { Ok(chord) }
    };
    match class.paste_keys(wish.rules) {
        PasteKeys::CtrlV => Ok(KeyChord::CtrlV),
        PasteKeys::CtrlShiftV => is_terminal(KeyChord::CtrlShiftV),
        PasteKeys::ShiftInsert => is_terminal(KeyChord::ShiftInsert),
        PasteKeys::Never => Err(PasteError::Never(class.class.clone())),
    }
}

/// The class of `window`, or of its nearest ancestor that has one.
fn window_class(connection: &RustConnection, mut window: Window) -> X11Result<WindowClass> {
    while window > 1 {
        let class =
            connection.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 256)?;
        if let Some(class) = WindowClass::parse(&class.reply()?.value) {
            return Ok(class);
        }
        window = connection.query_tree(window)?.reply()?.parent;
    }
    Ok(WindowClass::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_not_pasted_where_they_might_be_run() {
        let cancel = CancelToken::new();
        let check = |property: &str, completion: &str, expected, why: &str| {
            let class = WindowClass::parse(property.as_bytes()).expect("the case is well formed");
            let wish = PasteWish { completion, ..PasteWish::anywhere(&cancel) };
            assert_eq!(chord_for(&class, &wish), expected, "{why}");
        };
        let lines = "a)\nb()";
        check("kitty\0kitty\0", "a)", Ok(KeyChord::CtrlShiftV), "a line in a terminal");
        check("kitty\0kitty\0", lines, Err(PasteError::LinesInTerminal), "lines in a terminal");
        check("xterm\0XTerm\0", lines, Err(PasteError::LinesInTerminal), "in an old one too");
        check("code\0Code\0", lines, Ok(KeyChord::CtrlV), "lines in an editor");
        check("gvim\0Gvim\0", "a)", Err(PasteError::Never("Gvim".into())), "nowhere else");
    }
}
