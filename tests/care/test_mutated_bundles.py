"""Bundles of clinical records changed at random: nothing is lost, and no word on a page is of nobody's.

`MUTATED_BUNDLES=10000` for the long run; each number is a seed, so a failure is found again by its own.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from babel.messages.pofile import read_po
from django.db import transaction
from django.utils import translation
from msgspec import structs

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.fhir import tolerant
from apps.fhir.bundles import Resource, read_page
from apps.fhir.tolerant import Unreadable
from apps.kinds.care import elements, page, wording
from apps.kinds.care.entry import entry_of, points_of
from apps.kinds.care.kind import APART, LISTED, SOURCE
from apps.kinds.care.records import CareRecord, Words
from apps.kinds.care.timeline import rows
from apps.kinds.care.vocabulary import UNITS
from apps.plain_language.dates import date_words
from apps.plain_language.free_words import free_words
from apps.plain_language.language import settled
from apps.records import kinds, mirror, projection
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.sync.record_subject import is_about_another
from apps.vault.boxes import box_for
from config.fhir_types import fhir_types
from tests.care.test_shared_sets import SETS, records
from tests.claims.given import NOW, a_connection
from tests.claims.mutations import CHANGES, changed, written
from tests.demo_payer.people_on_a_day import clinical

BUNDLES: Final = int(os.environ.get("MUTATED_BUNDLES", "300"))
AT_ONCE: Final = 8
"""Records of a bundle."""
BASE: Final = "https://plan.example/fhir"
ROOT: Final = Path(__file__).resolve().parents[2]
WORD: Final = re.compile(r"[^\W\d_]+")
LEFTOVER: Final = re.compile(r"\{\w*\}|\b(?:None|nan|NaN|Infinity|Sent|Words|Decimal|undefined)\b")
"""What a converter leaves behind."""
type Json = dict[str, Any]


@cache
def samples() -> tuple[Json, ...]:
    """Return one record of each type of each set: of the invented people, and of what was published."""
    made: dict[tuple[str, str], Json] = {("own", tree["resourceType"]): tree for tree in clinical()}
    made["own", "mistake"] = {
        **made["own", "Observation"],
        "id": "mistaken-observation",
        "status": "entered-in-error",
    }
    for name in SETS:
        for number, tree in enumerate(records(name)):
            made[name, f"{tree['resourceType']} {number % 3}"] = tree
    return tuple(made.values())


def bundle(seed: int) -> tuple[int, bytes]:
    """Return how many resources a bundle has, and its JSON: most of them are changed in a few places."""
    chance = random.Random(seed)  # noqa: S311 - the same again, not a secret
    entries = []
    for tree in chance.choices(samples(), k=AT_ONCE):
        wanted = [
            (chance.randint(-1, len(CHANGES) - 1), chance.randint(0, 10**6), chance.randint(0, 10**4))
            for _ in range(chance.randint(0, 4))
        ]
        entries.append({"resource": changed(tree, wanted)})
    return len(entries), written({"resourceType": "Bundle", "type": "searchset", "entry": entries})


def sent(seed: int) -> list[Resource]:
    """Return the clinical resources of a bundle, after counting that none was lost."""
    number, body = bundle(seed)
    read = read_page(body, url=f"{BASE}/Observation", base_url=BASE)
    assert len(read.resources) + read.unreadable + len(read.outcomes) == number, seed
    return [resource for resource in read.resources if resource.type in CLINICAL]


CLINICAL: Final = frozenset(
    fhir_type.name
    for fhir_type in fhir_types(frozenset({"clinical"})).values()
    if fhir_type.role == "records"
)


def where(resource: Resource) -> tuple[str, CareRecord | None]:
    """Return where a resource stands, and what it says; it stands somewhere, or this raises."""
    if is_about_another(resource, patient_id=patient_of(resource)):
        return "not yours", None
    try:
        opened = kinds.opened(resource.type, resource.body)
    except Unreadable:
        return "listed", None  # as a record that could not be opened
    assert opened.kind in (*LISTED, *APART, SOURCE), opened.kind
    record: CareRecord = opened.kind.record(opened.content, {})
    entry = entry_of(record)
    if opened.kind in APART:
        assert (entry.words, points_of(entry), entry.visit) == ("", (), "")
        return opened.kind.name, record
    return "listed", record


def patient_of(resource: Resource) -> str:
    """Return whom a sample was about before anything was changed: samples are of many people."""
    return next((name for name in patients() if f'Patient/{name}"'.encode() in resource.body), "1")


@cache
def patients() -> tuple[str, ...]:
    """Return whom the samples are about."""
    return tuple(
        sorted({name for tree in samples() for name in re.findall(r"Patient/([\w.-]+)'", str(tree))})
    )


@cache
def vocabulary(language: str) -> frozenset[str]:
    """Return our own words in a language, and what no language has words for."""
    words = {*elements._SYSTEMS.values(), *map(str, page.TYPE_WORDS.values()), "KB", "SNOMED", "CT"}
    words |= set(UNITS.values())
    for file in (ROOT / "apps").rglob("locale/es/LC_MESSAGES/django.po"):
        with file.open("rb") as catalogue:
            for message in read_po(catalogue):
                texts = message.id if language == "en" else message.string
                words.update(texts if isinstance(texts, (tuple, list)) else (texts,))
    with translation.override(language), settled():
        words.update(date_words(date(2026, month, 1).isoformat()) for month in range(1, 13))
    return frozenset(word for text in words for word in WORD.findall(text))


def input_words(resource: Resource) -> tuple[str, frozenset[str]]:
    """Return the text that was sent and its words; of codes also what free lists call them."""
    text = " ".join(_texts(tolerant.tree(resource.body)))
    codes = {part for part in text.split() if len(part) < 20}
    names = {name for kind in (*_KINDS,) for code in codes if (name := free_words(kind, code))}
    return text, frozenset(WORD.findall(" ".join((text, *names))))


_KINDS: Final = tuple(dict.fromkeys(elements._SYSTEMS.values()))


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield name
            yield from _texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _texts(value)
    else:
        yield str(tree)


def said(record: CareRecord) -> Iterator[str]:
    """Yield every line that a page, a list or a search shows of a record."""
    yield wording.answer(record)
    standing = wording.standing_of(record)
    yield standing.words if standing else ""
    yield from map(wording.told, (*record.sentences, *record.ranges))
    for part in record.parts:
        yield from (wording.told(part.name), wording.value_words_of(part.value, part.flag))
        yield from map(wording.told, part.ranges)
    for label, value in wording.pairs(record.facts):
        yield from (label, value)
    yield from (wording.told(form.title) for form in record.attachments)
    yield from (link.name for link in record.links)
    for row in rows([Held(entry_of(record), NOWHERE)]):
        yield from (row.title, row.meta, row.value, row.first, row.badge)


NOWHERE: Final = Member().pk


def strangers(resource: Resource, record: CareRecord, language: str) -> list[str]:
    """Return the words on a page that neither the plan nor we wrote."""
    text, theirs = input_words(resource)
    # Codes are read in small letters, a name begins a line with a capital, and nobody's is shouted.
    begun = {word.capitalize() for word in theirs if word.islower() or word.isupper()}
    known = theirs | vocabulary(language) | {word.lower() for word in theirs} | begun
    with translation.override(language), settled():
        lines = [line for line in said(record) if line]
    words = {word for line in lines for word in WORD.findall(line)} - known
    # What is long is cut, in the middle of a word.
    odd = [word for word in words if not any(whole.startswith(word) for whole in theirs)]
    return [*odd, *(left for line in lines for left in LEFTOVER.findall(line) if left not in text)]


def test_every_resource_of_a_mutated_bundle_stands_somewhere_and_no_word_is_of_nobodys() -> None:
    told: Counter[str] = Counter()
    for seed in range(BUNDLES):
        for resource in sent(seed):
            place, record = where(resource)
            told[place] += 1
            if record is not None:
                language = ("en", "es")[seed % 2]
                assert strangers(resource, record, language) == [], (seed, resource.body[:3000])
    assert told["listed"] > 3 * BUNDLES
    assert {"listed", "mistake", "another"} <= told.keys(), told


@pytest.mark.parametrize("words", ["Zebrafish", "None", "{name}", "Sent(tree=1)"])
def test_a_word_of_nobodys_is_found(words: str) -> None:
    resource, record = next(
        (resource, record) for resource in sent(1) for place, record in [where(resource)] if record
    )
    assert strangers(resource, structs.replace(record, name=Words(words)), "en")


@pytest.mark.django_db
def test_what_comes_of_mutated_bundles_is_counted_to_the_last_record(alice: Member) -> None:
    """Listed, told apart, or not yours: the numbers that a member reads add up to what is kept."""
    connection = a_connection(alice)
    box = box_for(alice)
    kept = [resource for seed in range(12) for resource in sent(seed)]
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        mirror.put(connection=connection, box=box, resources=kept, kept=frozenset(fhir_types()), now=NOW)
    projection.project(connection, box, now=NOW)
    library = Library(alice, box, is_unfolded=True)
    every = [held.id for kind in (*LISTED, *APART, SOURCE) for held in library.held(kind)]
    assert len(every) == len(set(every)) == connection.records.count() > 12
