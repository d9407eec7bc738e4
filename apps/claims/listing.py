"""One page of a member's claims, as the list and a provider's page show it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.http import QueryDict

from apps.accounts.models import Member
from apps.claims import finding, searching
from apps.claims.choices import choices
from apps.claims.entry import ClaimEntry
from apps.claims.filters import Filters
from apps.claims.finding import Page
from apps.claims.kind import CLAIM
from apps.claims.rows import Month, months, rows
from apps.claims.tallies import Tally
from apps.claims.wording import listing as words
from apps.claims.wording.sums import left_out
from apps.plain_language.language import _
from apps.records.shelf import Held, Library
from apps.vault.boxes import box_for

type News = Mapping[UUID, str]


@dataclass(frozen=True)
class Listing:
    """Everything the page places: choices, the result line, the rows and the way on."""

    filters: Filters
    page: Page
    tally: Tally
    months: list[Month] = field(repr=False)
    has_plans: bool
    times: int = 0
    """How many claims of the list came through several connections."""
    search_is_gone: bool = False
    query: str = ""
    """What the addresses of further pages start with: "" or a query string ending in "&"."""

    @property
    def result(self) -> str:
        """What the list comes to, in a sentence."""
        return words.result(self.tally)

    @property
    def left_out(self) -> str:
        """How many of the list, and how many older versions, are in no sum; empty when all are."""
        return " ".join(left_out(self.tally.left_out, self.tally.replaced))

    @property
    def person(self) -> str:
        """The name of whom all that is listed is about; empty where several are, or none is shared."""
        choices, chosen = self.filters.choices, self.filters.chosen.get("person")
        return choices.people[chosen].name if chosen else choices.member

    @property
    def plans(self) -> str:
        """The names of the plans that shared what is listed."""
        choices, chosen = self.filters.choices, self.filters.plan
        shared = [volume.plan for volume in choices.volumes]
        names = (name for plan, name in choices.plans if plan in ([chosen] if chosen else shared))
        return ", ".join(dict.fromkeys(names))

    @property
    def twins(self) -> str:
        """How many claims came through two connections, though listed once; empty where none did."""
        return words.twins(self.times, elsewhere=self.filters.plan is not None)

    @property
    def pager(self) -> tuple[str, str, str]:
        """The words of the links to the first page, the one before and the one after."""
        first, before, after = words.PAGER[self.filters.sort]
        return _(first), _(before), _(after)


def listing(member: Member, query: QueryDict, *, news: News) -> Listing:
    """Return the page of claims that *query* asks for; *news* is what rows say of being new."""
    library, token = Library(member, box_for(member)), query.get("q", "")
    search = searching.text_of(library.box, token)
    filters = Filters.of(query, choices(library), search=search)
    page = listed(library, filters, query, news=news)
    return replace(page, search_is_gone=bool(token) and search is None, query=filters.query)


def listed(library: Library, filters: Filters, query: QueryDict, *, news: News) -> Listing:
    """Return the page of *filters* after or before the claim named in *query*."""
    wanted, offered = filters.wanted, filters.choices
    people = {pk: owner.key for pk, owner in offered.owners.items()}
    matching: Iterable[Held[ClaimEntry]] = finding.matches(_claims(library, filters), wanted, people)
    if filters.sort == "share":
        matching = finding.by_share(matching)
    if wanted.needs_entries:
        matching = list(matching)
        tally = finding.tally_of(matching)
    else:
        tally = offered.tally(year=filters.year, plan=filters.plan, kind=wanted.kind)
    shown = finding.current(matching, wanted)
    page = finding.page(shown, after=query.get("after", ""), before=query.get("before", ""))
    headed = _headed(page.claims, filters, news)
    return Listing(filters, page, tally, headed, bool(offered.plans), _times(library, filters))


def _claims(library: Library, filters: Filters) -> Iterable[Held[ClaimEntry]]:
    """Return the claims of the year and plan chosen; in order of shares they are put later."""
    is_oldest = filters.sort == "oldest"
    if filters.plan is None and filters.year is None:
        return library.newest(CLAIM, oldest_first=is_oldest)
    held = library.held(CLAIM, year=filters.year, plan=filters.plan)
    return held[::-1] if is_oldest else held


def _times(library: Library, filters: Filters) -> int:
    """Count the claims that came through several connections; where more is asked for, nobody is told."""
    has_some = filters.choices.has_twins(year=filters.year, plan=filters.plan)
    if not has_some or not filters.chosen.keys() <= {"year", "kind", "plan", "sort", "all"}:
        return 0
    kind = filters.chosen.get("kind", "")
    held = library.held(CLAIM, year=filters.year, plan=filters.plan)
    return len({one.twin_of for one in held if one.twin_of and kind in ("", one.entry.kind)})


def _headed(claims: Sequence[Held[ClaimEntry]], filters: Filters, news: News) -> list[Month]:
    """Return the rows under their months; in the order of shares, months would say nothing."""
    whose = filters.choices.whose
    if filters.sort != "share" or not claims:
        return months(claims, whose, news)
    return [Month(_("Highest share first"), rows(claims, whose, news))]
