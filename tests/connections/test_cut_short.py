"""S-03: a pause, or a member suspended or signed out, cuts whatever a plan is asked for but token answers."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections as databases
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.access import Access
from apps.connections.errors import AskingStopped
from apps.connections.models import Connection
from apps.outbound import limits
from apps.plans.discovery import DiscoveryFailed, Endpoints, discover
from apps.plans.models import Plan
from apps.plans.plan_check import check
from apps.sync.lanes import Closed
from tests.connections.conftest import YES, come_back, later, leave, refresh_token_of
from tests.connections.leaving import UP, end, the_revocation
from tests.connections.stub_plan import Reply, StubPlan, as_json

pytestmark = pytest.mark.usefixtures("shared_database", "hurry")
SOON = 5.0
"""Seconds within which everything rests."""
DOCUMENTS, KEYS, PERSON = "/fhir/.well-known/smart-configuration", "/jwks", "/fhir/Patient/p-1"


@dataclass(frozen=True)
class Stop:
    """What an operator does, why asking rests then, and the status of the page of who was under way."""

    model: type[Any]
    change: dict[str, object]
    why: str
    status: int

    def do(self) -> None:
        self.model.objects.update(**self.change)

    def undo(self) -> None:
        at_work: dict[str, object] = {"is_active": True, "signed_out_at": None}
        self.model.objects.update(**({"status": "confirmed"} if self.model is Plan else at_work))


STOPS = [
    Stop(Plan, {"status": "paused"}, "paused", 409),
    Stop(Member, {"is_active": False}, "suspended", 403),
    Stop(Member, {"signed_out_at": timezone.now()}, "signed_out", 403),
]
ASKED: dict[str, tuple[str, str]] = {
    "records": ("Patient/p-1", PERSON),
    "a paper": ("Binary/b-1", "/fhir/Binary/b-1"),
    "its documents": ("Patient/p-1", DOCUMENTS),
    "its keys": ("Patient/p-1", KEYS),
}
"""What is read, and the path that does not answer."""


@dataclass
class Silent:
    """A path of the stub that says nothing until it is told to go on."""

    stub: StubPlan
    is_asked: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def at(self, path: str, answer: Callable[[], Reply]) -> None:
        """Say nothing there, then *answer*."""

        def wait() -> Reply:
            self.is_asked.set()
            self.goes_on.wait(20)
            return answer()

        self.stub.override[path] = wait


@pytest.fixture
def silent(stub: StubPlan) -> Iterator[Silent]:
    path = Silent(stub)
    yield path
    path.goes_on.set()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look ten times as often."""
    assert limits.LOOK_SECONDS < SOON / 2
    monkeypatch.setattr(limits, "LOOK_SECONDS", limits.LOOK_SECONDS / 10)


@dataclass
class Working:
    """Something done in a thread, and what came of it."""

    thread: threading.Thread
    came: list[Any]

    def came_of_it(self) -> Any:
        """Return it, within the seconds there are."""
        self.thread.join(SOON)
        assert not self.thread.is_alive()
        return self.came[0]


def in_a_thread(work: Callable[[], Any]) -> Working:
    came: list[Any] = []

    def do() -> None:
        try:
            came.append(work())
        except Exception as error:  # noqa: BLE001 - that is what came
            came.append(error)
        finally:
            databases.close_all()

    thread = threading.Thread(target=do)
    thread.start()
    return Working(thread, came)


def nothing_is_known(plan: Plan) -> None:
    """Forget the plan's documents and keys."""
    Plan.objects.filter(pk=plan.pk).update(discovery={}, discovered_at=None, discovery_tried_at=None)
    cache.clear()


