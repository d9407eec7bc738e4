"""Reading through a connection: the member's token, kept fresh, sent only to the plan's own server."""

import logging
import random
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit

from apps.connections import endings, id_tokens, oauth, token_renewal
from apps.connections.errors import (
    AskingStopped,
    ConnectionFailed,
    GrantRefused,
    IdTokenRefused,
    OutsideThePlan,
    PermissionEnded,
    PlanBusy,
    PlanRefusesUs,
    PlanSaidNo,
    RefreshDelayed,
    RegistrationBroken,
    RequestRefused,
)
from apps.connections.models import Connection, Reason
from apps.connections.people import ACCEPT, Reader, person_of
from apps.connections.tokens import Tokens, open_tokens, patient_id
from apps.fhir.page_links import same_origin
from apps.outbound.door import Answer
from apps.outbound.errors import EndsAsking, OutboundError
from apps.outbound.limits import Budget, looking
from apps.plans.discovery import DiscoveryFailed, Endpoints, endpoints_for
from apps.plans.origins import may_go
from apps.vault.boxes import Box, box_for

log = logging.getLogger("plainclaim.connections")

MARGIN: Final = timedelta(seconds=60)  # tokens are renewed this long before they end
PATIENCE_SECONDS: Final = 40.0  # how long a caller waits for another one's refresh
FRESH: Final = timedelta(seconds=15)  # so long after it was issued a token may not be known everywhere
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 0.5  # fifty waiting workers then ask the database a hundred times a second


