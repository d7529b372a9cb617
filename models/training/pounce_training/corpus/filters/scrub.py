"""Masks secrets and e-mail addresses in a text, so that no model can learn and repeat them.

Replacements keep the form (an address stays an address), so that the code around them still makes sense.
"""

import math
import re
from collections import Counter

_EMAIL = re.compile(r"\b[A-Za-z0-9][A-Za-z0-9._%+-]*@(?!\d+x\b)([A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b")
_EXAMPLE_DOMAIN = re.compile(
    r"@([\w-]+\.)*(example|test|invalid|localhost)(\.(com|org|net))?$|@([\w-]+\.)*example\.\w+$", re.I
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S)
_KNOWN_SECRETS = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{40,}\b"  # GitHub
    r"|\bglpat-[\w-]{20,}\b"  # GitLab
    r"|\bxox[abprs]-[\w-]{10,}\b"  # Slack
    r"|\bAIza[\w-]{35}\b"  # Google
    r"|\b[sr]k_live_\w{16,}\b"  # Stripe
    r"|\bsk-(proj-|ant-)?[\w-]{32,}\b"
    r"|\bnpm_[A-Za-z0-9]{36}\b|\bpypi-[\w-]{50,}\b"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"  # JSON web tokens
)
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^\s/:@'\"{}$<>]+:[^\s/:@'\"{}$<>]+(?=@)")
_NAMED_SECRET = re.compile(
    r"(?i)((?:password|passwd|secret|token|api_?key|access_?key|private_?key|auth)\w*['\"]?\s*(?::=|=>|[:=])\s*)(['\"])([^'\"\s]{12,})\2"
)
_MIN_BITS_PER_CHAR = 3.5


def scrub(text: str) -> tuple[str, int]:
    """The text without secrets and addresses, and how many there were."""
    counted = 0
    for pattern, replace in _RULES:
        text, n = _replace(pattern, replace, text)
        counted += n
    return text, counted


def _replace(pattern: re.Pattern[str], replace, text: str) -> tuple[str, int]:
    changed = 0

    def one(match: re.Match[str]) -> str:
        nonlocal changed
        replaced = replace(match)
        changed += replaced != match[0]
        return replaced

    return pattern.sub(one, text), changed


def _masked(match: re.Match[str]) -> str:
    return "x" * len(match[0])


def _example_address(match: re.Match[str]) -> str:
    return match[0] if _EXAMPLE_DOMAIN.search(match[0]) else "user@example.com"


def _masked_value(match: re.Match[str]) -> str:
    """Masks values that look random; words and placeholders with a secret's name stay."""
    value = match[3]
    has_digits = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    if not has_digits or _bits_per_char(value) < _MIN_BITS_PER_CHAR:
        return match[0]
    return f"{match[1]}{match[2]}{'x' * len(value)}{match[2]}"


def _bits_per_char(value: str) -> float:
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


_RULES = (
    (_PRIVATE_KEY, lambda match: "-----PRIVATE KEY-----"),
    (_KNOWN_SECRETS, _masked),
    (_CREDENTIALS_IN_URL, lambda match: "user:password"),
    (_EMAIL, _example_address),
    (_NAMED_SECRET, _masked_value),
)
