"""The cast: Alice owns rows, Bob is another member, Charlie is signed out."""

import gc
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from _pytest.nodeid import NodeId
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connection
from django.db import connections as databases
from django.db.backends.signals import connection_created
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, settings

from apps.accounts.models import Member
from tests import emptying, length, outcomes, tables
from tests.published import IS_HERE, SHARED, WHY_NOT

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Note outcomes where asked; hash the cast's passwords cheaply: Argon2, slow by intent, took a third."""
    outcomes.record(config, os.environ.get("TEST_OUTCOMES"))
    cheap = "django.contrib.auth.hashers.MD5PasswordHasher"
    django_settings.PASSWORD_HASHERS = [cheap, *django_settings.PASSWORD_HASHERS]
    # Each test's browser would look for all static files anew, a twelfth of the time of a page's test.
    django_settings.WHITENOISE_AUTOREFRESH = True
    # Threads do not see what a test has not committed: runs ask in turn where a test does not say otherwise.
    django_settings.SYNC_LANES = 0


ASK_A_DATABASE = frozenset({"db", "transactional_db", "django_db_setup", "live_server", "demo"})
BRING_THEIR_OWN = ("tests/journeys/", "tests/faults/", "tests/vault/", "tests/sync/", "tests/connections/")
"""Folders of tests that start processes, which ask a database though the test itself does not."""


BEGUN_FIRST = (
    *(
        "tests/vault/test_canaries.py",
        "tests/vault/test_killed_rotation.py",
        "tests/repository/test_ownership.py",
        "tests/repository/test_odd_parameters.py",
        "tests/takeaway/test_preparing_memory.py",
    ),
    *("tests/faults/", "tests/journeys/", "tests/peers/"),
)
"""Half a minute each, in processes of their own: begun last, one of them would end alone."""

_SAME: dict[str, str] = {
    "accounts": "admin changed_ways first_password languages odd_passkeys operators passkeys passwords"
    " plan_members security_log session_lives session_names session_warning sign_in sign_out_others"
    " sign_up views",
    "care": "acceptance background bounds long_names looked_at menu named_only number_line odd_papers"
    " other_senders pages paper_forms paper_pages questionnaires said_in_full sent_twice units",
    "config": "compressed_pages",
    "connections": "begin callback client_keys demo_payer dynamic. faults granted handshakes"
    " id_token identities in_browser key_sets landing lasting launch mix_up oauth"
    " oidc operator_needed pages people preflight proof smart"
    " token_answers trace userinfo visitors what_is_promised whose_word wording",
    "desk": "alarms lists",
    "faults": "answers oracle paging",
    "journeys": "accessible appeal care claim_length demo_ends dotted_rows finding lighthouse member narrow"
    " operators passkey personalities recording sheet take_along twelve_questions"
    " year",
    "overview": "answers charts demo_people hiding home household how_far kept_closed"
    " ledger limits mail_news odd_years one_rule pages_agree search spanish sums_told year",
    "records": "sensitive",
    "plans": "check_plan cms_sma_csv discovery drift page_sizes phished_operator profiles rehearsal scope"
    " views wellknown",
    "repository": "addresses her_pages ownership spanish",
    "sync": "asking belonging carin_data clinical. counts course dead_links endless fetching granted"
    " must_support naming narrowed news other_clocks page_sizes passes patient_by_id"
    " progress_counts refused searching states views watchdog"
    " with_demo_payer",
    "takeaway": "cells ours published_data spanish tables views",
    "vault": "canaries checks command keys quiet_logs quiet_server",
}
SAME_ON_EVERY_DATABASE = (
    *(
        f"tests/{room}/"
        for room in ("appeals", "claims", "coverage", "demo_payer", "joined", "listing", "peers")
    ),
    *(f"tests/{room}/test_{name}" for room, names in _SAME.items() for name in names.split()),
)
"""How these begin: rules of protocols and words, and pages drawn from books, which store nothing that is odd.

Where hostile input is stored databases differ (NUL, lengths): that is played on both.
"""


def _is_no_matter_of_the_database(item: pytest.Item) -> bool:
    names = set(getattr(item, "fixturenames", ()))
    is_marked = item.get_closest_marker("django_db") is not None
    return not (is_marked or names & ASK_A_DATABASE or item.nodeid.startswith(BRING_THEIR_OWN))


def is_second_run() -> bool:
    """Whether this is the gate's run on PostgreSQL, which leaves out what no database can change."""
    return bool(os.environ.get("CI")) and length.is_on_postgresql()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Do not even read the files that the second run leaves out whole."""
    path = collection_path.relative_to(ROOT).as_posix()
    return True if is_second_run() and f"{path}/".startswith(SAME_ON_EVERY_DATABASE) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and keep each `xdist_group` on one worker.

    The gate's second run leaves out what no database can change: the first one has played it.
    xdist 3.8 writes its name where pytest 9.2 reads none any more.
    """
    if is_second_run():
        left_out = set(filter(_is_no_matter_of_the_database, items))
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: not item.nodeid.startswith(BEGUN_FIRST))
    for item in items:
        if grouped := vars(item).get("_nodeid"):
            path, _, names = grouped.partition("::")
            item._id = NodeId(path=path, names=tuple(names.split("::")))


