"""The guarded session every outside call goes through."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError
from urllib3.util.connection import create_connection

from apps.outbound.addresses import check_url, resolve
from apps.outbound.errors import OutboundError, TooLarge, TooSlow, Unreachable

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
    """Open the socket to an address that was checked a moment ago, and to no other."""
    failure: OSError | None = None
    for address in resolve(connection.host, connection.port or connection.default_port):
        try:
            return create_connection(
                (address, connection.port or connection.default_port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            failure = error
    raise failure or NameResolutionError(connection.host, connection, OSError("no address"))  # type: ignore[arg-type]


class _GuardedHTTPConnection(HTTPConnection):
    def _new_conn(self) -> Any:
        return _connect(self)


class _GuardedHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> Any:
        return _connect(self)


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection


class GuardedAdapter(HTTPAdapter):
    """Checks the address, bounds time and size, and writes the one log line of the call."""

    def __init__(self, *, plan: str) -> None:
        self.plan = plan
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
                "plan %s %s %s %s %d ms", self.plan, request.method, _template(request.url), status, elapsed
            )
        return response

    def _bounded(self, request: requests.PreparedRequest, started: float) -> requests.Response:
        limits = (settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS)
        deadline = started + sum(limits)
        try:
            response = super().send(
                request, stream=True, timeout=limits, verify=True, cert=None, proxies=None
            )
            body = bytearray()
            # read1: what is there, at once. read() waits for a full chunk, and a trickle would never end.
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                body += chunk
                if len(body) > settings.OUTBOUND_MAX_BYTES:
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


def _template(url: str | None) -> str:
    """Return host and path with every part that could be an identifier replaced: ``host/fhir/Patient/*``."""
    parts = urlsplit(url or "")
    kept = [
        part
        if part.replace("-", "").replace("_", "").replace(".", "").isalpha() or part in ("r4", "v1", "v2")
        else "*"
        for part in parts.path.split("/")
        if part
    ]
    return f"{parts.hostname or ''}/{'/'.join(kept)}"


def _no_redirect(resp: requests.Response) -> None:  # noqa: ARG001 - requests' own signature
    return None


def guard(session: requests.Session, *, plan: str) -> None:
    """Make every call of *session* go through the door; *plan* is the slug for the log line."""
    session.trust_env = False  # no proxies, .netrc or CA bundles from the surroundings
    # No redirect is ever followed, whatever the caller forgets: the address rules look at what was asked for.
    session.get_redirect_target = _no_redirect  # type: ignore[method-assign]
    session.headers["User-Agent"] = USER_AGENT
    session.adapters.clear()
    adapter = GuardedAdapter(plan=plan)
    session.mount("https://", adapter)
    session.mount("http://", adapter)


def open_session(*, plan: str) -> requests.Session:
    """Return a guarded session."""
    session = requests.Session()
    guard(session, plan=plan)
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
