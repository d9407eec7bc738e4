"""The cast: Alice owns rows, Bob is another member, Charlie is signed out."""

import gc
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from _pytest.nodeid import NodeId
from django.conf import settings as django_settings
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, settings

from apps.accounts.models import Member
from apps.vault import rings
from tests import length, outcomes

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Note outcomes where asked; hash the cast's passwords cheaply: Argon2, slow by intent, took a third."""
    outcomes.record(config, os.environ.get("TEST_OUTCOMES"))
    cheap = "django.contrib.auth.hashers.MD5PasswordHasher"
    django_settings.PASSWORD_HASHERS = [cheap, *django_settings.PASSWORD_HASHERS]
    # Each test's browser would look for all static files anew, a twelfth of the time of a page's test.
    django_settings.WHITENOISE_AUTOREFRESH = True
    # Threads do not see what a test has not committed: runs ask in turn where a test does not say otherwise.
    django_settings.SYNC_LANES = 1


ASK_A_DATABASE = frozenset({"db", "transactional_db", "django_db_setup", "live_server", "demo"})
BRING_THEIR_OWN = ("tests/journeys/", "tests/faults/", "tests/vault/", "tests/sync/", "tests/connections/")
"""Folders of tests that start processes, which ask a database though the test itself does not."""


SAME_ON_EVERY_DATABASE = (
    "tests/accounts/test_languages",
    "tests/accounts/test_passkeys",
    *(
        f"tests/connections/test_{name}"
        for name in (
            *("begin", "client_keys", "fapi", "id_token", "in_browser", "key_sets", "landing", "mix_up"),
            *("oauth", "oidc", "pages", "preflight", "slow_plan", "smart", "userinfo", "wording"),
        )
    ),
    "tests/demo_payer/",
    "tests/overview/test_spanish",
    *(
        f"tests/plans/test_{name}"
        for name in ("check_plan", "cms_sma_csv", "discovery", "profiles", "scope", "wellknown")
    ),
    "tests/repository/test_spanish",
    "tests/sync/test_watchdog",
    "tests/takeaway/test_spanish",
    "tests/vault/test_checks",
)
"""How these begin: rules of protocols and words, which store little, and nothing that is odd.

Where hostile input is stored databases differ (NUL, lengths): that is played on both.
"""


def _is_no_matter_of_the_database(item: pytest.Item) -> bool:
    names = set(getattr(item, "fixturenames", ()))
    is_marked = item.get_closest_marker("django_db") is not None
    if item.nodeid.startswith(SAME_ON_EVERY_DATABASE):
        return True
    return not (is_marked or names & ASK_A_DATABASE or item.nodeid.startswith(BRING_THEIR_OWN))


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """In the gate's second run leave out what no database can change: the first one has played it."""
    if os.environ.get("CI") and length.is_on_postgresql() and _is_no_matter_of_the_database(item):
        item.add_marker(pytest.mark.skip(reason="no matter of the database: the run on SQLite has played it"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each `xdist_group` on one worker: xdist 3.8 writes it where pytest 9.2 reads no name any more."""
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


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """A page asked for in Spanish leaves Spanish behind; the next test starts in English."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _no_seal_is_counted_by_chance(request: pytest.FixtureRequest) -> None:
    """One seal in 4,096 costs a few queries: where tests count queries, always or never the same one.

    After this seed, the first that is counted is the 39,283rd of a test.
    """
    if not request.path.is_relative_to(ROOT / "tests" / "vault"):
        rings.CHANCE.seed(2285)


@pytest.fixture
def now() -> datetime:
    """Return one fixed moment."""
    return datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def alice(db: None) -> Member:
    """Return the member who owns what the test is about."""
    return Member.objects.create_user("alice@example.com", "a long password of alice")


@pytest.fixture
def bob(db: None) -> Member:
    """Return another member, who must see nothing of Alice's."""
    return Member.objects.create_user("bob@example.com", "a long password of bob")


@pytest.fixture
def alice_client(alice: Member) -> Client:
    """Return a browser in which Alice is signed in."""
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def bob_client(bob: Member) -> Client:
    """Return a browser in which Bob is signed in."""
    client = Client()
    client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of published payer data beside the project; skip where it is not."""
    folder = Path(os.environ.get("PLAINCLAIM_SHARED", ROOT.parent / "shared"))
    if not (folder / "fhir").is_dir():
        pytest.skip("published payer data (../shared/fhir) is not on this machine")
    return folder


@pytest.fixture(scope="session")
def demo_payer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a demo payer running in its own process, one per test process."""
    from apps.demo_payer.running import start  # noqa: PLC0415 - its own project, needed by few tests

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
