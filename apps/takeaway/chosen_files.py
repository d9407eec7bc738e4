"""What was chosen on the page, which records in which form, and how a file is shown there."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Member
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.wording.titles import title, when
from apps.plain_language.language import _
from apps.plain_language.theirs import filled, listed
from apps.plain_language.times import time_words
from apps.records.hidden_care import CATEGORY_WORDS
from apps.records.shelf import Library
from apps.takeaway import formats, wording
from apps.takeaway.formats import Format
from apps.takeaway.models import Export
from apps.takeaway.shelves import Scope, years_of
from apps.takeaway.wording import Choice
from apps.vault.boxes import box_for


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page offers a member: years or the one claim, and the files there can be of it."""

    scope: Scope
    claim: str
    """The one claim, as its page is titled, with its days; "" for more of them, or where it does not open."""
    years: tuple[int, ...]
    spreadsheets: tuple[Choice, ...]
    for_programs: tuple[Choice, ...]
    kept_back: str
    """Which sensitive care a file for others is without; "" for none."""
    has_asking: bool
    """Whether new test results wait until the member asks for them."""

    @classmethod
    def of(cls, member: Member, asked: Mapping[str, str]) -> Self:
        """Read `?claim=` and `?year=`; what does not exist is as if it were not said."""
        library = Library(member, box_for(member), is_unfolded=True)
        years = tuple(years_of(library))
        scope = scope_of(member, asked.get("claim") or asked.get("year") or "") or Scope()
        if scope.year not in years:
            scope = Scope(claim_id=scope.claim_id)
        return cls(
            scope,
            _called(library, scope.claim_id) if scope.claim_id else "",
            years,
            tuple(spreadsheet for spreadsheet in wording.SPREADSHEETS if _fits(spreadsheet, scope)),
            tuple(format_offered for format_offered in wording.FOR_PROGRAMS if _fits(format_offered, scope)),
            _kept_back(library),
            library.household.hiding.asks_since is not None,
        )


def scope_of(member: Member, text: str) -> Scope | None:
    """Return what `all`, a year or a claim's id stands for; None for anything else, others' claims too."""
    if text == "all":
        return Scope()
    if text.isascii() and text.isdigit() and len(text) == 4:
        return Scope(year=int(text)) if int(text) else None
    try:
        claim_id = uuid.UUID(text)
    except ValueError:
        return None
    row = member.records.filter(pk=claim_id).first()
    if row is None:
        return None
    library = Library(member, box_for(member), is_unfolded=True)
    return Scope(claim_id=claim_id) if library.one(CLAIM, row.pk, row.connection_id) else None


def chosen(member: Member, posted: Mapping[str, str]) -> tuple[Format, Scope] | None:
    """Return the file a form asks for, None when it names none that there can be."""
    is_shared = posted.get("for") == "others"
    format_ = formats.ALL.get(posted.get("format", "") + (formats.FOR_OTHERS if is_shared else ""))
    scope = scope_of(member, posted.get("scope", ""))
    if format_ is None or scope is None or (scope.claim_id and not format_.for_a_claim):
        return None
    return format_, scope


def _called(library: Library, claim_id: uuid.UUID) -> str:
    held = next(held for held in library.held(CLAIM) if held.id == claim_id)
    record = CLAIM.brief_of(held.entry)
    return filled("{title}, {when}", title=title(record), when=when(record)) if record else ""


def _kept_back(library: Library) -> str:
    hiding = library.household.hiding
    return listed(
        [_(name) for category, (name, _about) in CATEGORY_WORDS.items() if not hiding.is_shared(category)]
    )


def _fits(choice: Choice, scope: Scope) -> bool:
    return scope.claim_id is None or formats.ALL[choice.key].for_a_claim


@dataclass(frozen=True, slots=True)
class Shown:
    """`poll_seconds` says how often to look again, 0 when nothing is to come."""

    url: str
    download_url: str
    delete_url: str
    title: str
    format: str
    scope: str
    state: str
    badge: str
    lede: str
    closed: str
    mixed: str
    done: int
    total: int
    poll_seconds: int
    is_ready: bool
    ends: str


def shown(export: Export) -> Shown:
    """Return what to say about *export*. No query."""
    ends_at = timezone.localtime(export.expires_at)
    return Shown(
        url=export.get_absolute_url(),
        download_url=reverse("takeaway:download", args=[export.pk]),
        delete_url=reverse("takeaway:delete", args=[export.pk]),
        title=wording.title(export.format, export.year),
        format=export.format,
        scope=str(export.year or "all"),
        state=export.state,
        badge=wording.badge(export.state),
        lede=wording.lede(state=export.state, done=export.done, total=export.total),
        closed=wording.closed(export.closed),
        mixed=wording.mixed() if export.is_mixed else "",
        done=export.done,
        total=max(export.total, export.done, 1),
        poll_seconds=1 if export.is_active else 0,
        is_ready=export.is_ready,
        ends=wording.ends(day=ends_at.date(), time=time_words(ends_at)),
    )
