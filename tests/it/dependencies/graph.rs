//! [`Graph`]: all packages that the lock file names, and which needs which, as cargo tells.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::Command;

use serde::Deserialize;

/// The platform that programs are built for.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Packages and what they need.
pub(super) struct Graph {
    packages: BTreeMap<String, Package>,
    nodes: BTreeMap<String, Node>,
}

#[derive(Deserialize)]
pub(super) struct Package {
    id: String,
    pub(super) name: String,
    pub(super) version: String,
    /// Empty if the package states none.
    #[serde(rename = "license", default, deserialize_with = "or_empty")]
    pub(super) licence: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `None` for what becomes part of the program, else `dev` or `build`.
    kind: Option<String>,
}

impl Graph {
    /// Asks cargo, which must not use the network.
    pub(super) fn read() -> Self {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
            resolve: Resolve,
        }
        #[derive(Deserialize)]
        struct Resolve {
            nodes: Vec<Node>,
        }
        let mut command = cargo("metadata");
        command.args(["--format-version=1", "--filter-platform", PLATFORM]);
        let Metadata { packages, resolve } = serde_json::from_str(&stdout(command)).unwrap();
        let packages = packages.into_iter().map(|package| (package.id.clone(), package));
        let nodes = resolve.nodes.into_iter().map(|node| (node.id.clone(), node));
        Self { packages: packages.collect(), nodes: nodes.collect() }
    }

    pub(super) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.values()
    }

    /// The names of which the program of the package `root` has several versions.
    pub(super) fn several_versions_of(&self, root: &str) -> BTreeSet<String> {
        let root = self.packages().find(|package| package.name == root).unwrap();
        let mut names = BTreeSet::new();
        let part_names = self.parts_of(root).into_iter().map(|package| package.name.clone());
        part_names.filter(|name| !names.insert(name.clone())).collect()
    }

    /// The packages that become part of a program: macros and build scripts do not.
    fn parts_of<'a>(&'a self, root: &'a Package) -> Vec<&'a Package> {
        let (mut seen, mut parts, mut open) = (BTreeSet::new(), Vec::new(), vec![&root.id]);
        while let Some(id) = open.pop() {
            let package = &self.packages[id];
            if !seen.insert(id) || package.is_macro() {
                continue;
            }
            parts.push(package);
            let needed = self.nodes[id].deps.iter().filter(|needed| needed.is_part());
            open.extend(needed.map(|needed| &needed.pkg));
        }
        parts
    }
}

impl Package {
    fn is_macro(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }
}

impl Dependency {
    fn is_part(&self) -> bool {
        self.dep_kinds.iter().any(|kind| kind.kind.is_none())
    }
}

fn or_empty<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// The features that the program of the package `root` is built with of the package `name`.
pub(super) fn program_features(root: &str, name: &str) -> BTreeSet<String> {
    let mut command = cargo("tree");
    command.args(["-p", root, "--edges=no-dev,features", "--invert", name, "--prefix=none"]);
    let start = format!("{name} feature \"");
    let tree = stdout(command);
    let names = tree.lines().filter_map(|line| line.strip_prefix(&start)?.split('"').next());
    names.map(str::to_owned).collect()
}

/// A sub-command of cargo that must not use the network.
fn cargo(name: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args([name, "--locked", "--offline"]);
    command
}

fn stdout(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
