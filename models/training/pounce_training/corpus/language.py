"""Languages by file extension, with the names that the engine and the tokenizer's tokens use."""

from pathlib import PurePosixPath

_EXTENSIONS = {
    "c": "c h",
    "cpp": "cc cpp cxx hh hpp hxx",
    "csharp": "cs",
    "css": "css scss",
    "dockerfile": "dockerfile",
    "go": "go",
    "html": "html svelte vue",
    "java": "java",
    "javascript": "cjs js jsx mjs",
    "kotlin": "kt kts",
    "makefile": "mk",
    "objc": "m mm",
    "php": "php",
    "python": "py pyi",
    "ruby": "rb",
    "rust": "rs",
    "shell": "bash sh",
    "sql": "sql",
    "swift": "swift",
    "toml": "toml",
    "typescript": "mts ts tsx",
    "yaml": "yaml yml",
}
_BY_EXTENSION = {f".{it}": name for name, all_ in _EXTENSIONS.items() for it in all_.split()}
# Files that a name tells, without an extension.
_BY_NAME = {"dockerfile": "dockerfile", "gnumakefile": "makefile", "makefile": "makefile"}

LANGUAGES = tuple(_EXTENSIONS)
"""The languages of the corpus. `<|lang|>` stands for those that a tokenizer has no token for."""


def of_path(path: str) -> str | None:
    """The language of a file; `None` if it is not in `LANGUAGES` or the file holds TypeScript declarations only."""
    name = PurePosixPath(path).name.lower()
    if name.endswith((".d.ts", ".d.mts", ".d.cts")):
        return None
    return _BY_NAME.get(name) or _BY_EXTENSION.get(PurePosixPath(name).suffix)
