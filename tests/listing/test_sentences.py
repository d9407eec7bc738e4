"""Every sentence of the policies is proved by a test, promised by the operator, or about the reader."""

import re
import tomllib
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from apps.listing.evidence import evidence
from apps.listing.policies import POLICIES, html_of
from tests.conftest import ROOT

LEDGER = tomllib.loads((Path(__file__).parent / "sentences.toml").read_text())
STANDS = {"promise", "reader"}


def sentences(policy: str) -> list[str]:
    """Return the sentences of a policy's English text, without its headings."""
    html = re.sub(r"<h2[^>]*>.*?</h2>|<strong>.*?</strong>", "", html_of(policy, "en"), flags=re.S)
    blocks = [
        " ".join(unescape(re.sub("<[^>]+>", "", part)).split()) for part in re.split("</(?:p|li|div)>", html)
    ]
    return [said for block in blocks for said in re.split(r"(?<=[.!?]) (?=[A-Z“\[])", block) if said]


@cache
def named_tests() -> frozenset[str]:
    """Return the name of every test of ours."""
    return frozenset(
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text())
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_every_sentence_says_what_it_rests_on_and_none_is_left_over(policy: str) -> None:
    ledger, said = LEDGER[policy], sentences(policy)
    assert len(said) > 20
    for sentence in said:
        fitting = [start for start in ledger if sentence.startswith(start)]
        assert fitting or sentence == "Source code", f"nothing says what proves: {sentence}"
    gone = [start for start in ledger if not any(sentence.startswith(start) for sentence in said)]
    assert gone == [], "the policy says this no more"


@pytest.mark.parametrize("policy", POLICIES)
def test_what_a_sentence_rests_on_is_a_test_that_there_is_and_a_demand_that_is_met(policy: str) -> None:
    for start, stand in LEDGER[policy].items():
        if isinstance(stand, str):
            assert stand in STANDS, start
            continue
        assert stand, start
        for name in stand:
            control = evidence().controls.get(name)
            assert (control and control.stand == "Tested") or name in named_tests(), (start, name)


def test_the_licence_is_the_one_that_the_terms_name() -> None:
    assert "Apache License" in (text := (ROOT / "LICENSE").read_text()) and "Version 2.0" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()
