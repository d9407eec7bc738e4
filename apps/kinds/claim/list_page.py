"""One page of a member's claims, as the list and a provider's page show it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.http import QueryDict

from apps.kinds.claim import sealed_query
from apps.kinds.claim.choices import by_share, choices, current, matches, tally_of
from apps.kinds.claim.entry import ClaimEntry, day_of
from apps.kinds.claim.filters import Filters
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.query import corrected
from apps.kinds.claim.rows import Month, months, rows
from apps.kinds.claim.tallies import Tally
from apps.kinds.claim.together import marks
from apps.kinds.claim.wording import list_words as words
from apps.kinds.claim.wording.list_words import left_out
from apps.plain_language.language import _
from apps.records import mirror, volumes
from apps.records.shelf import Library
from apps.records.volumes import Held, Page

type News = Mapping[UUID, str]


@dataclass(frozen=True)
class Listing:
    """Everything the page places: choices, the result line, the rows and the way on."""

    filters: Filters
    page: Page[ClaimEntry]
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
        return words.result(self.tally, is_arriving=self.is_arriving, is_of_several=self.is_of_several)

    @property
    def is_of_several(self) -> bool:
        """Whether the claims of everyone are asked for, where there are several people."""
        return self.filters.choices.is_of_several

    @property
    def is_arriving(self) -> bool:
        """Whether claims of the plans listed have never been complete."""
        return self.filters.choices.arrives(self.filters.plan)

    @property
    def meaning(self) -> str:
        """As what the search was understood, in a sentence; "" where it was looked for as typed."""
        return words.meaning(self.filters.terms)

    @property
    def where_else(self) -> str:
        """Where to look for an amount that no claim has; "" where no amount was looked for."""
        return words.where_else(self.filters.terms)

    @property
    def left_out(self) -> str:
        """How many of the list, and how many older versions, are in no sum; empty when all are."""
        return " ".join(left_out(self.tally.out, self.tally.replaced, self.tally.disagreeing))

    @property
    def twins(self) -> str:
        """How many claims came through two connections, though listed once; empty where none did."""
        return words.twins(self.times, elsewhere=self.filters.plan is not None)

    @property
    def pager(self) -> tuple[str, str, str]:
        """The words of the links to the first page, the one before and the one after."""
        first, before, after = words.PAGER[self.filters.sort]
        return _(first), _(before), _(after)


def listing(library: Library, query: QueryDict, *, news: News) -> Listing:
    """Return the page of claims that *query* asks for; *news* is what rows say of being new."""
    token = query.get("q", "")
    search = sealed_query.text_of(library.box, token)
    filters = Filters.of(query, choices(library), search=search)
    if filters.terms:
        written = (claim.entry.words for claim in _claims(library, filters))
        filters = replace(filters, terms=corrected(filters.terms, written))
    page = listed(library, filters, query, news=news)
    return replace(page, search_is_gone=bool(token) and search is None, query=filters.query)


def listed(library: Library, filters: Filters, query: QueryDict, *, news: News) -> Listing:
    """Return the page of *filters* after or before the claim named in *query*."""
    wanted, offered = filters.wanted, filters.choices
    matching: Iterable[Held[ClaimEntry]] = _matching(library, filters)
    if wanted.needs_entries:
        matching = list(matching)
        tally = tally_of(matching)
    else:
        tally = offered.tally(year=filters.year, plan=filters.plan, kind=wanted.kind)
    page = _page(library, filters, query, matching)
    headed = _headed(library, page.held, filters, news)
    return Listing(filters, page, tally, headed, bool(offered.plans), _times(library, filters))


def _matching(
    library: Library, filters: Filters, *, from_year: int | None = None
) -> Iterable[Held[ClaimEntry]]:
    claims = _claims(library, filters, from_year=from_year)
    matching = matches(claims, filters.wanted)
    return by_share(matching) if filters.sort == "share" else matching


def _page(
    library: Library, filters: Filters, query: QueryDict, matching: Iterable[Held[ClaimEntry]]
) -> Page[ClaimEntry]:
    """Return the page; where the whole list is gone through, no book before that of its place is opened."""
    after, before, wanted = query.get("after", ""), query.get("before", ""), filters.wanted
    place = volumes.id_of(after)
    if place is not None and filters.is_all and filters.sort != "share" and not wanted.needs_entries:
        year = _year_of(library, place)
        if year is not None:
            near = current(_matching(library, filters, from_year=year), wanted)
            page = volumes.page(near, after=after)
            if not page.is_first:  # else the place is not there, or nothing follows it
                return page
    return volumes.page(current(matching, wanted), after=after, before=before)


def _year_of(library: Library, claim_id: UUID) -> int | None:
    """Return the year of a claim as the mirror has it, so of its book; None where nothing says."""
    row = library.member.records.filter(pk=claim_id).first()
    connection = library.by_id.get(row.connection_id) if row else None
    body = mirror.opened(library.box, row) if row and connection else None
    if body is None:
        return None
    with suppress(Exception):  # what a reader makes of it is said by who shows it
        return day_of(CLAIM.read(body, {})).year
    return None


def _claims(
    library: Library, filters: Filters, *, from_year: int | None = None
) -> Iterable[Held[ClaimEntry]]:
    """Return the claims of the year and plan chosen; in order of shares they are put later."""
    is_oldest = filters.sort == "oldest"
    if filters.is_all:
        return library.newest(CLAIM, oldest_first=is_oldest, from_year=from_year)
    held = library.held(CLAIM, year=filters.year, plan=filters.plan)
    return held[::-1] if is_oldest else held


def _times(library: Library, filters: Filters) -> int:
    """Count the claims that came through several connections; where more is asked for, nobody is told."""
    has_some = filters.choices.has_twins(year=filters.year, plan=filters.plan)
    if not has_some or not filters.chosen.keys() <= {"year", "kind", "plan", "sort", "all"}:
        return 0
    kind = filters.chosen.get("kind", "")
    held = library.held(CLAIM, year=filters.year, plan=filters.plan)
    return len({claim.twin_of for claim in held if claim.twin_of and kind in ("", claim.entry.kind)})


def _headed(
    library: Library, claims: Sequence[Held[ClaimEntry]], filters: Filters, news: News
) -> list[Month]:
    """Return the rows under their months; in the order of shares, months would say nothing."""
    whose, together = filters.choices.whose, marks(library, claims)
    if filters.sort != "share" or not claims:
        return months(claims, whose, news, together)
    return [Month(_("Highest share first"), rows(claims, whose, news, together))]
