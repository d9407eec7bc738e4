"""A portal's launch: a plan's own pages lead here and hand over a value that goes back to its sign-in page.

SMART App Launch 2.2, "Launch App: EHR Launch". Nothing starts by itself (O-30): the member sees the same
page before leaving as everybody else. The value waits in the session; our addresses show only a handle of it.
"""

import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import quote

from django.http import QueryDict

from apps.connections.errors import ConnectionFailed
from apps.plain_language.language import said
from apps.plans.models import Plan

SESSION_KEY: Final = "connections.launches"
LIFETIME: Final = timedelta(minutes=30)  # enough to make an account on the way
MOST_AT_ONCE: Final = 5
LONGEST: Final = 2000
"""Characters of `launch` as they stand in an address: with all else it stays far below what every server
takes, 8,000 octets (RFC 9110 section 4.1), so that no request to sign in has to be a POST (SMART @133)."""
LONGEST_ISS: Final = 500


class LaunchRefused(ConnectionFailed):
    """`iss` is missing, doubled or no connectable plan's FHIR base, or `launch` is not usable (O-30)."""

    title = said("We do not know where this link comes from")
    sentence = said(
        "The link that brought you here does not name a health plan that can be connected here, "
        "or it is incomplete. We asked nobody and started nothing."
    )
    next_step = said("Find your plan in our list and start from there.")


@dataclass(frozen=True)
class Launch:
    """`iss` is the plan's FHIR base as the portal wrote it; `launch` is opaque and goes back as it came."""

    iss: str
    launch: str = field(repr=False)

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read the query of /launch; raise LaunchRefused unless both values come once and look harmless."""
        launch = _single(query, "launch", longest=LONGEST)
        if len(quote(launch, safe="")) > LONGEST:
            raise LaunchRefused("launch is too long once it is written in an address")
        return cls(iss=_single(query, "iss", longest=LONGEST_ISS), launch=launch)

    @property
    def bases(self) -> set[str]:
        """How the plan's row may spell `iss`: portals and payers disagree about one slash at the end."""
        base = self.iss.removesuffix("/")
        return {base, f"{base}/"}

    def plans(self) -> list[Plan]:
        """The plans meant, usually one; several where a vendor serves many at one base. Raise LaunchRefused.

        The comparison is of exact strings, so no address that an operator did not enter is ever asked.
        """
        meant = list(Plan.objects.connectable().filter(fhir_base_url__in=self.bases).best_first())
        if not meant:
            raise LaunchRefused("no connectable plan has this iss")
        return meant


def remember(session: MutableMapping[str, Any], launch: Launch, *, now: datetime) -> str:
    """Keep the launch in the session; return the handle that stands for it in addresses and forms."""
    kept = _kept(session, now=now)
    handle = secrets.token_urlsafe(16)
    kept[handle] = [launch.iss, launch.launch, (now + LIFETIME).timestamp()]
    session[SESSION_KEY] = dict(list(kept.items())[-MOST_AT_ONCE:])
    return handle


def recall(session: MutableMapping[str, Any], handle: str, plan: Plan, *, now: datetime) -> str:
    """Return the `launch` value behind the handle, "" when there is none (any more) for this plan."""
    iss, launch, _ = _kept(session, now=now).get(handle, ("", "", 0))
    return str(launch) if plan.fhir_base_url in Launch(iss, "").bases else ""


def forget(session: MutableMapping[str, Any], handle: str) -> None:
    """Drop the launch: it was handed on, and serves once."""
    kept = session.get(SESSION_KEY, {})
    if handle in kept:
        session[SESSION_KEY] = {name: value for name, value in kept.items() if name != handle}


def _kept(session: MutableMapping[str, Any], *, now: datetime) -> dict[str, Any]:
    kept = session.get(SESSION_KEY, {})
    return {handle: value for handle, value in kept.items() if value[2] > now.timestamp()}


def _single(query: QueryDict, name: str, *, longest: int) -> str:
    values = query.getlist(name)
    if len(values) != 1:
        raise LaunchRefused(f"{name} comes {len(values)} times")
    value = str(values[0])
    if not value.strip() or len(value) > longest or not value.isprintable():
        raise LaunchRefused(f"{name} is empty, too long or not printable")
    return value
