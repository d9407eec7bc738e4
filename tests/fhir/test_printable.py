"""W-22: nothing a plan writes turns text around, ends a line, or steers a terminal: not in codes either."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

import msgspec
import pytest

from apps.demo_payer.people import resources
from apps.fhir.tolerant import printable
from apps.fhir.values import Coding
from apps.kinds.claim import reading as claims
from apps.kinds.coverage.kind import COVERAGE
from tests.claims import made
from tests.claims.made_stories import STORIES

type Path = tuple[Any, ...]

UNSEEN: Final = "\u202e\u2066\u200f\x1b[31m\x00\x9b\r\n\u2028\x7f"
READ: Final[dict[str, Callable[..., Any]]] = {"ExplanationOfBenefit": claims.read, "Coverage": COVERAGE.read}


def texts(tree: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the path and value of every text in a tree."""
    pairs = (
        tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list | tuple) else ()
    )
    for key, value in pairs:
        yield from texts(value, (*path, key))
    if isinstance(tree, str):
        yield path, tree


def shape(path: Path) -> Path:
    return tuple("#" if isinstance(key, int) else key for key in path)


def with_text(tree: Any, path: Path, text: str) -> bytes:
    """Return the JSON of the tree with another text at the path, its characters as they are."""
    copy = json.loads(json.dumps(tree, default=str))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = text
    return json.dumps(copy, ensure_ascii=False).encode()


def sent() -> Iterator[Any]:
    """Yield what a plan sends: our stories, and the people of the demo."""
    yield from (json.loads(made.body(story)) for story in STORIES.values())
    yield from (resource for resource in resources(date(2026, 11, 25)) if resource["resourceType"] in READ)


@pytest.mark.parametrize("kind", READ)
def test_no_text_of_a_record_holds_what_cannot_be_seen_w_22(kind: str) -> None:
    """Of everything we read each kind of place once, with such characters behind its text, and alone."""
    tried: dict[Path, None] = {}
    for tree in (resource for resource in sent() if resource["resourceType"] == kind):
        for path, text in texts(tree):
            if shape(path) in tried or path == ("resourceType",):
                continue
            tried[shape(path)] = None
            for changed in (text + UNSEEN, UNSEEN):
                record = READ[kind](with_text(tree, path, changed), {})
                odd = [
                    (at, text) for at, text in texts(msgspec.to_builtins(record)) if not text.isprintable()
                ]
                assert not odd, (path, odd)
    assert ("type", "coding", "#", "code") in tried
    assert len(tried) > 30


def test_a_code_stays_what_it_is_but_for_what_cannot_be_seen() -> None:
    body = b'{"code": "\\u202e99213\\n"}'
    assert printable(Coding(code="\u202e99213\n", display="Café"), body) == Coding(
        code="99213", display="Café"
    )


def test_a_record_that_can_be_seen_is_the_same_one() -> None:
    seen = Coding(code="99213", display="Café")
    assert printable(seen, '{"display": "Café"}'.encode()) is seen
    assert printable(seen, b'{"display": "Caf\\u00e9"}') is seen
