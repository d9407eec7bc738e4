"""The guarded session every outside call goes through."""

import json
import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.util.connection import create_connection

from apps.outbound.addresses import check_port, check_url, moved_to, resolve, shape_of
from apps.outbound.errors import (
    AddressRefused,
    OutboundError,
    OutOfTime,
    PackedOtherwise,
    TooLarge,
    TooSlow,
    Unreachable,
)
from apps.outbound.limits import Budget, TimedResponse, look, over_at, time_left

log = logging.getLogger("plainclaim.outbound")
CHUNK = 64 * 1024
USER_AGENT: Final = f"Plainclaim/0.2.0 (+{settings.SITE_URL}/app/)"
"""Who asks, and where the operators of a plan read who that is."""
UNPACKED: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
"""Content codings that are undone, one at most: gzip within gzip grows a millionfold, and takes its time."""

MOVED: Final = frozenset({301, 302, 303, 307, 308})
MOST_MOVES: Final = 3
"""So often a question is led on by its server: from http, from an address without its slash, to a version."""


@dataclass(frozen=True)
class Answer:
    """A complete answer: status, headers (case-insensitive), body in bytes, and the URL that gave it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def object_in(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body holds, an empty one for anything else."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _connect(connection: HTTPConnection) -> Any:
    """Open the socket to an address that was checked a moment ago, and to no other.

    However many addresses the host has, together they get the time of one.
    """
    failure: HTTPError | None = None
    give_up_at = time.monotonic() + time_left(settings.OUTBOUND_CONNECT_SECONDS)
    for address in resolve(connection.host, connection.port or connection.default_port):
        try:
            return create_connection(
                (address, connection.port or connection.default_port),
                time_left(None, give_up_at),
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except TimeoutError as error:
            failure = ConnectTimeoutError(connection, "no connection in time")
            failure.__cause__ = error
        except OSError as error:  # urllib3 swallows some, as if the question had been sent
            failure = NewConnectionError(connection, type(error).__name__)
    raise failure or NameResolutionError(connection.host, connection, OSError("no address"))  # type: ignore[arg-type]


class _Guarded(HTTPConnection):
    response_class = TimedResponse

    def _new_conn(self) -> Any:
        return _connect(self)

    def connect(self) -> None:
        """Connect, and look once more: that took a while, and nothing was asked by it."""
        super().connect()
        look()


class _GuardedByTLS(_Guarded, HTTPSConnection):
    pass


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedByTLS


class GuardedAdapter(HTTPAdapter):
    """Checks the address, bounds time and size, and writes the one log line of the call."""

    def __init__(
        self,
        *,
        plan: str,
        origins: Collection[str],
        max_bytes: int | None,
        budget: Budget | None,
        hears_out: bool,
    ) -> None:
        self.plan = plan
        self.origins = origins
        self.max_bytes = max_bytes
        self.budget = budget or Budget()
        self.hears_out = hears_out
        super().__init__(pool_connections=4, pool_maxsize=8, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools whose connections resolve names themselves."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Send one request and read its whole body within the limits; raise OutboundError.

        Or what ends the asking in the block around it (`limits.looking`).
        """
        look()
        started = time.monotonic()
        status: int | str = "-"
        try:
            check_url(request.url or "")
            check_port(request.url or "", origins=self.origins)
            response = self._bounded(request, started)
            status = response.status_code
        except OutboundError as error:
            status = type(error).__name__
            if error.retry and self.budget.left() <= time.monotonic() - started:
                raise OutOfTime("the time for all calls together is spent") from None
            raise
        finally:
            elapsed = time.monotonic() - started
            self.budget.spend(elapsed)
            words = "plan %s %s %s %s %d ms"
            log.info(words, self.plan, request.method, shape_of(request.url), status, round(elapsed * 1000))
        return response

    def _bounded(self, request: requests.PreparedRequest, started: float) -> requests.Response:
        limits = (settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS)
        left = self.budget.left()
        if not left:
            raise OutOfTime("the time for all calls together is spent")
        deadline = started + min(sum(limits), left)
        try:
            with over_at(deadline, hears_out=self.hears_out):
                response = super().send(
                    request, stream=True, timeout=limits, verify=True, cert=None, proxies=None
                )
            response._content = self._body(response, deadline)
        except (requests.Timeout, ReadTimeoutError):
            raise TooSlow("no answer within the time limit") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            if any(isinstance(cause, ReadTimeoutError) for cause in error.args):
                raise TooSlow("the answer stopped coming") from None
            raise Unreachable(type(error).__name__) from None
        return response

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        most = min(settings.OUTBOUND_MAX_BYTES, self.max_bytes or settings.OUTBOUND_MAX_BYTES)
        body = bytearray()
        try:
            if response.headers.get("Content-Encoding", "").strip().lower() not in UNPACKED:
                raise PackedOtherwise("packed more than once, or in a way that we did not ask for")
            # read1: what is there, at once. read() waits for a full chunk, and a trickle would never end.
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                body += chunk
                if len(body) > most:
                    raise TooLarge("answer over the size limit")
                if time.monotonic() > deadline:
                    raise TooSlow("answer took longer than the time limit")
        except Exception:
            response.close()
            raise
        return bytes(body)


