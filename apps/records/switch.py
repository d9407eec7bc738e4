"""The switch for the person: everyone or one, the same in every room, kept while the session lasts."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from apps.accounts.requests import MemberRequest, box_of
from apps.plain_language.language import _
from apps.plain_language.theirs import listed
from apps.records.shelf import Library

EVERYONE: Final = "all"
NAME: Final = "person"
"""Of the switch in addresses and in the session: a keyed digest, never a name."""
_PLACES: Final = ("after", "before", "page", "lines")
"""Places within a list of somebody else."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One person of the switch, and this page with them."""

    words: str
    url: str
    is_chosen: bool


def library_of(request: MemberRequest) -> Library:
    """Return the member's books as the address has the switch, else as the session remembers it."""
    asked = request.GET.get(NAME)
    wanted = request.session.get(NAME, "") if asked is None else asked[:64]
    library = Library(request.user, box_of(request), person="" if wanted == EVERYONE else wanted)
    is_known = wanted in ("", EVERYONE) or library.sight.person == wanted
    if asked is not None and is_known and request.session.get(NAME, "") != library.sight.person:
        request.session[NAME] = library.sight.person
    return library


def is_of_several(library: Library) -> bool:
    """Whether what shows is everyone's, where there are several people: no share is "yours" then."""
    return bool(library.people) and not library.sight.person


def printed(library: Library, plan: UUID | None = None) -> dict[str, str]:
    """Return what the first sheet of a print says: whose records it is of, and which plans sent them, or the
    one *plan* that is chosen on the page."""
    chosen = library.sight.person
    people = [
        person
        for person in library.household.people.values()
        if not person.is_closed and chosen in ("", person.key)
    ]
    shown = (pk for person in people for pk in person.plans if plan in (None, pk))
    plans = dict.fromkeys(library.by_id[pk].plan.name for pk in shown)
    return {
        "printed_for": listed(sorted(person.shown for person in people if person.shown)),
        "printed_plans": ", ".join(plans),
    }


def choices(request: MemberRequest, library: Library) -> list[Choice]:
    """Return everyone, then each person; empty while there is one."""
    if not library.people:
        return []
    chosen = library.sight.person
    return [
        Choice(words, _url(request, key or EVERYONE), key == chosen)
        for key, words in (("", _("Everyone")), *library.people.items())
    ]


def _url(request: MemberRequest, key: str) -> str:
    query = request.GET.copy()
    for name in _PLACES:
        query.pop(name, None)
    query[NAME] = key
    return f"{request.path}?{query.urlencode()}"