@pytest.mark.parametrize(
    ("what", "stop"),
    [("records", stop) for stop in STOPS] + [(what, STOPS[0]) for what in ASKED if what != "records"],
)
def test_s_03_what_is_in_flight_is_cut_whatever_it_is_and_nothing_is_lost(
    quiet: Connection, stub: StubPlan, silent: Silent, what: str, stop: Stop
) -> None:
    """S-03: the payer counts; afterwards the same permission reads on."""
    url, path = ASKED[what]
    nothing_is_known(quiet.plan)
    silent.at(path, lambda: as_json({}))
    stub.claims = {"at_hash": None, "nonce": None, "exp": int(later(9000)().timestamp())}
    stub.answer = {"id_token": stub.id_token({}, "")}
    clock = later(3600) if path in (DOCUMENTS, KEYS) else timezone.now
    access = Access(Connection.objects.get(), clock=clock)
    reading = in_a_thread(lambda: access.get_file(url, accept="*/*"))
    assert silent.is_asked.wait(20)
    before = len(stub.asked)
    stop.do()
    stopped = reading.came_of_it()
    assert isinstance(stopped, AskingStopped)
    assert str(stopped) == stop.why
    silent.goes_on.set()
    assert len(stub.asked) == before
    quiet.refresh_from_db()
    assert quiet.is_active
    assert quiet.refresh_lease_until is None, "whoever may ask later finds it free"

    stop.undo()
    stub.override.clear()
    assert Access(Connection.objects.get(), clock=clock).ask("Patient/p-1").status == 200
    assert stub.reused == 0


def lease_is_taken(_stub: StubPlan) -> bool:
    return Connection.objects.filter(refresh_lease_until__isnull=False).exists()


def tokens_came(stub: StubPlan) -> bool:
    return any(asked.path == "/token" for asked in stub.asked)


@pytest.mark.parametrize(
    ("knows", "is_closed", "next_path"),
    [
        (False, lease_is_taken, "/fhir/.well-known/smart-configuration"),
        (True, lease_is_taken, "/token"),
        (False, tokens_came, "/jwks"),
    ],
    ids=["documents", "token", "keys"],
)
def test_s_03_a_try_that_closes_before_a_question_of_a_renewal_gives_its_lease_back(
    quiet: Connection, stub: StubPlan, knows: bool, is_closed: Callable[[StubPlan], bool], next_path: str
) -> None:
    """S-03: else the others wait for nobody, and a permission that ends is told as cut off by us."""
    if not knows:
        nothing_is_known(quiet.plan)
    stub.claims = {"at_hash": None, "nonce": None, "exp": int(later(9000)().timestamp())}
    stub.answer = {"id_token": stub.id_token({}, "")}

    def stop_if_closed() -> None:
        if is_closed(stub):
            raise Closed

    access = Access(Connection.objects.get(), clock=later(3600))
    with limits.looking(stop_if_closed), pytest.raises(Closed):
        access.ask("Patient/p-1")
    assert next_path not in [asked.path for asked in stub.asked]
    assert not lease_is_taken(stub), "whoever may ask later finds it free"
    assert Access(Connection.objects.get(), clock=later(3600)).ask("Patient/p-1").status == 200
    assert stub.reused == 0


@pytest.mark.parametrize("stop", STOPS)
def test_s_03_a_renewal_in_flight_is_heard_to_its_end_and_saved(
    quiet: Connection, stub: StubPlan, silent: Silent, stop: Stop
) -> None:
    """S-03: cut, a refresh token that was just replaced would be lost, and the permission with it."""
    before = refresh_token_of(quiet)
    silent.at("/token", lambda: stub._token(stub.asked[-1]))
    reading = in_a_thread(lambda: Access(quiet, clock=later(3600)).ask("Patient/p-1"))
    assert silent.is_asked.wait(20)
    stop.do()
    reading.thread.join(5 * limits.LOOK_SECONDS)
    assert reading.thread.is_alive()
    silent.goes_on.set()
    assert str(reading.came_of_it()) == stop.why
    assert [asked.path for asked in stub.asked] == ["/token"], "nothing is asked with it"
    assert refresh_token_of(quiet) != before
    assert refresh_token_of(quiet) in stub.refresh_tokens
    stop.undo()
    assert Access(Connection.objects.get(), clock=timezone.now).ask("Patient/p-1").status == 200


@pytest.mark.parametrize(("path", "stop"), [(KEYS, STOPS[0]), *((PERSON, stop) for stop in STOPS)])
def test_s_03_a_trip_that_is_cut_gives_its_tokens_back(
    alice_client: Client, plan: Plan, stub: StubPlan, silent: Silent, path: str, stop: Stop
) -> None:
    """S-03: no connection comes of it, and the plan is asked at once to end what it gave."""
    stub.answer = {"patient": "p-1"}
    back = stub.sign_in(leave(alice_client, plan))
    silent.at(path, lambda: as_json({}))
    coming = in_a_thread(lambda: come_back(alice_client, back))
    assert silent.is_asked.wait(20)
    stop.do()
    assert coming.came_of_it().status_code == stop.status
    silent.goes_on.set()
    asked = [request.path for request in stub.asked]
    assert asked[asked.index(path) + 1] == "/revoke"
    assert not Connection.objects.exists()
    assert not stub.access_tokens


