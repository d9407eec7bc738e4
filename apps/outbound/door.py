"""The guarded session every outside call goes through."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, ReadTimeoutError
from urllib3.util.connection import create_connection

from apps.outbound.addresses import check_url, resolve
from apps.outbound.errors import AddressRefused, OutboundError, TooLarge, TooSlow, Unreachable
from apps.outbound.limits import TimedResponse, over_at, time_left
from apps.outbound.shapes import shape_of

log = logging.getLogger("plainclaim.outbound")
CHUNK = 64 * 1024
USER_AGENT = "Plainclaim/0.1"


@dataclass(frozen=True)
class Answer:
    """A complete answer: status, headers (case-insensitive), body in bytes, and the URL that gave it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def _connect(connection: HTTPConnection) -> Any:
    """Open the socket to an address that was checked a moment ago, and to no other.

    However many addresses the host has, together they get the time of one.
    """
    failure: OSError | HTTPError | None = None
    give_up_at = time.monotonic() + settings.OUTBOUND_CONNECT_SECONDS
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
        except OSError as error:
            failure = error
    raise failure or NameResolutionError(connection.host, connection, OSError("no address"))  # type: ignore[arg-type]


class _GuardedHTTPConnection(HTTPConnection):
    response_class = TimedResponse

    def _new_conn(self) -> Any:
        return _connect(self)


class _GuardedHTTPSConnection(HTTPSConnection):
    response_class = TimedResponse

    def _new_conn(self) -> Any:
        return _connect(self)


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection


class GuardedAdapter(HTTPAdapter):
    """Checks the address, bounds time and size, and writes the one log line of the call."""

    def __init__(self, *, plan: str, max_bytes: int | None = None) -> None:
        self.plan = plan
        self.max_bytes = max_bytes
        super().__init__(pool_connections=4, pool_maxsize=8, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools whose connections resolve names themselves."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Send one request and read its whole body within the limits; raise OutboundError."""
        started = time.monotonic()
        status: int | str = "-"
        try:
            check_url(request.url or "")
            response = self._bounded(request, started)
            status = response.status_code
        except OutboundError as error:
            status = type(error).__name__
            raise
        finally:
            elapsed = round((time.monotonic() - started) * 1000)
            log.info(
                "plan %s %s %s %s %d ms", self.plan, request.method, shape_of(request.url), status, elapsed
            )
        return response

    def _bounded(self, request: requests.PreparedRequest, started: float) -> requests.Response:
        limits = (settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS)
        deadline = started + sum(limits)
        most = min(settings.OUTBOUND_MAX_BYTES, self.max_bytes or settings.OUTBOUND_MAX_BYTES)
        try:
            with over_at(deadline):
                response = super().send(
                    request, stream=True, timeout=limits, verify=True, cert=None, proxies=None
                )
            body = bytearray()
            # read1: what is there, at once. read() waits for a full chunk, and a trickle would never end.
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                body += chunk
                if len(body) > most:
                    response.close()
                    raise TooLarge("answer over the size limit")
                if time.monotonic() > deadline:
                    response.close()
                    raise TooSlow("answer took longer than the time limit")
        except (requests.Timeout, ReadTimeoutError):
            raise TooSlow("no answer within the time limit") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            if any(isinstance(cause, ReadTimeoutError) for cause in error.args):
                raise TooSlow("the answer stopped coming") from None
            raise Unreachable(type(error).__name__) from None
        response._content = bytes(body)
        return response


def _no_redirect(resp: requests.Response) -> None:  # noqa: ARG001 - requests' own signature
    return None


def _careful(
    prepare: Callable[[requests.Request], requests.PreparedRequest],
) -> Callable[[requests.Request], requests.PreparedRequest]:
    """requests has rules of its own for URLs: what it cannot read is refused like what we do not call."""

    def prepared(request: requests.Request) -> requests.PreparedRequest:
        try:
            return prepare(request)
        except (requests.RequestException, ValueError):
            raise AddressRefused("malformed URL") from None

    return prepared


def guard(session: requests.Session, *, plan: str, max_bytes: int | None = None) -> None:
    """Make every call of *session* go through the door; *plan* is the slug for the log line.

    Answers over *max_bytes* are TooLarge; over OUTBOUND_MAX_BYTES they always are.
    """
    session.trust_env = False  # no proxies, .netrc or CA bundles from the surroundings
    # No redirect is ever followed, whatever the caller forgets: the address rules look at what was asked for.
    session.get_redirect_target = _no_redirect  # type: ignore[method-assign]
    session.prepare_request = _careful(session.prepare_request)  # type: ignore[method-assign,assignment]
    session.headers["User-Agent"] = USER_AGENT
    session.adapters.clear()
    adapter = GuardedAdapter(plan=plan, max_bytes=max_bytes)
    session.mount("", adapter)  # whatever the scheme: the door judges it


def open_session(*, plan: str, max_bytes: int | None = None) -> requests.Session:
    """Return a guarded session; documents, which are small, are read with a smaller *max_bytes*."""
    session = requests.Session()
    guard(session, plan=plan, max_bytes=max_bytes)
    return session


def fetch(
    session: requests.Session,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
) -> Answer:
    """Return the answer to one request, redirects not followed; raise OutboundError."""
    response = session.request(method, url, headers=headers, data=data, allow_redirects=False)
    return Answer(response.status_code, CaseInsensitiveDict(response.headers), response.content, response.url)