def pytest_collection_finish() -> None:
    """Look for garbage less often and not among the collected tests: that took an eighth of a page's test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


# The gate tries the same hostile inputs each time; HYPOTHESIS_PROFILE=explore tries new ones.
settings.register_profile(
    "gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Begin with a copy of the tables."""
    if connection.vendor == "sqlite":
        connection_created.connect(tables.fill)
    else:
        server = os.environ["DATABASE_URL"]
        connection.settings_dict["TEST"]["TEMPLATE"] = tables.made_in_postgresql(server)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let the table of the audit be emptied after tests that commit: its trigger would refuse.

    Fails when a migration has lost the trigger.
    """
    connection_created.disconnect(tables.fill)
    with django_db_blocker.unblock():
        off = {
            "sqlite": "DROP TRIGGER audit_kept",
            "postgresql": "ALTER TABLE audit_auditentry DISABLE TRIGGER audit_not_emptied",
        }
        connection.cursor().execute(off[connection.vendor])
    emptying.quickly()


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """A page asked for in Spanish leaves Spanish behind; the next test starts in English."""
    yield
    translation.deactivate()


@pytest.fixture
def now() -> datetime:
    """Return one fixed moment."""
    return datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def november_2026(now: datetime) -> Iterator[None]:
    """Stay at that moment: which plan year runs, and what is recent, depends on today."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def alice(db: None) -> Member:
    """Return the member who owns what the test is about."""
    return Member.objects.create_user("alice@example.com", "a long password of alice")


@pytest.fixture
def bob(db: None) -> Member:
    """Return another member, who must see nothing of Alice's."""
    return Member.objects.create_user("bob@example.com", "a long password of bob")


def page(client: Client, address: str) -> str:
    """Return the HTML of a page that is there."""
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def signed_in(member: Member) -> Client:
    """Return a new browser with the member in it."""
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


def came_in(member: Member, client: Client, **how: Any) -> Client:
    """Let *member* have proved a moment ago who they are, in the way that allauth notes so."""
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["account_authentication_methods"] = [{**how, "at": time.time()}]
    session["account_authentication_methods_user"] = str(member.pk)
    session.save()
    return client


def by_passkey(operator: Member, client: Client | None = None) -> Client:
    """Return a browser in which the operator signed in with a passkey a moment ago."""
    return came_in(operator, client or Client(), method="mfa", type="webauthn")


@pytest.fixture
def operator(db: None) -> Client:
    """Return a browser in which an operator is signed in."""
    member = Member.objects.create_superuser("olive@example.com", "a long password of olive")
    return by_passkey(member)


@pytest.fixture
def admin_client(admin_user: Member) -> Client:
    """Return pytest-django's operator, come in as operators have to: with a passkey."""
    return by_passkey(admin_user)


@pytest.fixture
def alice_client(alice: Member) -> Client:
    """Return a browser in which Alice is signed in."""
    return signed_in(alice)


@pytest.fixture
def bob_client(bob: Member) -> Client:
    """Return a browser in which Bob is signed in."""
    return signed_in(bob)


@pytest.fixture
def shared_cache(settings: Any) -> Iterator[None]:
    """Use the default of production: the suite's processes count for themselves."""
    settings.CACHES = {"default": {"BACKEND": "config.shared_cache.SharedCache"}}
    yield
    caches.close_all()


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """Let threads meet in one database: a file in WAL mode where the suite uses SQLite in memory.

    In memory, SQLite does not wait for another thread's lock but fails; files, as in production, wait.
    """
    here = databases["default"]
    if here.vendor != "sqlite" or not here.is_in_memory_db():
        yield
        return
    file = tmp_path / "shared.sqlite3"
    with here.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])
    in_memory, name = here.connection, here.settings_dict["NAME"]
    here.connection, here.settings_dict["NAME"] = None, str(file)
    here.ensure_connection()  # switches the file to WAL; two that do so at once would not wait for each other
    yield
    here.close()
    here.connection, here.settings_dict["NAME"] = in_memory, name


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of published payer data beside the project; skip where it is not."""
    if not IS_HERE:
        pytest.skip(WHY_NOT)
    return SHARED


@pytest.fixture(scope="session")
def demo_payer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a demo payer running in its own process, one per test process."""
    from apps.demo_payer.demo_process import start  # noqa: PLC0415 - its own project, needed by few tests

    with start(
        var=tmp_path_factory.mktemp("demo-payer"),
        redirect_uris=["http://127.0.0.1:8000/connections/callback"],
    ) as running:
        yield running


@pytest.fixture
def demo_plan_of(db: None, demo_payer: Any, tmp_path: Path, settings: Any) -> Callable[[str], Any]:
    """Return what loads the plan row of a personality: `demo_plan_of("aetna")`.

    Its payer runs beside all others in the process of `demo_payer`, which counts what each is asked:
    `demo_payer.seen("aetna")`, and obeys orders: `demo_payer.control("aetna", faults=...)`. Some sign
    in at this machine's other name, which is trusted for the length of the test.
    """
    import json  # noqa: PLC0415

    from django.core.management import call_command  # noqa: PLC0415

    from apps.plans.models import Plan  # noqa: PLC0415

    port = demo_payer.origin.rpartition(":")[2]
    settings.OUTBOUND_TRUSTED_HOSTS = [*settings.OUTBOUND_TRUSTED_HOSTS, f"localhost:{port}"]

    def load(personality: str) -> Any:
        described = demo_payer.plan_of(personality)
        file = tmp_path / "plans.json"
        file.write_text(json.dumps([described]))
        call_command("load_plans", str(file))
        return Plan.objects.get(slug=described["slug"])

    return load


@pytest.fixture
def demo_plan(demo_plan_of: Callable[[str], Any]) -> Any:
    """Return the plan row of the running demo payer."""
    return demo_plan_of("standard")
