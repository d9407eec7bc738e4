"""Reading through a connection: the member's token, kept fresh, sent only to the plan's own server."""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin

from apps.connections import ending, id_tokens, oauth
from apps.connections.errors import (
    ConnectionFailed,
    GrantRefused,
    IdTokenRefused,
    OutsideThePlan,
    PermissionEnded,
    PlanBusy,
    PlanRefusesUs,
    RefreshDelayed,
    RegistrationBroken,
)
from apps.connections.models import Connection
from apps.connections.people import Reader, person_of
from apps.connections.tokens import Tokens, open_tokens
from apps.fhir.bundles import same_origin
from apps.outbound.door import Answer
from apps.outbound.errors import OutboundError
from apps.plans.discovery import DiscoveryFailed, Endpoints, endpoints_for
from apps.vault.boxes import Box, box_for

log = logging.getLogger("plainclaim.connections")

MARGIN: Final = timedelta(seconds=60)  # tokens are renewed this long before they end
LEASE: Final = timedelta(seconds=90)  # longer than any refresh can take; a holder that died blocks no longer
PATIENCE_SECONDS: Final = 40.0  # how long a caller waits for another one's refresh
PAUSE_SECONDS: Final = 0.1


class Access:
    """One connection, opened for reading. `get` is the `Transport` of the FHIR client.

    Meant for one worker; several workers, in any number of processes, may open the same connection.
    """

    def __init__(self, connection: Connection, *, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = clock
        self._box: Box = box_for(connection.member)
        self._reader = Reader(connection.plan)
        self._reload()
        self.patient_id = person_of(connection, self._box).id
        self.base_url = connection.plan.fhir_base_url.rstrip("/")

    def __repr__(self) -> str:
        return f"Access({self._connection})"

    def get(self, url: str) -> Answer:
        """Return the plan's answer to one GET, redirects not followed; `url` may be below the FHIR base.

        A token about to end is renewed first, and once more when the plan answers 401. Raises OutsideThePlan,
        PermissionEnded, RefreshDelayed, RegistrationBroken or an OutboundError.
        """
        target = self._on_plan(url)
        if self._is_stale():
            self._renew()
        answer = self._reader.get(target, access_token=self._tokens.access_token)
        if answer.status == 401:
            self._renew()
            answer = self._reader.get(target, access_token=self._tokens.access_token)
            if answer.status == 401:
                self._end("401 with a fresh token")
                answer = self._reader.get(target, access_token=self._tokens.access_token)
        return answer

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
        if self._tokens.refresh_token is None:  # used to its last second
            return ends <= self._now()
        margin = min(MARGIN, (self._tokens.lifetime or MARGIN) / 4)
        return ends - margin <= self._now()

    def _reload(self) -> None:
        """Read the row again: tokens, version and status as they are now. Raises PermissionEnded."""
        try:
            self._connection.refresh_from_db(
                fields=["status", "sealed_tokens", "access_expires_at", "tokens_version"]
            )
        except Connection.DoesNotExist:
            raise PermissionEnded("disconnected") from None
        if not self._connection.is_active:
            raise PermissionEnded(self._connection.status)
        self._tokens: Tokens = open_tokens(self._connection, self._box)

    def _renew(self) -> None:
        """Have newer tokens than now, by refreshing or by waiting for whoever is at it (R-01).

        A lease in the row, not a lock, keeps the others out: no transaction is open while the plan is asked.
        """
        seen = self._connection.tokens_version
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            lease = self._take_lease(seen)
            if lease is not None:
                self._refresh(seen, lease)
                return
            self._reload()
            if self._connection.tokens_version != seen:
                return
            if time.monotonic() > give_up_at:
                raise RefreshDelayed("another refresh did not end")
            time.sleep(PAUSE_SECONDS)

    def _take_lease(self, seen: int) -> uuid.UUID | None:
        lease, now = uuid.uuid4(), self._now()
        taken = (
            Connection.objects.filter(pk=self._connection.pk, tokens_version=seen)
            .usable()
            .free_to_refresh(now=now)
            .update(refresh_lease=lease, refresh_lease_until=now + LEASE)
        )
        return lease if taken else None

    def _refresh(self, seen: int, lease: uuid.UUID) -> None:
        """Spend the refresh token once; what comes is saved before it is used (R-03)."""
        now = self._now()
        if self._tokens.refresh_token is None:
            self._end("no refresh token")
            return
        try:
            endpoints = endpoints_for(self._connection.plan, now=now)
            fresh = oauth.refresh(
                self._connection.plan,
                token_url=endpoints.token_url,
                refresh_token=self._tokens.refresh_token,
            )
        except GrantRefused:
            self._end("refresh refused")
            return
        except PlanRefusesUs as error:
            self._give_back(lease)
            raise RegistrationBroken(str(error)) from error
        except (ConnectionFailed, DiscoveryFailed, OutboundError) as error:
            # The plan may or may not have spent the token: only trying again tells.
            self._give_back(lease)
            raise RefreshDelayed(type(error).__name__) from error
        if not self._is_same_person(fresh, endpoints, now=now):
            ending.forget(self._connection.plan, fresh, now=now)
            self._end("the refresh names somebody else")
            return
        self._save(fresh.after(self._tokens), seen, now=now)

    def _is_same_person(self, fresh: Tokens, endpoints: Endpoints, *, now: datetime) -> bool:
        """Whether the new tokens are still about the patient and subject of the first ones (O-24, O-29)."""
        known = self._tokens
        if fresh.patient is not None and fresh.patient != self.patient_id:
            return False
        if fresh.id_token is None or known.issuer is None or endpoints.jwks_uri is None:
            return True
        try:
            claims = id_tokens.verify(
                fresh.id_token,
                keys=id_tokens.fetch_keys(self._connection.plan, endpoints.jwks_uri),
                issuer=known.issuer,
                client_id=self._connection.plan.client_id,
                nonce=None,
                access_token=fresh.access_token,
                now=now,
            )
        except IdTokenRefused:
            return False
        except PlanBusy:
            # Without the plan's keys the extra proof cannot be had; dropping the new tokens would end a good
            # permission. They came straight from the plan's token endpoint.
            return True
        return bool(claims["sub"] == known.subject)

    def _save(self, fresh: Tokens, seen: int, *, now: datetime) -> None:
        """Save on top of the version the refresh started from, on no other, and give the lease back."""
        saved = (
            Connection.objects.filter(pk=self._connection.pk, tokens_version=seen)
            .usable()
            .update(
                sealed_tokens=self._box.seal(self._connection, "sealed_tokens", fresh.to_bytes()),
                scopes_granted=fresh.scope or "",
                access_expires_at=fresh.expires_at(now=now),
                tokens_version=seen + 1,
                refresh_lease=None,
                refresh_lease_until=None,
            )
        )
        if not saved:  # disconnected or connected anew meanwhile: these tokens are nobody's
            ending.forget(self._connection.plan, fresh, now=now)
        self._reload()

    def _end(self, why: str) -> None:
        """Mark the permission as over and raise PermissionEnded; return if newer tokens came since (R-02)."""
        ended = (
            Connection.objects.filter(pk=self._connection.pk, tokens_version=self._connection.tokens_version)
            .usable()
            .update(status=Connection.Status.NEEDS_SIGN_IN, refresh_lease=None, refresh_lease_until=None)
        )
        if not ended:
            self._reload()
            return
        log.info("plan %s: a permission ended: %s", self._connection.plan.slug, why)
        raise PermissionEnded(why)

    def _give_back(self, lease: uuid.UUID) -> None:
        Connection.objects.filter(pk=self._connection.pk, refresh_lease=lease).update(
            refresh_lease=None, refresh_lease_until=None
        )


def open_access(connection: Connection, *, clock: Callable[[], datetime]) -> Access:
    """Open a connection for reading; `clock` gives aware datetimes. Raises PermissionEnded or SealBroken."""
    return Access(connection, clock=clock)
