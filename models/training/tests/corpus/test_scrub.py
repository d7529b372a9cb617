"""Secrets and addresses go, code stays."""

import pytest

from pounce_training.corpus.filters.scrub import scrub


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Jane Roe <jane.roe@firm.io>", "# Jane Roe <user@example.com>"),
        ('key = "AKIAIOSFODNN7ABCDEFG"', f'key = "{"x" * 20}"'),
        ('API_KEY = "9f8e7d6c5b4a39281706f5e4"', f'API_KEY = "{"x" * 24}"'),
        ("url = postgres://admin:hunter2@db/x", "url = postgres://user:password@db/x"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "-----PRIVATE KEY-----"),
        ("token: ghp_" + "a1B2" * 9, "token: " + "x" * 40),
    ],
)
def test_a_secret_is_masked_in_its_form(text: str, expected: str) -> None:
    assert scrub(text) == (expected, 1), text


@pytest.mark.parametrize(
    "text",
    [
        "@decorator\ndef f(self): pass",
        "mail = 'user@example.com'",
        'password = "correct horse battery"',
        'token_type = "access_token_of_user"',
        "git@host:path",
        "import x from '@scope/name'",
        "https://example.com:8080/a@b",
    ],
)
def test_code_that_only_looks_like_one_stays(text: str) -> None:
    assert scrub(text) == (text, 0), text
