//! [`Desktop`]: a session started for the tests, in a temporary folder. It is an X server with
//! session bus, window manager and panel, or a Wayland compositor with a session bus.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tokio::runtime::Runtime;
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;

use super::compositor;
use super::notices::Notices;
use super::process::{Process, killed_with_us};
use crate::patience::wait_until;

/// The panel's configuration: a task list and the tray at the lower edge.
const PANEL: &str = include_str!("xfce4-panel.xml");
/// The name on the bus of what shows tray icons.
const TRAY: &str = "org.kde.StatusNotifierWatcher";

/// The desktop; dropping it ends everything on it.
pub(crate) struct Desktop {
    // Dropped from top to bottom: programs before the servers that they use.
    pub(crate) notices: Notices,
    pub(crate) bus: Connection,
    pub(crate) tasks: Runtime,
    /// `None` on Wayland.
    panel: Option<Process>,
    _programs: Vec<Process>,
    /// The variables by which programs find display and bus.
    environment: Vec<(&'static str, String)>,
    folder: TempDir,
}

impl Desktop {
    /// Starts an X server with window manager and panel, and waits until the panel shows tray
    /// icons.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// As [`Self::start`], in dark colours.
    pub(crate) fn start_dark() -> Self {
        Self::start_with(&[("GTK_THEME", "Adwaita:dark")])
    }

