"""`parses`: whether a program has no syntax error, by tree-sitter's grammars. Alone in naming tree-sitter."""

from functools import cache

from tree_sitter import Parser
from tree_sitter_language_pack import get_parser

# The grammars of the corpus's languages that are named otherwise, or that several grammars share.
_GRAMMARS = {
    "css": ("css", "scss"),
    "javascript": ("javascript", "tsx"),
    "makefile": ("make",),
    "shell": ("bash",),
    "typescript": ("typescript", "tsx"),
}
_PHP_TAG = "<?php\n"


def parses(language: str, text: str) -> bool:
    """Whether one of the language's grammars parses a program without an error."""
    code = _PHP_TAG + text if language == "php" and "<?" not in text else text
    grammars = _GRAMMARS.get(language, (language,))
    return any(not _parser(grammar).parse(code.encode()).root_node.has_error for grammar in grammars)


@cache
def _parser(grammar: str) -> Parser:
    return get_parser(grammar)
