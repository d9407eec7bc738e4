"""The key list: a bad one stops the start with a message that shows no key."""

import runpy
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.vault.keys import parse
from apps.vault.sealed_bytes import NONCE_BYTES
from apps.vault.wrapping import NotThisKey

GOOD = "first:" + "A" * 43 + "="
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], "empty"),
        (["A" * 43 + "="], "entry 1"),
        ([GOOD, "second:c2hvcnQ="], "entry 2"),
        (["Bad Name:" + "A" * 43 + "="], "entry 1"),
        (["x:***"], "entry 1"),
        ([GOOD, GOOD], "twice"),
    ],
)
def test_a_bad_key_list_is_refused_by_position_without_its_value(entries: list[str], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words) as caught:
        parse(entries)
    assert "AAAA" not in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)


def test_the_first_of_the_list_wraps_and_the_others_unwrap_what_was() -> None:
    newer = parse([f"second:{'B' * 43}=", GOOD])
    assert newer.current == "second"
    wrapped = parse([GOOD]).wrap(bytes(32), context=b"row")
    assert newer.unwrap(wrapped, name="first", context=b"row") == bytes(32)


def test_d_02_no_two_wraps_share_a_nonce() -> None:
    """D-02: AES-GCM under one nonce twice gives both texts away."""
    keys = parse([GOOD])
    wrapped = {keys.wrap(bytes(32), context=b"row") for _ in range(50)}
    assert len({once[:NONCE_BYTES] for once in wrapped}) == 50


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(NONCE_BYTES), bytes(100)])
def test_what_no_key_wrapped_is_told_as_that_however_short_it_is(wrapped: bytes) -> None:
    with pytest.raises(NotThisKey):
        parse([GOOD]).unwrap(wrapped, name="first", context=b"row")


def test_key_lists_do_not_print_their_keys() -> None:
    assert "AAAA" not in repr(parse([GOOD]))
    assert "\\x00" not in repr(parse([GOOD]))


@pytest.mark.parametrize("missing", ["VAULT_KEYS", "SECRET_KEY", "SITE_URL"])
def test_without_a_needed_variable_nothing_starts_and_its_name_is_said(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(ImproperlyConfigured, match=missing):
        runpy.run_path(str(ROOT / "config" / "settings.py"))


def test_the_key_maker_makes_an_entry_that_parses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["apps.vault", "spring"])
    runpy.run_module("apps.vault", run_name="__main__")
    assert parse([capsys.readouterr().out.strip()]).current == "spring"
