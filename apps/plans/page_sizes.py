"""How many records a plan is asked for at once, held against what is known of its server (C-01)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ObjectDoesNotExist

from apps.fhir.client import PAGE_SIZE
from apps.fhir.page_sizes import FEWEST_AT_ONCE, REFUSALS, fewer
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import OutboundError
from apps.plans.models import Plan
from apps.plans.profiles import profile_named
from apps.plans.reading import MAX_BYTES

SEARCHED: Final = "ExplanationOfBenefit"


@dataclass(frozen=True)
class PageSize:
    """What is asked for, in words for the operator; `refusal`, where not "", says what the server takes."""

    lines: list[str]
    refusal: str = ""


def page_size(plan: Plan, *, now: datetime) -> PageSize:
    """Compare the number that would be asked for now with the profile and with the server's own answer.

    Speaks to the network, without a token: a server that asks for one first has said nothing.
    """
    stated = plan.quirks.page_size or PAGE_SIZE
    asked, lines = stated, [f"{stated} records are asked for at once"]
    with suppress(ObjectDoesNotExist):  # it was never asked
        asked = plan.pace.most_at_once(stated, now=now)
    if asked != stated:
        instead = f"for {asked} records at once" if asked else "without _count"
        until = f"{plan.pace.page_size_until:%Y-%m-%d}"
        lines = [f"asked {instead} until {until}: {stated} were refused or too much"]
    most = _most_known(plan, asked)
    if most is None:
        return PageSize(lines)
    remedy = f"gives {most} at most: set page_size to {most}" if most else f"refuses even {FEWEST_AT_ONCE}"
    refusal = f"it would be asked for {asked} records at once and {remedy}"
    return PageSize([*lines, refusal], refusal)


def _most_known(plan: Plan, asked: int) -> int | None:
    """How many records the server takes, 0: no `_count` at all; None: as many as *asked*, or not known."""
    known = profile_named(plan.profile).quirks.page_size
    if known is not None and asked > known:
        return known
    base, size = plan.fhir_base_url.rstrip("/"), asked
    with open_session(plan=plan.slug, max_bytes=MAX_BYTES) as session:
        while True:
            query = f"?_count={size}" if size else ""
            try:
                answer = fetch(session, f"{base}/{SEARCHED}{query}")
            except OutboundError:
                return None
            if answer.status not in REFUSALS:
                return size if size != asked else None
            if not size:
                return None
            size = fewer(size)
