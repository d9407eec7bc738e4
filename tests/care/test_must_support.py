"""Every Must Support element of a published clinical sample stands on the page of its record."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from apps.kinds.care import sources, wording
from apps.kinds.care.records import CareRecord
from apps.kinds.care.sent import Sent
from apps.plain_language.dates import date_words, span_words
from tests.care.given import page, read
from tests.care.must_support import ELEMENTS, IN_OUR_WORDS, NOT_SHOWN, OWN
from tests.published import SHARED, needs_published

SETS = ("us-core-7.0.0", "davinci-pdex")
type Json = dict[str, Any]
TAG = re.compile(r" \([a-z/ ]+\)\s*$")
"""What SNOMED CT writes after a name: "(disorder)"."""


def samples(fhir_type: str) -> Iterator[Json]:
    """Yield the published records of a type, and ours with what these lack."""
    yield from (tree for tree in OWN if tree["resourceType"] == fhir_type)
    for name in SETS:
        for path in sorted((SHARED / "fhir" / name).glob(f"{fhir_type}-*.json")):
            tree: Json = json.loads(path.read_bytes())
            if tree.get("resourceType") == fhir_type:
                yield tree


def values(tree: Any, path: str) -> Iterator[Any]:
    """Yield what stands under a path of elements, each of several."""
    name, _, rest = path.partition(".")
    inner = tree.get(name) if isinstance(tree, dict) else None
    for value in inner if isinstance(inner, list) else [inner]:
        if value is not None:
            yield from values(value, rest) if rest else [value]


def texts(value: Any) -> list[str]:
    """Return by which texts a person would know a value again: any of them is enough."""
    if not isinstance(value, dict):
        text = re.sub(r"<[^>]+>", " ", str(value))
        day = re.fullmatch(r"(\d{4}(?:-\d\d){0,2})(?:T.*)?", text)
        return [date_words(day[1])] if day else [text]
    if "data-absent-reason" in str(value) or str(value.get("text")).startswith("Unknown"):
        return []
    told = [value.get(name) for name in ("text", "display", "value", "title", "deviceName")]
    told = [text for text in told if "/Binary/" not in str(text)]  # an address is no title
    told += [] if any(told) else [value.get("contentType")]
    if "reference" in value:
        told.append(named(value["reference"]))
    codings = [*value.get("coding", ()), value.get("code")]
    told += [each.get("display") or each.get("code") for each in codings if isinstance(each, dict)]
    told += [value.get("code")] if isinstance(value.get("code"), str) else []
    days = [str(value[end])[:10] for end in ("start", "end") if value.get(end)]
    told += [*map(date_words, days), span_words(days[0], days[-1]) if days else None]
    return [TAG.sub("", str(text)) for text in told if text is not None]


def named(reference: str) -> str:
    """Return the name that whatever is referred to has here."""
    return f"Name of {'/'.join(reference.rsplit('/', 2)[-2:])}"


def references(tree: Any) -> Iterator[str]:
    """Yield all that a record refers to."""
    if isinstance(tree, dict):
        if isinstance(tree.get("reference"), str):
            yield "/".join(tree["reference"].rsplit("/", 2)[-2:])
        for inner in tree.values():
            yield from references(inner)
    elif isinstance(tree, list):
        for inner in tree:
            yield from references(inner)


def shown(tree: Json) -> str:
    """Return everything the page of a record says, and the records it leads to."""
    if tree["resourceType"] == "Specimen":
        facts, warnings = sources.sample(Sent(tree))
        return "\n".join(
            [
                "",
                *(f"{label}: {value}" for label, value in wording.pairs(facts)),
                *map(wording.told, warnings),
            ]
        )
    names = {reference: named(reference) for reference in references(tree)}
    record: CareRecord = read(tree, names)[1]
    standing = wording.standing_of(record)
    more = [standing.words if standing else "", wording.told(record.value)]
    more += [f"{wording.told(form.title)} {form.type}" for form in record.attachments]
    more += [named(reference) for reference in (*(link.reference for link in record.links), record.visit)]
    return "\n".join([page(tree, names), *more])


def folded(text: str) -> str:
    """Return a text without what parts its words, a line that could not be broken among it."""
    return re.sub(r"[^a-z0-9]+", " ", html.unescape(text).replace("\\n", " ").casefold()).strip()


def without(tree: Any, path: str, code: str) -> Any:
    """Return a record with another code, or the other answer, in an element."""
    name, _, rest = path.partition(".")
    if isinstance(tree, list):
        return [without(inner, path, code) for inner in tree]
    if not isinstance(tree, dict) or name not in tree:
        return tree
    value = tree[name]
    if rest:
        return tree | {name: without(value, rest, code)}
    if isinstance(value, bool):
        return tree | {name: not value}
    other = {"coding": [{"code": code}]} if isinstance(value, list | dict) and code else code
    if isinstance(value, dict) and "coding" not in value and code:
        other = {"code": code}
    return tree | {name: [other] if isinstance(value, list) else other or None}


@needs_published
@pytest.mark.parametrize("fhir_type", ELEMENTS)
def test_every_must_support_element_of_a_published_record_is_on_its_page(fhir_type: str) -> None:
    """What is said in our own words, or nowhere, is listed with the reason: no more, and no less."""
    missing, alike = set(), set()
    for tree in samples(fhir_type):
        whole = shown(tree)
        words = folded(whole)
        for path in ELEMENTS[fhir_type]:
            told = [texts(value) for value in values(tree, path)]
            if all(any(folded(text) in words for text in each) for each in told if each):
                continue
            name = f"{fhir_type}.{path}"
            if name not in IN_OUR_WORDS:
                missing.add(name)
            elif (other := without(tree, path, IN_OUR_WORDS[name])) != tree and shown(other) == whole:
                alike.add((name, tree["id"]))
    assert missing == {name for name in NOT_SHOWN if name.startswith(f"{fhir_type}.")}
    assert alike == set()


@needs_published
def test_every_element_is_measured() -> None:
    known = {
        f"{fhir_type}.{path}"
        for fhir_type, paths in ELEMENTS.items()
        for tree in samples(fhir_type)
        for path in paths
        if any(True for _value in values(tree, path))
    }
    every = {f"{fhir_type}.{path}" for fhir_type, paths in ELEMENTS.items() for path in paths}
    assert every == known
