"""What a dry run asks a plan: here how many records it gives at once (C-01, C-09)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist

from apps.fhir.client import FEWEST_AT_ONCE, METHOD_REFUSED, PAGE_SIZE, REFUSALS, fewer
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import OutboundError
from apps.plans.models import Plan
from apps.plans.origins import allowed_origins
from apps.plans.profiles import profile_named
from apps.plans.reading import MAX_BYTES
from config.fhir_types import main_type

AS_IT_SHOULD: Final = (401, 403)
"""What a server answers whoever brings no token."""
NOT_THERE: Final = (404, 410)
"""What it answers whatever a member brings: there is no such thing (RFC 9110)."""


@dataclass(frozen=True)
class Probe:
    """What one question of a dry run found out about a plan, for the operator.

    `name` is its key in JSON, `obstacle` what would make a member fail there, "" where nothing would;
    `refusal`, where not "", says how many records are taken.
    """

    name: str
    title: str
    lines: list[str]
    obstacle: str = ""
    refusal: str = ""


def page_size(plan: Plan, *, now: datetime) -> Probe:
    """Search as an update would, and compare the number asked for with the profile and with the answer.

    Speaks to the network, without a token: a server that asks for one first has said nothing about numbers.
    """
    stated = plan.quirks.page_size or PAGE_SIZE
    asked, lines = stated, [f"{stated} records are asked for at once"]
    with suppress(ObjectDoesNotExist):  # it was never asked
        asked = plan.pace.most_at_once(stated, now=now)
        if asked != stated:
            instead = f"for {asked} records at once" if asked else "without _count"
            until = f"{plan.pace.page_size_until:%Y-%m-%d}"
            lines = [f"asked {instead} until {until}: {stated} were refused or too much"]
        lines += _other_refusals(plan, now=now)
    with open_session(plan=plan.slug, origins=allowed_origins(plan), max_bytes=MAX_BYTES) as session:
        try:
            status = _search(session, plan, asked)
        except OutboundError as error:
            obstacle = f"its FHIR server does not answer ({type(error).__name__})"
            return _probe([*lines, obstacle], obstacle)
        lines.append(_in_words(status))
        if status in NOT_THERE or (status >= 500 and status not in METHOD_REFUSED):
            return _probe(lines, f"its FHIR server answers a search with {status}")
        most = _most_known(session, plan, asked, status)
    if most is None:
        return _probe(lines)
    remedy = f"gives {most} at most: set page_size to {most}" if most else f"refuses even {FEWEST_AT_ONCE}"
    refusal = f"it would be asked for {asked} records at once and {remedy}"
    return _probe([*lines, refusal], refusal=refusal)


def not_searched() -> Probe:
    """What stands for a search where the server is known not to answer anything."""
    return _probe(["not asked for: the server does not answer"], "its FHIR server does not answer")


def _probe(lines: list[str], obstacle: str = "", *, refusal: str = "") -> Probe:
    return Probe("search", "Records at once", lines, obstacle, refusal)


def _other_refusals(plan: Plan, *, now: datetime) -> list[str]:
    """What else members' updates have learned: how this server wants to be searched."""
    lines, pace = [], plan.pace
    if not pace.asks_for_changes(now=now):
        lines.append(
            f"asked for everything until {pace.without_changes_until:%Y-%m-%d}: it refused _lastUpdated"
        )
    if pace.searches_by_post(now=now):
        lines.append(f"searched by POST until {pace.by_post_until:%Y-%m-%d}: it refused GET")
    return lines


def _in_words(status: int) -> str:
    line = f"one search without a token: {status}"
    if status in AS_IT_SHOULD:
        return f"{line}, as it should be"
    return f"{line}, where 401 or 403 was expected"


def _search(session: Any, plan: Plan, size: int) -> int:
    query = f"?_count={size}" if size else ""
    return fetch(session, f"{plan.fhir_base_url.rstrip('/')}/{main_type()}{query}").status


def _most_known(session: Any, plan: Plan, asked: int, status: int) -> int | None:
    """How many records the server takes, 0: no `_count` at all; None: as many as *asked*, or not known."""
    most = profile_named(plan.profile).quirks.page_size
    if most is not None and asked > most:
        return most
    size = asked
    while status in REFUSALS and size:
        size = fewer(size)
        try:
            status = _search(session, plan, size)
        except OutboundError:
            return None
    return size if size != asked and status not in REFUSALS else None