def _no_redirect(resp: requests.Response) -> None:  # noqa: ARG001 - requests' own signature
    return None


def _careful(
    prepare: Callable[[requests.Request], requests.PreparedRequest],
) -> Callable[[requests.Request], requests.PreparedRequest]:
    """requests has rules of its own for URLs: what it cannot read is refused like what we do not call.

    And so is a header that cannot be sent: plans choose media types and tokens. Who asks is always said.
    """

    def prepared(request: requests.Request) -> requests.PreparedRequest:
        try:
            ready = prepare(request)
            ready.headers["User-Agent"] = USER_AGENT
            for value in ready.headers.values():
                str(value).encode("latin-1")
            return ready
        except (requests.RequestException, ValueError):
            raise AddressRefused("malformed URL") from None

    return prepared


def guard(
    session: requests.Session,
    *,
    plan: str,
    origins: Collection[str] = (),
    max_bytes: int | None = None,
    budget: Budget | None = None,
    hears_out: bool = False,
) -> None:
    """Make every call of *session* go through the door; *plan* is the slug for the log line.

    At *origins*, those of the plan's row, ports other than 443 may be called. Answers over *max_bytes* are
    TooLarge; over OUTBOUND_MAX_BYTES they always are. Calls beyond *budget*, which sessions may share, are
    OutOfTime. A session that *hears_out* ends no answer because it is not wanted any more (`limits.looking`).
    """
    session.trust_env = False  # no proxies, .netrc or CA bundles from the surroundings
    # No redirect is ever followed, whatever the caller forgets: the address rules look at what was asked for.
    session.get_redirect_target = _no_redirect  # type: ignore[method-assign]
    session.prepare_request = _careful(session.prepare_request)  # type: ignore[method-assign,assignment]
    session.headers["Accept-Encoding"] = "gzip"
    session.adapters.clear()
    adapter = GuardedAdapter(
        plan=plan, origins=origins, max_bytes=max_bytes, budget=budget, hears_out=hears_out
    )
    session.mount("", adapter)  # whatever the scheme: the door judges it


def open_session(
    *,
    plan: str,
    origins: Collection[str] = (),
    max_bytes: int | None = None,
    budget: Budget | None = None,
) -> requests.Session:
    """Return a guarded session; documents, which are small, are read with a smaller *max_bytes*."""
    session = requests.Session()
    guard(session, plan=plan, origins=origins, max_bytes=max_bytes, budget=budget)
    return session


def fetch(
    session: requests.Session,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | str | None = None,
) -> Answer:
    """Return the answer to one request, redirects not followed; raise OutboundError."""
    response = session.request(method, url, headers=headers, data=data, allow_redirects=False)
    return Answer(response.status_code, CaseInsensitiveDict(response.headers), response.content, response.url)


def fetch_at_home(session: requests.Session, url: str, *, headers: Mapping[str, str]) -> Answer:
    """Return the answer to a GET that its own server may lead on, within its origin; raise OutboundError.

    A redirect to anywhere else is the answer. Each step is judged and counted like a question of its own.
    """
    for _ in range(MOST_MOVES):
        answer = fetch(session, url, headers=headers)
        further = moved_to(url, answer.headers.get("location", "")) if answer.status in MOVED else None
        if further is None:
            return answer
        url = further
    return fetch(session, url, headers=headers)