class Access:
    """One connection, opened for reading: the `Transport` of the FHIR client.

    Questions for records share *budget*; renewals of tokens, which must not be cut off, do not count into it.
    Meant for one worker; several workers, in any number of processes, may open the same connection.
    *clock* gives aware datetimes; an answer over *max_bytes* is TooLarge; *pause* waits the given seconds for
    a token to be known, and may raise to give up. Unless it *may_end*, a 401 renews and ends nothing. Opening
    it raises PermissionEnded, AskingStopped or SealBroken.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Callable[[], datetime],
        budget: Budget | None = None,
        max_bytes: int | None = None,
        pause: Callable[[float], object] = time.sleep,
        may_end: bool = True,
    ) -> None:
        self._connection = connection
        self._now, self._may_end = clock, may_end
        self._box: Box = box_for(connection.member)
        self._reader = Reader(connection.plan, budget=budget, max_bytes=max_bytes, pause=pause)
        self._renewed_at: datetime | None = None
        self._reload()
        self.patient_id = person_of(connection, self._box).id
        self.base_url = connection.plan.fhir_base_url.rstrip("/")

    def __repr__(self) -> str:
        return f"Access({self._connection})"

    def ask(self, url: str, form: str | None = None) -> Answer:
        """Return the plan's answer to one GET, led on within its origin; `url` may be below the FHIR base.

        Or to a search, and to nothing else, that is sent as a *form*. A token about to end is renewed first,
        and once more when the plan answers 401. Raises OutsideThePlan, PermissionEnded, AskingStopped,
        RefreshDelayed, RegistrationBroken or an OutboundError.
        """
        if form is not None and not urlsplit(url).path.endswith("/_search"):
            raise OutsideThePlan("no search")
        # Nothing of the permission is said by a refusal of what a plan publishes of itself.
        is_statement = self._on_plan(url) == f"{self.base_url}/metadata"
        return self._answer(url, form, may_end=self._may_end and not is_statement)

    def get_file(self, url: str, *, accept: str) -> Answer:
        """Return the plan's answer to one GET of a file in the media type *accept*; as `ask`.

        A file that is refused with 401 says nothing of the permission: it goes on.
        """
        return self._answer(url, None, accept=accept, may_end=False)

    def _answer(self, url: str, form: str | None, *, accept: str = ACCEPT, may_end: bool = True) -> Answer:
        target = self._on_plan(url)
        with looking(self._stop_if_told):
            if self._is_stale():
                self._renew()
            answer = self._ask(target, form, accept, is_fresh=may_end and self._is_fresh())
            if answer.status == 401 and may_end:
                self._renew()
                answer = self._ask(target, form, accept, is_fresh=True)
                if answer.status == 401:
                    self._end(Reason.TURNED_AWAY)
                    answer = self._ask(target, form, accept, is_fresh=True)
        return answer

    def _ask(self, target: str, form: str | None, accept: str, *, is_fresh: bool) -> Answer:
        return self._reader.ask(
            target, access_token=self._tokens.access_token, form=form, accept=accept, is_fresh=is_fresh
        )

    def _is_fresh(self) -> bool:
        """Whether the token was issued just now, as far as is known."""
        row, lifetime = self._connection, self._tokens.lifetime
        issued_at = self._renewed_at or row.connected_at
        if row.access_expires_at and lifetime:
            issued_at = row.access_expires_at - lifetime
        return self._now() - issued_at < FRESH

    def _stop_if_told(self) -> None:
        """What is looked at before every question and while its answer comes: raise AskingStopped (S-03)."""
        now = self._now()
        rows = Connection.objects.stopped(now=now).filter(pk=self._connection.pk)
        if (row := rows.select_related("plan", "member").first()) is not None:
            # Where it was taken back this moment, the next try finds that.
            raise AskingStopped(row.stopped_because(now=now) or "paused")

    def _on_plan(self, url: str) -> str:
        """The absolute URL, if it is the plan's own (R-20)."""
        try:
            target = urljoin(self.base_url + "/", url)
        except ValueError:
            raise OutsideThePlan("malformed URL") from None
        if not same_origin(target, base_url=self.base_url):
            raise OutsideThePlan("another origin")
        return target

    def _is_stale(self) -> bool:
        """Whether the token ends within the margin, which is a quarter of the life of short-lived tokens."""
        ends = self._connection.access_expires_at
        if ends is None:
            return False
        if self._refresh_token() is None:  # used to its last second
            return ends <= self._now()
        margin = min(MARGIN, (self._tokens.lifetime or MARGIN) / 4)
        return ends - margin <= self._now()

    def _refresh_token(self) -> str | None:
        """What can be spent on new tokens: nothing where the plan is known not to renew (quirk `refresh`).

        `static` and `rotating` plans are treated alike: a new refresh token replaces the old, none keeps it.
        """
        return None if self._connection.plan.quirks.refresh == "none" else self._tokens.refresh_token

    def _reload(self) -> None:
        """Read the row again: tokens, version and status as they are now.

        Raises PermissionEnded or AskingStopped.
        """
        try:
            self._connection.refresh_from_db(
                fields=[
                    "status",
                    "sealed_tokens",
                    "bound_to",
                    "access_expires_at",
                    "renewal_refused_at",
                    "renewal_refused_days",
                    "permission_ends_at",
                    "tokens_version",
                    "refresh_lease_until",
                ]
            )
        except Connection.DoesNotExist:
            raise PermissionEnded("disconnected") from None
        if not self._connection.is_active or not self._connection.sealed_tokens:
            raise PermissionEnded(self._connection.status)
        self._tokens: Tokens = open_tokens(self._connection, self._box)
        self._stop_if_told()
        if not may_go(self._tokens.bound_to, self._connection.plan):
            self._end(Reason.MOVED)

    def _renew(self) -> None:
        """Have newer tokens than now, by refreshing or by waiting for whoever is at it (R-01).

        Most often somebody else has just done it: so the row is read before anything is written, and a worker
        that waits only reads, at growing intervals that differ from worker to worker.
        """
        seen, was_stale = self._connection.tokens_version, self._is_stale()
        give_up_at, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE_SECONDS
        while True:
            self._reload()
            if (was_stale or self._connection.tokens_version != seen) and not self._is_stale():
                return
            if not token_renewal.is_leased(self._connection, now=self._now()):
                lease = token_renewal.take_lease(self._connection, now=self._now())
                if lease is not None:
                    self._refresh(lease)
                    return
            if time.monotonic() > give_up_at:
                raise RefreshDelayed("another refresh did not end")
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads the load, hides nothing
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    def _refresh(self, lease: uuid.UUID) -> None:
        """Spend the refresh token once; what comes is saved before it is used (R-03)."""
        now, plan, refresh_token = self._now(), self._connection.plan, self._refresh_token()
        if refresh_token is None:
            self._end(Reason.NOT_LASTING if self._is_stale() else Reason.TURNED_AWAY)
            return
        try:
            endpoints = endpoints_for(plan, now=now)
            if not may_go(self._tokens.bound_to, plan, endpoints.token_url):
                self._end(Reason.MOVED)
                return
            fresh = oauth.refresh(plan, token_url=endpoints.token_url, refresh_token=refresh_token)
        except (GrantRefused, RequestRefused, PlanSaidNo) as error:
            is_final = isinstance(error, GrantRefused)
            if not (is_final or token_renewal.is_long_refused(self._connection, lease, now=now)):
                raise RefreshDelayed(type(error).__name__) from error
            self._end(self._why_refused(now=now))
            return
        except (EndsAsking, PlanRefusesUs) as error:
            token_renewal.give_back(self._connection, lease)
            if isinstance(error, PlanRefusesUs):
                raise RegistrationBroken(str(error)) from error
            raise  # before it was sent: its answer is always heard out
        except (ConnectionFailed, DiscoveryFailed, OutboundError) as error:
            # The plan may or may not have spent the token: only trying again tells.
            unheard_at = self._now() if isinstance(error.__cause__, OutboundError) else None
            token_renewal.give_back(self._connection, lease, unheard_at=unheard_at)
            delayed = RefreshDelayed(type(error).__name__)
            delayed.retry_after = error.retry_after if isinstance(error, PlanBusy) else ""
            raise delayed from error
        self._settle(fresh, endpoints, lease, now=now)

    def _why_refused(self, *, now: datetime) -> Reason:
        ends = self._connection.permission_ends_at
        if ends is not None and ends <= now:
            return Reason.EXPIRED
        # An old lease: somebody began to renew these very tokens, and heard no answer.
        was_interrupted = self._connection.refresh_lease_until is not None
        return Reason.INTERRUPTED if was_interrupted else Reason.REFUSED

    def _settle(self, fresh: Tokens, endpoints: Endpoints, lease: uuid.UUID, *, now: datetime) -> None:
        """Save new tokens if they are still about the patient and subject of the first ones (O-24, O-29)."""
        tokens, row = self._tokens, self._connection
        if fresh.patient is not None and fresh.patient != self.patient_id:
            self._refuse(fresh, Reason.ANOTHER_PERSON, now=now)
            return
        keys_at = endpoints.jwks_uri if fresh.id_token and tokens.issuer else None
        fresh, self._renewed_at = fresh.after(tokens), now
        # Committed before the plan's keys are asked for: whatever happens then, the new token is not lost.
        saved = token_renewal.save(row, self._box, fresh, now=now, is_proven=keys_at is None)
        if not saved:  # disconnected or connected anew meanwhile: these tokens are nobody's
            endings.forget(row.plan, fresh, now=now)
        elif keys_at is not None:
            row.tokens_version += 1
            try:
                doubt = self._doubt(fresh, tokens, keys_at, now=now)
            except Exception:  # unproven they are used by nobody: the next try renews them
                token_renewal.give_back(row, lease)
                raise
            if doubt:
                self._refuse(fresh, doubt, now=now)
                return
            token_renewal.publish(row, lease, fresh, now=now)
        self._reload()

    def _doubt(self, fresh: Tokens, older: Tokens, keys_at: str, *, now: datetime) -> Reason | None:
        """Why the id_token of a refresh (OpenID Connect Core 12.2) cannot be believed; None when it can."""
        try:
            claims = id_tokens.prove(
                self._connection.plan,
                fresh.id_token or "",
                issuer=older.issuer or "",
                jwks_uri=keys_at,
                nonce=None,
                access_token=fresh.access_token,
                now=now,
            )
        except IdTokenRefused:
            return Reason.UNPROVEN
        except PlanBusy:
            # Without the plan's keys the extra proof cannot be had; dropping the new tokens would end a good
            # permission. They came straight from the plan's token endpoint.
            return None
        # From the same issuer, about the same person (O-24), the patient as `people.find` believes it.
        says_who = self._connection.plan.quirks.patient_lookup != "search" and fresh.patient is None
        patient = patient_id(claims.get("patient")) if says_who else None
        is_same = claims["sub"] == older.subject and patient in (None, self.patient_id)
        return None if is_same else Reason.ANOTHER_PERSON

    def _refuse(self, fresh: Tokens, why: Reason, *, now: datetime) -> None:
        """End the permission, and have the plan forget the tokens that are not this person's."""
        try:
            self._end(why)
        finally:
            endings.forget(self._connection.plan, fresh, now=now)

    def _end(self, why: Reason) -> None:
        """Mark the permission as over and raise PermissionEnded; return if newer tokens came since (R-02)."""
        if not token_renewal.end(self._connection, why, now=self._now()):
            self._reload()
            return
        log.info("plan %s: a permission ended: %s", self._connection.plan.slug, why)
        raise PermissionEnded(why)
