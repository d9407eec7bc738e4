"""A plan that does what a script says: records by `Type/id` (or none), faults by the page."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.harness import asked

type Json = dict[str, Any]
type Answer = tuple[int, bytes, dict[str, str]]
FHIR: Final = "/fhir/r4"


@dataclass
class Plan:
    """The plan; a script changes its fields. Records are kept as they are sent, byte for byte."""

    name: str = "Scripted Health"
    slug: str = "scripted-health"
    patient: str = "p-1"
    page_size: int = 3
    records: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    """By `Type` or `Type?page`: the status that is answered instead, once."""
    before: Callable[[str], None] | None = None
    """Called with `Type?page` as a question comes in."""
    is_noting: bool = False
    """Whether this plan notes what it is asked: for workers in processes of their own."""
    origin: str = ""
    _made: Iterator[int] = field(default_factory=count)
    _cursors: dict[str, tuple[list[bytes], str]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def row(self) -> Json:
        """Return what `load_plans` takes."""
        return {
            "slug": self.slug,
            "name": self.name,
            "fhir_base_url": f"{self.origin}{FHIR}",
            "authorize_url": f"{self.origin}/authorize",
            "token_url": f"{self.origin}/token",
            "revoke_url": f"{self.origin}/revoke",
            "client_id": "harness",
            "client_secret": "a-secret-of-the-harness",
            "token_auth": "client_secret_post",
            "pkce": "always",
            "send_aud": True,
            "scopes": ["launch/patient", "patient/*.read", "offline_access"],
            "page_size": 100,
            "patient_lookup": "token",
            "states": [],
            "lines_of_business": [],
        }

    def put(self, *records: Json, at: datetime | None = None) -> None:
        """Have these records, as changed *at* (now, where that is not said and they do not say it)."""
        for record in records:
            moment = (at or datetime.now(UTC)).isoformat().replace("+00:00", "Z")
            meta = {"lastUpdated": moment} | record.get("meta", {})
            key = f"{record['resourceType']}/{record.get('id') or f'-{next(self._made)}'}"
            self.records[key] = json.dumps(record | {"meta": meta}).encode()

    def drop(self, *keys: str) -> None:
        """Have these no more."""
        for key in keys:
            del self.records[key]

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Answer one question."""
        url = urlsplit(target)
        query, form = parse_qs(url.query), dict(parse_qsl(body.decode("latin-1")))
        with self._lock:
            if self.is_noting:
                asked.noted.append(asked.line(method, target, body.decode("latin-1")))
            if url.path == "/authorize":
                given = dict(parse_qsl(url.query))
                back = {"code": f"code-{next(self._made)}", "state": given["state"]}
                return 302, b"", {"Location": f"{given['redirect_uri']}?{urlencode(back)}"}
            if url.path == "/token":
                return self._token(form)
            if url.path == "/revoke":
                return 200, b"{}", {}
            if not url.path.startswith(f"{FHIR}/"):
                return 404, b"", {}
            return self._fhir(url.path.removeprefix(f"{FHIR}/"), query)

    def _token(self, form: dict[str, str]) -> Answer:
        number = next(self._made)
        return _json(
            {
                "access_token": f"access-{number}",
                "refresh_token": form.get("refresh_token") or f"refresh-{number}",
                "token_type": "Bearer",
                "expires_in": 3600,
                "scope": "launch/patient patient/*.read offline_access",
                "patient": self.patient,
            }
        )

    def _fhir(self, reference: str, query: dict[str, list[str]]) -> Answer:
        kind, _, id_ = reference.partition("/")
        cursor = query.get("cursor", [""])[0]
        offset = int(query.get("offset", ["0"])[0])
        place = kind if id_ else f"{kind}?{offset // self.page_size + 1}"
        if self.before is not None:
            self.before(place)
        if place in self.faults:
            return _json({"resourceType": "OperationOutcome", "issue": []}, self.faults.pop(place))
        if id_:
            found = self.records.get(reference)
            return (200, found, _TYPE) if found else _json({"resourceType": "OperationOutcome"}, 404)
        if cursor not in self._cursors:
            cursor = f"c{next(self._made)}"
            self._cursors[cursor] = (self._hits(kind, query), kind)
        return self._page(cursor, offset)

    def _hits(self, kind: str, query: dict[str, list[str]]) -> list[bytes]:
        found = [body for key, body in self.records.items() if key.startswith(f"{kind}/")]
        wanted = query.get("_id", [""])[0].split(",")
        if wanted != [""]:
            found = [body for key, body in self.records.items() if key.partition("/")[2] in wanted and
                     key.startswith(f"{kind}/")]  # fmt: skip
        since = next(iter(query.get("_lastUpdated", [])), "")
        return [body for body in found if not since or _is_since(body, since)]

    def _page(self, cursor: str, offset: int) -> Answer:
        hits, kind = self._cursors[cursor]
        links: list[Json] = [{"relation": "self", "url": f"{self.origin}{FHIR}/{kind}"}]
        if offset + self.page_size < len(hits):
            further = urlencode({"cursor": cursor, "offset": offset + self.page_size})
            links.append({"relation": "next", "url": f"{self.origin}{FHIR}/{kind}?{further}"})
        head = {"resourceType": "Bundle", "type": "searchset", "total": len(hits), "link": links}
        entries = b",".join(b'{"resource":%s}' % body for body in hits[offset : offset + self.page_size])
        body = json.dumps(head)[:-1].encode() + b',"entry":[%s]}' % entries
        return 200, body, _TYPE


_TYPE: Final = {"Content-Type": "application/fhir+json"}


def _json(content: object, status: int = 200) -> Answer:
    return status, json.dumps(content).encode(), {"Content-Type": "application/json"}


def _is_since(body: bytes, since: str) -> bool:
    try:
        at = datetime.fromisoformat(json.loads(body)["meta"]["lastUpdated"])
        limit = datetime.fromisoformat(since[2:].replace(" ", "+"))
        return at >= limit if since.startswith("ge") else at > limit
    except (ValueError, KeyError, TypeError):
        return True


@contextmanager
def serving(*plans: Plan) -> Iterator[tuple[Plan, ...]]:
    """Serve each plan on a free port of loopback."""
    servers = [_server(plan) for plan in plans]
    try:
        yield plans
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _server(plan: Plan) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer, headers = plan.answer(self.command, self.path, body)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(answer))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def handle(self) -> None:
            with suppress(OSError):  # a worker that was killed is no news
                super().handle()

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    plan.origin = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
