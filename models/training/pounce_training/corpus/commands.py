"""The corpus's commands: `resolve`, `fetch`, `build`, `local`."""

import argparse
import tomllib
from collections import Counter
from pathlib import Path

from .build import Tally, build
from .local import local
from .package import Package, Refusal, read_list, write_list
from .registries import REGISTRIES

_ROOT = Path(__file__).resolve().parents[2]
_LIST, _WANTED = _ROOT / "corpus.tsv", _ROOT / "wanted.toml"
_FETCH_BATCH = 50


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the commands to a parser."""
    resolving = commands.add_parser("resolve", help="make the list of packages from the wanted names")
    resolving.add_argument("--wanted", type=Path, default=_WANTED)
    resolving.add_argument("--list", type=Path, default=_LIST, help="the list to write; beside it, what is refused")
    resolving.add_argument("--named", action="store_true", help="the named packages, not what they depend on")
    resolving.add_argument("--work", type=Path, default=Path("work"))
    resolving.add_argument("--registry", choices=sorted(REGISTRIES), action="append", help="only these; others stay")
    resolving.set_defaults(run=_resolve)
    fetching = commands.add_parser("fetch", help="fetch the packages of the list that are not there yet")
    building = commands.add_parser("build", help="filter the fetched packages into shards")
    for parser, run in ((fetching, _fetch), (building, _build)):
        parser.add_argument("--list", type=Path, default=_LIST)
        parser.add_argument("--work", type=Path, default=Path("work"))
        parser.add_argument("--names", type=Path, help="a file of registry:name lines; only these packages")
        parser.set_defaults(run=run)
    making = commands.add_parser("local", help="make shards of folders on this disk instead, for a test")
    making.add_argument("folders", type=Path, nargs="+")
    making.add_argument("--out", type=Path, required=True)
    making.set_defaults(run=lambda options: print(_report(local(options.folders, options.out))))


def _resolve(options: argparse.Namespace) -> None:
    wanted = tomllib.loads(options.wanted.read_text(encoding="utf-8"))
    chosen = options.registry or sorted(REGISTRIES)
    entries = _kept(options, chosen)
    for name in chosen:
        folder = options.work.absolute() / "archives" / name
        folder.mkdir(parents=True, exist_ok=True)
        names = [_beside(options.wanted, it) for it in wanted.get(name, [])]
        found = [it for it in REGISTRIES[name].resolve(names, folder) if not options.named or _is_named(it, names)]
        print(f"{name}: {len(found)} packages")
        entries += found
    packages = [entry for entry in entries if isinstance(entry, Package)]
    write_list(options.list, packages, Package)
    write_list(_refused_beside(options.list), [entry for entry in entries if isinstance(entry, Refusal)], Refusal)
    for licence, n in Counter(it.licence for it in set(packages)).most_common():
        print(f"{n:6} {licence}")


def _kept(options: argparse.Namespace, resolved: list[str]) -> list[Package | Refusal]:
    """The entries of the registries that are not resolved this time, as the lists have them."""
    if set(resolved) == set(REGISTRIES) or not options.list.is_file():
        return []
    refused = _refused_beside(options.list)
    rows = [line.split("\t") for line in refused.read_text(encoding="utf-8").splitlines()[1:]]
    entries = [*read_list(options.list), *(Refusal(*row) for row in rows)]
    return [entry for entry in entries if entry.registry not in resolved]


def _refused_beside(path: Path) -> Path:
    """The list of refused names: `refused.tsv` for the corpus's own list."""
    return path.with_stem("refused" if path.stem == _LIST.stem else f"{path.stem}-refused")


def _is_named(entry: Package | Refusal, names: list[str]) -> bool:
    """Whether an entry was wanted by its own name. PyPI's are, since they are resolved alone and change their form."""
    return entry.registry == "pypi" or entry.name in names


def _beside(wanted: Path, name: str) -> str:
    """Resolves a path such as `../../Cargo.toml` from the folder of the wanted names; other names stay."""
    return str((wanted.parent / name).resolve()) if name.startswith("../") else name


def _chosen(options: argparse.Namespace) -> list[Package]:
    packages = read_list(options.list)
    if not options.names:
        return packages
    names = set(options.names.read_text(encoding="utf-8").split())
    return [package for package in packages if f"{package.registry}:{package.name}" in names]


def _fetch(options: argparse.Namespace) -> None:
    packages = _chosen(options)
    for name, registry in REGISTRIES.items():
        folder = options.work.absolute() / "archives" / name
        folder.mkdir(parents=True, exist_ok=True)
        ours = [package for package in packages if package.registry == name]
        for start in range(0, len(ours), _FETCH_BATCH):
            registry.fetch(ours[start : start + _FETCH_BATCH], folder)
            print(f"{name}: {min(start + _FETCH_BATCH, len(ours))} of {len(ours)}", flush=True)


def _build(options: argparse.Namespace) -> None:
    print(_report(build(_chosen(options), options.work / "archives", options.work / "corpus")))


def _report(tally: Tally) -> str:
    lines = [f"{n / 1e6:10.3f} MB {tally.files[name]:6} files  {name}" for name, n in tally.taken.most_common()]
    lines += [f"{tally.held_out / 1e6:10.3f} MB held out", f"{tally.scrubbed:6} secrets and addresses scrubbed"]
    lines += [f"{n:6} files refused: {reason}" for reason, n in tally.refused.most_common()]
    lines += [f"package refused: {name}: {reason}" for name, reason in sorted(tally.refused_packages.items())]
    return "\n".join(lines)
