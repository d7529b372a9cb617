//! A crate as its compiler sees it: the tree of its modules, and what each names of the others.
//!
//! Tests are left out: what stands under `#[cfg(test)]` may import whatever it wants to try.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::Visit;
use syn::{Attribute, Item, UseTree};

/// A path such as `crate::pool::Pool`, one name a part.
type Names = Vec<String>;

/// One module, in a file of its own or inside another's.
#[derive(Debug)]
struct Module {
    file: PathBuf,
    /// The module above; `None` is the root.
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// What is defined here, by name.
    definitions: BTreeSet<String>,
    /// What `use` brings here: the name it has here, and the path it comes from.
    imports: Vec<(String, Names)>,
    /// Paths of which everything is brought here.
    globs: Vec<Names>,
    /// Every path that the code here names, imports included.
    paths: BTreeSet<Names>,
}

/// Where something is defined.
#[derive(Debug, Clone, Copy)]
enum Home {
    /// In the module of this number.
    Module(usize),
    /// Not in this crate.
    AnotherCrate,
}

/// The modules of one crate.
#[derive(Debug, Default)]
pub(crate) struct CrateSource {
    modules: Vec<Module>,
}

impl CrateSource {
    /// Reads the crate whose root is the file `root`.
    pub(crate) fn read(root: &Path) -> Self {
        let mut source = Self::default();
        source.read_file(root, root.parent().unwrap(), None);
        source
    }

    /// Which files each file names something of; itself is never among them.
    pub(crate) fn arrows(&self) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
        let mut arrows: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for (id, module) in self.modules.iter().enumerate() {
            let targets = arrows.entry(module.file.clone()).or_default();
            for path in &module.paths {
                if let Some(Home::Module(home)) = self.resolve(id, path, 0) {
                    targets.insert(self.modules[home].file.clone());
                }
            }
            targets.remove(&module.file);
        }
        arrows
    }

    /// Reads the module in `file`, whose children lie in `dir`.
    fn read_file(&mut self, file: &Path, dir: &Path, parent: Option<usize>) -> usize {
        let text = fs::read_to_string(file).unwrap_or_else(|_| panic!("{}", file.display()));
        let items = syn::parse_file(&text).unwrap_or_else(|_| panic!("{}", file.display())).items;
        self.read_module(items, file, dir, parent)
    }

    fn read_module(
        &mut self,
        items: Vec<Item>,
        file: &Path,
        dir: &Path,
        parent: Option<usize>,
    ) -> usize {
        let id = self.modules.len();
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            children: BTreeMap::new(),
            definitions: BTreeSet::new(),
            imports: Vec::new(),
            globs: Vec::new(),
            paths: BTreeSet::new(),
        });
        for item in items.into_iter().filter(|item| !is_for_tests(attributes(item))) {
            self.read_item(id, item, file, dir);
        }
        id
    }

    fn read_item(&mut self, id: usize, item: Item, file: &Path, dir: &Path) {
        match item {
            Item::Mod(module) => {
                let name = module.ident.to_string();
                let below = dir.join(&name);
                let child = match (module.content, path_of(&module.attrs)) {
                    (Some((_, items)), _) => self.read_module(items, file, &below, Some(id)),
                    (None, None) => self.read_file(&file_of(dir, &name), &below, Some(id)),
                    (None, Some(path)) => {
                        let file = file.with_file_name(path);
                        self.read_file(&file, file.parent().unwrap(), Some(id))
                    }
                };
                self.modules[id].children.insert(name, child);
            }
            Item::Use(item) => self.modules[id].import(&item.tree, Vec::new()),
            item => {
                self.modules[id].definitions.extend(name_of(&item));
                self.modules[id].visit_item(&item);
            }
        }
    }

    /// Where `path`, as written in the module `id`, is defined; `None` if it begins with no name
    /// that is known there, so with that of another crate.
    fn resolve(&self, id: usize, path: &[String], depth: usize) -> Option<Home> {
        // Two globs may lead to each other.
        if depth > 16 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(self.resolve_below(0, rest, depth)),
            "self" => Some(self.resolve_below(id, rest, depth)),
            "super" => match rest.first() {
                Some(next) if next == "super" => {
                    self.resolve(self.modules[id].parent?, rest, depth + 1)
                }
                _ => Some(self.resolve_below(self.modules[id].parent?, rest, depth)),
            },
            _ => self.member(id, path, depth),
        }
    }

    /// The member at `path` of the module `id`; the module itself where it has no such member, as
    /// with what a macro defines.
    fn resolve_below(&self, id: usize, path: &[String], depth: usize) -> Home {
        self.member(id, path, depth).unwrap_or(Home::Module(id))
    }

    /// Where the member of the module `id` at the beginning of `path` is defined.
    fn member(&self, id: usize, path: &[String], depth: usize) -> Option<Home> {
        let (first, rest) = path.split_first()?;
        let module = &self.modules[id];
        if let Some(&child) = module.children.get(first) {
            return Some(self.resolve_below(child, rest, depth));
        }
        if module.definitions.contains(first) {
            return Some(Home::Module(id));
        }
        if let Some((_, from)) = module.imports.iter().find(|(name, _)| name == first) {
            let whole: Names = from.iter().chain(rest).cloned().collect();
            return Some(self.resolve(id, &whole, depth + 1).unwrap_or(Home::AnotherCrate));
        }
        module.globs.iter().find_map(|glob| match self.resolve(id, glob, depth + 1)? {
            Home::Module(from) => self.member(from, path, depth + 1),
            Home::AnotherCrate => None,
        })
    }
}