    fn start_with(variables: &[(&'static str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let xfconf = folder.path().join("config/xfce4/xfconf/xfce-perchannel-xml");
        fs::create_dir_all(&xfconf).expect("the folder is ours");
        fs::write(xfconf.join("xfce4-panel.xml"), PANEL).expect("the folder is ours");
        let mut server = killed_with_us("Xvfb");
        server
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stderr(Stdio::null());
        let (server, number) = Process::start_and_read(server);
        let mut environment =
            vec![("DISPLAY", format!(":{number}")), ("GDK_BACKEND", "x11".into())];
        environment.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut desktop = Self::on(server, environment, folder);
        // Vectors drop from the front: the servers go last.
        let manager = desktop.program("openbox", &[]);
        desktop._programs.insert(0, manager);
        desktop.start_panel();
        desktop
    }

    fn start_panel(&mut self) {
        self.panel = Some(self.program("xfce4-panel", &["--disable-wm-check"]));
        wait_until("the panel", || self.owns(TRAY));
    }

    /// Starts the panel again if it has crashed, and returns whether it had: its crashes are not
    /// what the scenarios test, and without it every later one would wait for a tray icon in vain.
    pub(crate) fn revive_panel(&mut self) -> bool {
        let has_crashed = self.panel.is_some() && !self.owns(TRAY);
        if has_crashed {
            // A panel of which only the tray has crashed would keep its name on the bus.
            self.panel = None;
            self.start_panel();
        }
        has_crashed
    }

    /// Starts a Wayland compositor without a panel, and waits until it answers.
    pub(crate) fn start_wayland() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (compositor, socket) = compositor::start(folder.path());
        let socket = socket.display().to_string();
        let environment = [("WAYLAND_DISPLAY", socket), ("GDK_BACKEND", "wayland".into())];
        Self::on(compositor, environment.into(), folder)
    }

    /// Starts a session bus beside the display server.
    fn on(server: Process, mut environment: Vec<(&'static str, String)>, folder: TempDir) -> Self {
        let tasks = Runtime::new().expect("a runtime");
        // Programs that the bus starts, such as the panel's settings service, get the same home.
        let mut daemon = in_home("dbus-daemon", folder.path());
        daemon
            .args(["--session", "--nofork", "--print-address=1"])
            .envs(environment.iter().cloned())
            .stderr(Stdio::null());
        let (daemon, address) = Process::start_and_read(daemon);
        let bus = tasks.block_on(async {
            zbus::connection::Builder::address(address.as_str())?.build().await
        });
        let bus = bus.expect("the bus was just started");
        let notices = tasks.block_on(Notices::serve(&bus));
        environment.push(("DBUS_SESSION_BUS_ADDRESS", address));
        let _programs = vec![daemon, server];
        Self { notices, bus, tasks, panel: None, _programs, environment, folder }
    }

    /// A command that runs on this desktop, with its folders below `home`.
    pub(crate) fn command(&self, program: &str, home: &Path) -> Command {
        let mut command = in_home(program, home);
        command
            .envs(self.environment.iter().cloned())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("LANGUAGE")
            .env("XDG_CURRENT_DESKTOP", "XFCE")
            .env("NO_AT_BRIDGE", "1")
            .env("LIBGL_ALWAYS_SOFTWARE", "1");
        command
    }

    /// Runs a small tool of the desktop to its end and returns what it printed.
    pub(crate) fn tool(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program, self.folder.path()).args(arguments).output();
        let output = output
            .unwrap_or_else(|error| panic!("{program} cannot be run: {error}; see packages.txt"));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// The command of a small tool, in the desktop's environment.
    pub(crate) fn tool_command(&self, program: &str) -> Command {
        self.command(program, self.folder.path())
    }

    /// Presses keys, such as `ctrl+alt+space`.
    pub(crate) fn press(&self, keys: &str) {
        self.tool("xdotool", &["key", keys]);
    }

    /// The X server's display, for example `:1`.
    pub(crate) fn display(&self) -> &str {
        let display = self.environment.iter().find(|(name, _)| *name == "DISPLAY");
        display.map(|(_, value)| value.as_str()).expect("this desktop is an X server")
    }

    /// Writes a screenshot of the whole screen, if `POUNCE_SCREENSHOTS` names a folder.
    pub(crate) fn screenshot(&self, name: &str) {
        if let Some(file) = Self::screenshot_file(name) {
            self.tool("import", &["-window", "root", &file.display().to_string()]);
        }
    }

    /// As [`Self::screenshot`], of a part of the screen, such as `400x300+0+500`.
    pub(crate) fn screenshot_part(&self, name: &str, part: &str) {
        if let Some(file) = Self::screenshot_file(name) {
            let file = file.display().to_string();
            self.tool("import", &["-window", "root", "-crop", part, "+repage", &file]);
        }
    }

    /// The file of the screenshot `name`; `None` if `POUNCE_SCREENSHOTS` is not set.
    pub(crate) fn screenshot_file(name: &str) -> Option<PathBuf> {
        let folder = PathBuf::from(std::env::var_os("POUNCE_SCREENSHOTS")?);
        fs::create_dir_all(&folder).expect("the folder for screenshots can be made");
        Some(folder.join(format!("{name}.png")))
    }

    /// The id of the process behind a name on the bus; `None` if it has left the bus.
    pub(crate) fn process_of(&self, name: &str) -> Option<u32> {
        let name = BusName::try_from(name).ok()?;
        let id =
            async { DBusProxy::new(&self.bus).await?.get_connection_unix_process_id(name).await };
        self.tasks.block_on(id).ok()
    }

    fn owns(&self, name: &str) -> bool {
        let name = BusName::try_from(name).expect("a name as the specification has it");
        let owner = async { DBusProxy::new(&self.bus).await?.name_has_owner(name).await };
        self.tasks.block_on(owner).unwrap_or(false)
    }

    fn program(&self, program: &str, arguments: &[&str]) -> Process {
        let log = File::create(self.folder.path().join(format!("{program}.log")))
            .expect("the folder is ours");
        let mut command = self.command(program, self.folder.path());
        command.args(arguments).stdout(Stdio::null()).stderr(log);
        Process::start(command)
    }
}

/// A command whose folders are all below `home`.
fn in_home(program: &str, home: &Path) -> Command {
    let mut command = killed_with_us(program);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env("HOME", home);
    for (variable, name) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        let folder = home.join(name);
        fs::create_dir_all(&folder).expect("the folder is ours");
        command.env(variable, folder);
    }
    command
}
