"""Which packages are kept out of training, so that quality is measured on code the model never saw.

The rule must not change: figures are comparable only while the same packages are held out. They are
named by the short name of their registry and the name their archive has, as when the first model
was trained.
"""

import hashlib

from ..package import Package

_SHARE = 60
_HELD_REMAINDER = 7

# Packages that the evaluation cases come from, held out whatever their hash.
_NAMED = frozenset(
    "axum click falcon flask golang-github-gin-gonic-gin-dev golang-golang-x-crypto-dev jedi knex luigi"
    " marshmallow nalgebra ratatui regex-automata requests rxjs textual three zustand".split()
)
# The other packages that evaluation cases come from, which the hash draws.
_DRAWN_FOR_CASES = frozenset(
    "arrow-schema calamine dash docutils ecolor figment if_chain mlflow multer ortools papaya pyramid scikit_learn"
    " serde_v8 swc_common tabled wayland-scanner xgboost".split()
)
_SHORT_NAMES = {"crates": "rust", "debian": "deb", "npm": "npm", "pypi": "py"}


def is_held_out(package: Package) -> bool:
    """Whether a package is held out of training."""
    return is_held_out_name(package.registry, package.name)


def is_held_out_name(registry: str, name: str) -> bool:
    """As `is_held_out`, by registry and name."""
    return any(name in _NAMED or _is_drawn(registry, name) for name in _archive_names(registry, name))


def is_evaluated(package: str) -> bool:
    """Whether evaluation cases come from a package, given by registry and name: weights are not chosen by those."""
    registry, _, name = package.partition(":")
    names = _archive_names(registry, name) if registry in _SHORT_NAMES else [name]
    return any(it in _NAMED | _DRAWN_FOR_CASES for it in names)


def _is_drawn(registry: str, name: str) -> bool:
    key = f"{_SHORT_NAMES[registry]}:{name}".encode()
    return int(hashlib.md5(key, usedforsecurity=False).hexdigest(), 16) % _SHARE == _HELD_REMAINDER


def _archive_names(registry: str, name: str) -> list[str]:
    """The names that a package's archives may have."""
    if registry == "pypi":
        return [name.lower().replace("-", "_").replace(".", "_"), name.lower()]
    if registry == "npm":
        return [name.removeprefix("@").replace("/", "-")]
    if registry == "debian":
        # Go sources are packaged in the -dev package of their source package.
        return [name, f"{name}-dev"]
    return [name]