@pytest.mark.parametrize("stop", STOPS)
def test_s_03_a_stop_while_a_code_is_exchanged_leaves_no_connection(
    alice_client: Client, plan: Plan, stub: StubPlan, stop: Stop
) -> None:
    """S-03: that answer is heard to its end, and no question follows here that would notice."""
    stub.answer = {"patient": "p-1", "id_token": None, "scope": "patient/ExplanationOfBenefit.read"}
    back = stub.sign_in(leave(alice_client, plan))

    def stopped() -> Reply:
        stop.do()
        return stub._token(stub.asked[-1])

    stub.override["/token"] = stopped
    stub.asked.clear()
    assert come_back(alice_client, back).status_code == stop.status
    assert [asked.path for asked in stub.asked[:2]] == ["/token", "/revoke"]
    assert not Connection.objects.exists()


@pytest.mark.parametrize("stop", STOPS)
def test_s_03_who_would_leave_for_a_plan_is_not_kept_by_its_documents(
    alice_client: Client, plan: Plan, stub: StubPlan, silent: Silent, stop: Stop
) -> None:
    silent.at(DOCUMENTS, lambda: as_json({}))
    leaving = in_a_thread(lambda: alice_client.post(f"/connections/begin/{plan.slug}/", YES))
    assert silent.is_asked.wait(20)
    stop.do()
    assert leaving.came_of_it().status_code == stop.status
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    ("path", "kind"), [(DOCUMENTS, DiscoveryFailed), ("/.well-known/openid-configuration", Endpoints)]
)
def test_s_03_a_look_at_a_plans_documents_is_cut_and_what_it_found_is_a_part(
    plan: Plan, stub: StubPlan, silent: Silent, path: str, kind: type
) -> None:
    silent.at(path, lambda: as_json({}))
    looking_up = in_a_thread(lambda: discover(plan, now=timezone.now()))
    assert silent.is_asked.wait(20)
    Plan.objects.update(status="paused")
    assert isinstance(looking_up.came_of_it(), kind)
    assert stub.asked[-1].path == path
    assert Plan.objects.get().discovered_at is None


def test_s_03_who_asks_a_plan_that_was_paused_before_knows_what_they_do(plan: Plan, stub: StubPlan) -> None:
    """S-03: its documents say where it is to forget tokens, and operators check it before they open it."""
    Plan.objects.update(status="paused")
    assert discover(Plan.objects.get(), now=timezone.now()).revoke_url == f"{stub.origin}/revoke"


def test_s_03_a_check_of_a_plan_is_cut_and_says_so(plan: Plan, stub: StubPlan, silent: Silent) -> None:
    silent.at("/fhir/metadata", lambda: as_json({}))
    checking = in_a_thread(lambda: check(plan, now=timezone.now()))
    assert silent.is_asked.wait(20)
    before = len(stub.asked)
    Plan.objects.update(status="paused")
    assert checking.came_of_it().obstacles == ["it was paused meanwhile, so no more was asked"]
    assert len(stub.asked) == before


@pytest.mark.parametrize("stop", STOPS)
def test_s_03_a_revocation_in_flight_goes_on_to_its_end(
    alice_client: Client, quiet: Connection, silent: Silent, stop: Stop
) -> None:
    """S-03: a pause ends what is asked, never what is taken back."""
    silent.at("/revoke", lambda: UP)
    ending = in_a_thread(lambda: end(alice_client, quiet))
    assert silent.is_asked.wait(20)
    stop.do()
    ending.thread.join(5 * limits.LOOK_SECONDS)
    assert ending.thread.is_alive()
    silent.goes_on.set()
    ending.came_of_it()
    assert the_revocation().state == "confirmed", stop.why


def test_s_03_the_proof_of_a_revocation_is_a_question_and_is_cut(
    alice_client: Client, quiet: Connection, silent: Silent
) -> None:
    silent.at("/fhir/Patient", lambda: as_json({}, 401))
    ending = in_a_thread(lambda: end(alice_client, quiet))
    assert silent.is_asked.wait(20)
    Plan.objects.update(status="paused")
    ending.came_of_it()
    assert (the_revocation().state, the_revocation().proof) == ("confirmed", "")
