"""One page of a member's claims, as the list and a provider's page show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from apps.accounts.models import Member
from apps.claims import finding, indexing, searching
from apps.claims.choices import Choices, choices
from apps.claims.columns import columns_from
from apps.claims.filters import Filters
from apps.claims.finding import Piece
from apps.claims.known import known
from apps.claims.models import Claim
from apps.claims.paging import PAGE_SIZE, Page, page_of, page_of_everything
from apps.claims.rows import Month, months, rows
from apps.claims.tallies import Outline, Summary, Tally, outline_from, summary_from
from apps.claims.wording import listing as words
from apps.claims.wording.sums import left_out
from apps.plain_language.language import _
from apps.vault.boxes import Box, box_for


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
        shared = [row.connection_id for row, _summary in choices.summaries]
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


def choices_of(member: Member, box: Box, *, with_sums: bool = False) -> Choices:
    """Return what there is to choose from, *with_sums* of providers too; a missing index is built first."""
    read: Callable[[bytes], Outline | Summary] = summary_from if with_sums else outline_from
    asked = known(member)
    found = indexing.read(member, box, asked.index, ["sealed_summary"], read)
    indexed = {row.connection_id for row, _summary in found}
    if indexing.complete(member, box, [one.pk for one in asked.connections], indexed):
        found = indexing.opened(member, box, ["sealed_summary"], read)
    return choices(asked.connections, found, box, has_approvals=asked.has_approvals)


def listing(member: Member, query: QueryDict) -> Listing:
    """Return the page of claims that *query* asks for."""
    box = box_for(member)
    offered, token = choices_of(member, box), query.get("q", "")
    search = searching.text_of(box, token)
    filters = Filters.of(query, offered, search=search)
    found = listed(member, box, filters, query)
    return replace(found, search_is_gone=bool(token) and search is None, query=filters.query)


def listed(member: Member, box: Box, filters: Filters, query: QueryDict) -> Listing:
    """Return the page of *filters* after or before the claim named in *query*."""
    after, before = query.get("after", ""), query.get("before", "")
    if filters.needs_index:
        page, tally = _found(member, box, filters, after=after, before=before)
    else:
        page = _page(member, filters, after=after, before=before, oldest_first=filters.sort == "oldest")
        kind = filters.chosen.get("kind", "")
        tally = filters.choices.tally(year=filters.year, plan=filters.plan, kind=kind)
    headed, times = _headed(page.claims, filters, box), _times(member, filters)
    return Listing(filters, page, tally, headed, bool(filters.choices.plans), times)


def _times(member: Member, filters: Filters) -> int:
    """Count the claims that came through several connections; where more is asked for, nobody is told."""
    has_some = filters.choices.has_twins(year=filters.year, plan=filters.plan)
    if not has_some or not filters.chosen.keys() <= {"year", "kind", "plan", "sort", "all"}:
        return 0
    return filters.narrowed(member.claims.twins()).values("twin_of").distinct().count()


def _page(member: Member, filters: Filters, *, after: str, before: str, oldest_first: bool) -> Page:
    if filters.is_everything:
        return page_of_everything(member, after=after, before=before, oldest_first=oldest_first)
    claims = member.claims.all()
    return page_of(filters.apply(claims), among=claims, after=after, before=before, oldest_first=oldest_first)


def _headed(claims: list[Claim], filters: Filters, box: Box) -> list[Month]:
    """Return the rows under their months; in the order of shares, months would say nothing."""
    whose = filters.choices.whose
    if filters.sort != "share" or not claims:
        return months(claims, box, whose)
    return [Month(_("Highest share first"), rows(claims, box, whose))]


def _found(member: Member, box: Box, filters: Filters, *, after: str, before: str) -> tuple[Page, Tally]:
    pieces = _pieces(member, box, filters)
    found = finding.page(
        pieces, filters.wanted, sort=filters.sort, size=PAGE_SIZE, after=after, before=before
    )
    by_id = {claim.pk: claim for claim in member.claims.these(found.claims, found.days).in_brief()}
    # What a sync deleted since the index was read is left out.
    claims = [by_id[pk] for pk in found.claims if pk in by_id]
    page = Page(
        claims,
        after=found.claims[-1] if found.has_after else None,
        before=found.claims[0] if found.has_before else None,
        lost_its_place=found.lost_its_place,
    )
    return page, found.tally


def _pieces(member: Member, box: Box, filters: Filters) -> Sequence[Piece]:
    """Open what has to be looked through: of the year and plan chosen, and no words without a search."""
    parts = ["sealed_columns", "sealed_words"] if filters.search else ["sealed_columns"]
    found = indexing.opened(member, box, parts, _piece, year=filters.year, plan=filters.plan)
    for row, piece in found:
        owner = filters.choices.owners.get(row.connection_id)
        if owner:  # who the connection is about is named as addresses do
            piece.columns.people_keys = [key or owner.key for key in piece.columns.people_keys]
    return [piece for _row, piece in found]


def _piece(columns: bytes, words: bytes | None = None) -> Piece:
    return Piece(columns_from(columns), indexing.words_from(words) if words is not None else ())
