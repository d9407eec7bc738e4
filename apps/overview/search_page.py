"""One search over a member's claims, approvals, care, providers and plans, and the glossary."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import Member
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.approval.rows import Row as ApprovalRow
from apps.kinds.approval.rows import found
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.kind import LISTED
from apps.kinds.care.timeline import Row as CareRow
from apps.kinds.care.timeline import lists
from apps.kinds.care.timeline import rows as care_rows
from apps.kinds.claim.list_page import Listing, listing
from apps.kinds.claim.query import Term, corrected, is_name_of, understood
from apps.kinds.claim.wording import Row
from apps.plain_language.capitals import fold
from apps.plain_language.glossary import TERMS
from apps.plain_language.language import _
from apps.plans.models import Plan
from apps.records.shelf import Library
from apps.records.volumes import Held

MOST_CARE: Final = 25
MOST: Final = 5
"""Of each kind; claims have all of theirs one tap away."""


class Hit(NamedTuple):
    """Something found by its name, and a line about it."""

    name: str
    url: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found for the text; `is_gone` where its token no longer opens."""

    text: str
    is_gone: bool
    claims: Listing | None = None
    claims_url: str = ""
    has_hidden: bool = False
    """Whether records that are no claims are hidden, whatever was looked for: nothing tells of what."""
    approvals: tuple[ApprovalRow, ...] = ()
    approvals_words: str = ""
    providers: tuple[Hit, ...] = ()
    care: tuple[CareRow, ...] = ()
    care_words: str = ""
    plans: tuple[Hit, ...] = ()
    words: tuple[Hit, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """The first claims."""
        months = self.claims.months if self.claims else []
        return [row for month in months for row in month.rows][:MOST]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.rows or self.approvals or self.care or self.providers or self.plans or self.words)


def search_page(library: Library, token: str, *, today: date) -> SearchPage:
    """Return what is found for the text behind *token*, "" for none."""
    member = library.member
    if not token:
        return SearchPage("", is_gone=False)
    query = urlencode({"q": token})
    claims = listing(library, QueryDict(query), news={})
    text = claims.filters.search
    if not text:
        return SearchPage("", is_gone=True)
    terms = understood(text)
    providers = claims.filters.choices.provider_names
    approvals = found(library, terms, today=today)
    care, number_of_care = _care(library, terms)
    return SearchPage(
        text=text,
        is_gone=False,
        claims=claims,
        claims_url=f"{reverse('claims:list')}?{query}",
        has_hidden=any(library.has_folded(kind) for kind in (APPROVAL, *LISTED)),
        approvals=tuple(approvals[:MOST_CARE]),
        approvals_words=_how_many(len(approvals)),
        providers=_hits(
            terms, (Hit(name, reverse("claims:provider", args=[key])) for key, name in providers.items())
        ),
        care=tuple(care_rows(care, library)),
        care_words=_how_many(number_of_care),
        plans=(*_mine(member, terms), *_others(member, text)),
        words=_hits(terms, _glossary()),
    )


def _care(library: Library, terms: Sequence[Term]) -> tuple[list[Held[CareEntry]], int]:
    """Return the newest records that lists show and all terms fit, and how many there are."""
    fitting = [list(held) for held in lists(library)]
    for term in corrected(terms, [shown.entry.words for held in fitting for shown in held]):
        fitting = [[shown for shown in held if term.fits_day_or_words(shown.entry)] for held in fitting]
    newest = merge(*fitting, key=lambda shown: shown.entry.sort_key, reverse=True)
    return list(islice(newest, MOST_CARE)), sum(map(len, fitting))


def _how_many(number: int) -> str:
    if number <= MOST_CARE:
        return ""
    text = _("The newest {shown} of {number} are shown. One word more finds fewer.")
    return text.format(shown=MOST_CARE, number=number)


def _hits(terms: Sequence[Term], named: Iterable[Hit]) -> tuple[Hit, ...]:
    """Return those of *named* whose names are meant, slips of the hand corrected by the names there are."""
    hits = {fold(hit.name): hit for hit in named}
    meant = corrected(terms, hits)
    return tuple(hit for name, hit in hits.items() if is_name_of(meant, name))[:MOST]


def _mine(member: Member, terms: Sequence[Term]) -> tuple[Hit, ...]:
    connections = member.connections.select_related("plan")
    about = _("Your connected plan")
    return _hits(
        terms, (Hit(connection.plan.name, connection.get_absolute_url(), about) for connection in connections)
    )


def _others(member: Member, text: str) -> Iterator[Hit]:
    """Yield plans of the directory that the member has not connected, the best name first."""
    plans = Plan.objects.listed().exclude(pk__in=member.connections.values("plan"))
    named = plans.named(text).best_first(text)[:MOST]
    for plan in named or plans.called_like(text)[:MOST]:
        yield Hit(plan.name, plan.get_absolute_url(), plan.where_and_what)


def _glossary() -> Iterator[Hit]:
    page = reverse("listing:glossary")
    return (Hit(_(term.word), f"{page}#{term.slug}", _(term.meaning)) for term in TERMS)