impl Module {
    fn import(&mut self, tree: &UseTree, mut path: Names) {
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.import(&step.tree, path);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, path.clone());
                }
            }
            UseTree::Glob(_) => {
                self.paths.insert(path.clone());
                self.globs.push(path);
            }
            UseTree::Name(name) if name.ident == "self" => self.bring(path.clone(), path.last()),
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.bring(path.clone(), path.last());
            }
            UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                self.bring(path, Some(&rename.rename.to_string()));
            }
        }
    }

    fn bring(&mut self, path: Names, name: Option<&String>) {
        self.imports.extend(name.map(|name| (name.clone(), path.clone())));
        self.paths.insert(path);
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Names = path.segments.iter().map(|part| part.ident.to_string()).collect();
        if names.len() > 1 {
            self.paths.insert(names);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, Vec::new());
    }

    /// `pub(in crate::a)` names a module without needing it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    /// The arguments of a macro are no syntax tree: paths from the root are found by their words.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.paths.extend(paths_in(call.tokens.clone()));
        syn::visit::visit_macro(self, call);
    }
}

/// The paths among `tokens` that begin with `crate` or `super`.
fn paths_in(tokens: TokenStream) -> Vec<Names> {
    let mut paths = Vec::new();
    let mut path = Names::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => paths.extend(paths_in(group.stream())),
            TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => {}
            TokenTree::Ident(name) if !path.is_empty() || name == "crate" || name == "super" => {
                path.push(name.to_string());
            }
            _ => paths.push(std::mem::take(&mut path)),
        }
    }
    paths.push(path);
    paths.retain(|path| path.len() > 1);
    paths
}

fn file_of(dir: &Path, name: &str) -> PathBuf {
    let alone = dir.join(format!("{name}.rs"));
    if alone.is_file() { alone } else { dir.join(name).join("mod.rs") }
}

/// The value of the attribute `path`.
fn path_of(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let value = &attribute.meta.require_name_value().unwrap().value;
    Some(value.to_token_stream().to_string().trim_matches('"').to_owned())
}

/// Whether one of the attributes is `cfg(test)`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.to_token_stream().to_string();
        text.contains("cfg (test)") || text.contains("cfg (all (test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
