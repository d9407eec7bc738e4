"""What a member hides of sensitive care: on the screen and in what they give to others, each by itself.

Screen: "show"; "fold" (day and amount show, the name comes with a tap); "out" (it stands in no list and its
page stays closed, sums count it all the same). We hide nothing but what came marked as very restricted.
Nothing sensitive is given to others unless the member says so.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plain_language.language import said
from apps.records import kinds, remarks
from apps.records.remarks import Said, Topic, read_moment
from apps.records.sensitive import CARE, CATEGORIES, UNCLEAR, VERY_RESTRICTED
from apps.vault.boxes import Box

type Screen = Literal["show", "fold", "out"]
SCREENS: Final[tuple[Screen, ...]] = ("show", "fold", "out")
"""From what shows most to what shows least."""
TOPICS: Final = (Topic.HIDDEN, Topic.SHARED, Topic.ASKS)
RESULTS: Final = "results"
"""The subject of `Topic.ASKS`."""
CATEGORY_WORDS: Final = {
    "substance": (
        said("Alcohol and drugs"),
        said("Use, treatment and medicines for it, tests for it, harm that came of it"),
    ),
    "mental": (said("Mental health"), said("Diagnoses, counseling, hospital stays, medicines")),
    "reproductive": (
        said("Pregnancy and contraception"),
        said("Also fertility, miscarriage, abortion and birth"),
    ),
    "sexual": (said("Sexual health"), said("Infections passed on by sex, and how sex works")),
    "hiv": (said("HIV"), said("Tests, medicines and what came of it")),
    "gender": (said("Gender-affirming care"), said("Counseling, hormones, surgery")),
    "violence": (said("Violence and abuse"), said("Care after it, and advice about it")),
    "restricted": (said("Marked as restricted"), said("By whoever sent it, without saying what it is")),
    "very_restricted": (
        said("Marked as very restricted"),
        said("By whoever sent it; folded unless you say otherwise"),
    ),
}
"""A name, and a line about it, in the order of `sensitive.CATEGORIES`; untranslated."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """What the member chose; what they did not choose is as we begin."""

    screen: Mapping[str, Screen] = field(default_factory=dict, repr=False)
    shared: Mapping[str, bool] = field(default_factory=dict, repr=False)
    asks_since: datetime | None = None
    """Since when new test results wait; None: they do not."""
    waiting: frozenset[UUID] = frozenset()
    """Records that are new since, and were not asked for."""

    def screen_of(self, category: str) -> Screen:
        """Return how a category stands on the screen."""
        if category == UNCLEAR:
            return "fold" if self.hides_care else "show"
        return self.screen.get(category, "fold" if category == VERY_RESTRICTED else "show")

    def on_screen(self, categories: Collection[str], *, is_folded: bool) -> Screen:
        """Return how a record of these stands: as the strictest; *is_folded*: whose care is folded anyhow."""
        chosen = [self.screen_of(category) for category in categories]
        if is_folded and categories:
            chosen.append("fold")
        return max(chosen, key=SCREENS.index, default="show")

    def is_shared(self, category: str) -> bool:
        """Whether what the member gives to others holds records of a category."""
        if category == UNCLEAR:
            return all(self.shared.get(named, False) for named in CARE)
        return self.shared.get(category, False)

    def keeps_back(self, categories: Collection[str]) -> bool:
        """Whether a record of these stands in nothing that the member gives to others."""
        return not all(self.is_shared(category) for category in categories)

    @property
    def hides_care(self) -> bool:
        """Whether the member hides any care: then what may be of it is folded too."""
        return any(category in CARE and screen != "show" for category, screen in self.screen.items())

    @property
    def leaves_out(self) -> bool:
        """Whether records of any category stand in no list."""
        return "out" in self.screen.values()


NOTHING: Final = Hiding()


def hiding_of(
    member: Member, box: Box, connections: Sequence[Connection], said: Mapping[Topic, Mapping[str, Said]]
) -> Hiding:
    """Return what *member* chose; *said* is of `TOPICS`. Two queries where new results wait."""
    since = said[Topic.ASKS].get(RESULTS)
    asks_since = read_moment(since.value) if since and isinstance(since.value, str) else None
    return Hiding(
        screen={
            category: about.value
            for category, about in said[Topic.HIDDEN].items()
            if category in CATEGORIES and about.value in SCREENS
        },
        shared={category: about.value is True for category, about in said[Topic.SHARED].items()},
        asks_since=asks_since,
        waiting=_waiting(member, box, connections, asks_since) if asks_since else frozenset(),
    )


def _waiting(member: Member, box: Box, connections: Sequence[Connection], since: datetime) -> frozenset[UUID]:
    """Return the records that came or changed since, and were not asked for as they are now."""
    seen = remarks.of(member, box, Topic.SEEN)
    types = {name for kind in kinds.kinds() if kind.waiting for name in kind.fhir_types}
    rows = member.records.filter(fhir_type__in=types, connection__in=connections, stored_at__gt=since)
    return frozenset(
        pk
        for pk, stored_at in rows.values_list("pk", "stored_at")
        if (about := seen.get(str(pk))) is None or about.said_at < stored_at
    )
