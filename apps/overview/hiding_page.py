"""What a member hides of sensitive care: a row a category, and whether new test results wait."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.plain_language.language import _, said
from apps.records import kinds, remarks
from apps.records.hidden_care import CATEGORY_WORDS, RESULTS, SCREENS, Screen
from apps.records.remarks import Topic
from apps.records.sensitive import CATEGORIES
from apps.records.shelf import Library

CHOICES: Final[Mapping[Screen, str]] = {"show": said("Show"), "fold": said("Fold"), "out": said("Leave out")}


@dataclass(frozen=True, slots=True)
class Row:
    """One category and what was chosen for it; `choices` are a value, words and whether it is chosen."""

    category: str
    name: str
    about: str
    choices: tuple[tuple[str, str, bool], ...]
    is_shared: bool


@dataclass(frozen=True, slots=True)
class HidingPage:
    """Everything the page places; `waiting` is how many new results are not asked for yet."""

    rows: tuple[Row, ...]
    asks: bool
    waiting: int


def page_of(library: Library) -> HidingPage:
    """Return what is hidden now."""
    hiding = library.household.hiding
    rows = (
        Row(
            category=category,
            name=_(name),
            about=_(about),
            choices=tuple(
                (value, _(words), value == hiding.screen_of(category)) for value, words in CHOICES.items()
            ),
            is_shared=hiding.is_shared(category),
        )
        for category, (name, about) in CATEGORY_WORDS.items()
    )
    return HidingPage(tuple(rows), hiding.asks_since is not None, _waiting(library))


def keep(library: Library, posted: Mapping[str, str], *, now: datetime) -> None:
    """Keep what a form says; what it does not send, or sends as nothing we offer, changes nothing."""
    for topic, subject, value in _said(library, posted, now):
        remarks.say(
            member=library.member,
            box=library.box,
            topic=topic,
            subject=subject,
            value=value,
            now=now,
            connection_id=None,
        )
        if topic == Topic.SHARED:
            library.member.exports.all().delete()  # they may hold what is not shared any more


def _said(library: Library, posted: Mapping[str, str], now: datetime) -> Iterator[tuple[Topic, str, object]]:
    hiding = library.household.hiding
    for category in CATEGORIES:
        screen = posted.get(f"screen-{category}")
        if screen in SCREENS and screen != hiding.screen_of(category):
            yield Topic.HIDDEN, category, screen
        shared = posted.get(f"share-{category}")
        if shared in ("yes", "no") and (shared == "yes") != hiding.is_shared(category):
            yield Topic.SHARED, category, shared == "yes"
    if (asks := posted.get("results")) in ("ask", "show", "all"):
        yield Topic.ASKS, RESULTS, None if asks == "show" else now.isoformat()


def _waiting(library: Library) -> int:
    """Count the new results of which nothing else is hidden."""
    waiting = library.household.hiding.waiting
    if not waiting:
        return 0
    every = (
        (kind, held)
        for kind in kinds.kinds()
        if kind.is_shelved and kind.waiting
        for held in library.held(kind)
    )
    return sum(library.sight.waits(kind, held.entry) and not held.is_left_out for kind, held in every)
