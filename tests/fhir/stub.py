"""A FHIR server on loopback that answers what a test scripts, and the plain transport that reaches it."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from apps.outbound.door import Answer, fetch, open_session
from tests import wire
from tests.wire import Reply

type Json = dict[str, Any]


def reply(content: Json | str | bytes, status: int = 200, **headers: str) -> Reply:
    """Return a scripted answer; header names are written with underscores."""
    if isinstance(content, dict):
        content = json.dumps(content)
    body = content.encode() if isinstance(content, str) else content
    return Reply(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def bundle(*resources: Any, next: str | None = None, **more: Any) -> Json:
    """Return a searchset of these resources, with a `next` link where given."""
    links = [{"relation": "self", "url": "ignored"}]
    if next is not None:
        links.append({"relation": "next", "url": next})
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries, **more}


class Query(dict[str, str]):
    """The parameters of a request, the first value of each; `every` has all of them."""

    def __init__(self, text: str) -> None:
        self.every = parse_qs(text)
        super().__init__({name: values[0] for name, values in self.every.items()})


@dataclass
class Stub:
    """The scripts by path (below the base) and what was asked. A script's last reply is repeated for ever."""

    origin: str = ""
    scripts: dict[str, list[Reply | Callable[[dict[str, str]], Reply]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _served: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def base_url(self) -> str:
        """The FHIR base."""
        return f"{self.origin}/fhir/r4"

    def on(self, path: str, *replies: Any) -> None:
        """Script the answers to *path*: Reply, JSON, or a function of the query that returns a Reply."""
        self.scripts[path] = [reply(answer) if isinstance(answer, dict) else answer for answer in replies]
        self._served.pop(path, None)

    def answer(self, target: str) -> Reply:
        """Return the next answer for a request target."""
        parts = urlsplit(target)
        path = parts.path.removeprefix("/fhir/r4/")
        self.asked.append(f"{path}?{parts.query}" if parts.query else path)
        script = self.scripts.get(path)
        if script is None:
            outcome = {
                "resourceType": "OperationOutcome",
                "issue": [{"severity": "error", "code": "not-found"}],
            }
            return reply(outcome, 404)
        turn = min(self._served[path], len(script) - 1)
        self._served[path] += 1
        scripted = script[turn]
        if isinstance(scripted, Reply):
            return scripted
        return scripted(Query(parts.query))


@contextmanager
def serving() -> Iterator[Stub]:
    """Run a stub on a free loopback port."""
    stub = Stub()

    def answered(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if (
            method == "POST"
        ):  # a search whose parameters come as a form: asked for as `Type/_search?parameters`
            assert headers["Content-Type"] == "application/x-www-form-urlencoded"
            target = f"{target}?{body.decode()}"
        return stub.answer(target)

    with wire.serving(answered) as stub.origin:
        yield stub


class Door:
    """A transport without tokens through the real door, for one made-up person."""

    def __init__(self, patient_id: str = "alice") -> None:
        self.patient_id = patient_id
        self._session = open_session(plan="stub")

    def ask(self, url: str, form: str | None = None) -> Answer:
        """Return the answer; raise OutboundError."""
        if form is None:
            return fetch(self._session, url)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return fetch(self._session, url, method="POST", headers=headers, data=form)
