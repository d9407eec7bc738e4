"""Two hundred canaries go through the whole site and stand nowhere but in what is sealed (D-01, O-36)."""

import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.takeaway import formats
from config.policies import newest
from tests.connections.conftest import address_on
from tests.connections.test_demo_payer import sign_in
from tests.vault import canaries, canary_site
from tests.vault.canaries import CLAIMS, COUNT, OTHERS, PATIENT, Flock, hits
from tests.vault.canary_site import Browser, Site, until

EMAIL, PASSWORD = "carol@example.com", "a long password of carol"
PLAN = "harborlight-health"

pytestmark = pytest.mark.xdist_group("canaries")


class Response:
    """An answer of `requests` with the names that Django's test client gives it."""

    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code, self.content = status_code, content


def signed_up(site: Site) -> Browser:
    """Return the browser of somebody who made an account."""
    browser = Browser(site.stack.site)
    browser.get("/account/signup/")
    browser.post("/account/signup/", email=EMAIL, password1=PASSWORD)
    page = browser.post("/account/confirm-email/", code=site.stack.code_mailed_to(EMAIL))
    assert page.status_code == 200
    return browser


def connected(site: Site, browser: Browser) -> list[str]:
    """Connect the plan and wait for the claims; return the codes and states that passed."""
    browser.get(f"/plans/{PLAN}/")
    page = browser.post(f"/connections/begin/{PLAN}/", agree=newest().version)
    away = address_on(Response(page.status_code, page.content))
    back = sign_in(away, PATIENT, "Allow")
    query = "&".join(f"{name}={value}" for name, value in back.items())
    landed = browser.get(f"{getattr(back, 'path', '/connections/callback')}?{query}")
    assert landed.status_code == 200, landed.text
    until(lambda: site.rows("records_record") > CLAIMS + OTHERS)
    assert browser.get("/claims/").text.count('data-testid="claim-row"') >= CLAIMS
    return [back["code"], back["state"], *parse_qs(urlsplit(away).query).get("nonce", [])]


def look_around(browser: Browser, flock: Flock) -> None:
    """Visit every page there is, search for canaries, and take everything along in every format."""
    listed = browser.get("/claims/")
    for address in browser.links(listed, "/claims/[0-9a-f-]{36}/"):
        browser.get(address)
    for claim in browser.links(listed, "/claims/[0-9a-f-]{36}/")[:3]:
        browser.get(f"/sync{claim}")
    for start in ("/home/", "/money/", "/coverage/", "/connections/", "/claims/providers/", "/take-along/"):
        page = browser.get(start)
        for address in browser.links(page, start)[:10]:
            browser.get(address)
    for word in (flock.words["provider"][0], flock.words["diagnosis"][1], flock.words["amount"][2]):
        browser.post("/claims/search/", text=word)
    browser.post("/account/reauthenticate/", password=PASSWORD)  # whoever takes all along is asked again
    for key, scope in (*((key, "all") for key in formats.ALL), (next(iter(formats.ALL)), "2026")):
        made = browser.post("/take-along/make/", format=key, scope=scope)
        assert "/account/" not in made.url


def provoke(site: Site, browser: Browser, flock: Flock) -> None:
    """Make things fail while canaries are at hand: the payer, the worker, a page, an address."""
    (connection,) = set(re.findall(r"/connections/([0-9a-f-]{36})/", browser.get("/connections/").text))
    site.sql("ALTER TABLE records_record RENAME TO away_record")
    site.sql("UPDATE sync_syncrun SET created_at = '2026-01-01 00:00:00+00:00'")
    browser.post(f"/sync/connections/{connection}/")
    until(lambda: b"stopped unexpectedly" in site.said())  # with the payer's answer in hand
    site.payer_does(faults={"fhir": {"status": 500, "times": 5}})
    site.sql("ALTER TABLE away_record RENAME TO records_record")
    until(lambda: b"500 transient" in site.said())
    site.sql("ALTER TABLE records_book RENAME TO away_book")
    failed = browser.get(f"/claims/?q={flock.words['diagnosis'][0]}&provider={flock.words['provider'][0]}")
    assert failed.status_code == 500
    assert "Something broke on our side" in failed.text
    assert not hits(flock.all, failed.content)
    site.sql("ALTER TABLE away_book RENAME TO records_book")
    browser.get(f"/{flock.words['family'][0]}/")
    browser.get(f"/connections/callback?error={flock.words['street'][0]}&state=x")
    browser.post("/account/login/", login=f"{flock.words['mail'][0]}@example.com", password="wrong")


def admin_pages(site: Site) -> bytes:
    """Return all that an operator with every right finds in the admin."""
    browser = Browser(site.stack.site)
    browser.session.cookies.set("session", site.come_in())
    index = browser.get("/admin/")
    assert "Site administration" in index.text or "/admin/plans/plan/" in index.text
    for address in browser.links(index, "/admin/[a-z]+/"):
        page = browser.get(address)
        for row in browser.links(page, address)[:2]:
            browser.get(row)
    seen = [page for page in browser.pages if "/admin/" in page.url and page.status_code == 200]
    assert len(seen) > 10
    return b"\n".join(page.content for page in seen)


@pytest.fixture(scope="module")
def flock() -> Flock:
    return Flock()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, flock: Flock) -> Iterator[Site]:
    """Return a site whose payer has the canaries."""
    folder = tmp_path_factory.mktemp("canaries")
    canaries.write(folder / "data", flock)
    with canary_site.site(folder / "var", folder / "data") as running:
        yield running


def dump(site: Site) -> bytes:
    """Return the database as a thief would have it: the files, or what pg_dump says."""
    address = site.stack.database
    if address.startswith("sqlite"):
        return canaries.bytes_of(Path(address.removeprefix("sqlite:///")))
    plain = address.replace("postgres://", "postgresql://", 1)
    return subprocess.run(["pg_dump", "--inserts", plain], check=True, capture_output=True).stdout


def test_d_01_o_36_w_33_of_two_hundred_canaries_none_stands_anywhere_in_clear(
    site: Site, flock: Flock
) -> None:
    """D-01, D-13, D-14, O-36, W-04, W-33. The keys show that all are there, a planted one that it is seen."""
    browser = signed_up(site)
    passed = connected(site, browser)
    look_around(browser, flock)
    until(lambda: site.rows("takeaway_piece"))  # a file with all of it is prepared in the background
    opened = site.look()
    assert len(flock.all) == COUNT
    arrived = hits(flock.all, *(text.encode() for text in opened["opened"]))
    assert arrived == set(flock.all), "a canary that never came cannot be missed"
    shown = hits(flock.all, *(page.content for page in browser.pages))
    assert len(shown) > CLAIMS * 5, "the pages show them: they passed through the site"
    provoke(site, browser, flock)
    seen_inside = site.look()
    tokens = seen_inside["tokens"]
    assert len(tokens) >= 2
    everywhere = [*flock.all, *passed, *tokens, browser.session.cookies["session"]]

    assert hits(everywhere, admin_pages(site)) == set()
    seen = hits(tokens, *(page.content + str(page.headers).encode() for page in browser.pages))
    assert seen <= {PATIENT}, "the id at the plan stands in the originals that the member took along"
    on_pages = (page.content for page in browser.pages if "text/html" in page.headers["Content-Type"])
    assert hits([PATIENT], *on_pages) == set()
    assert hits(everywhere, repr(seen_inside["sessions"]).encode()) == set()
    if site.redis_url:
        in_redis = site.in_redis()
        assert in_redis, "limits are there"
        assert hits(everywhere, *in_redis) == set()
    else:
        tables = ("django_session", "accounts_cacheentry", "django_tasks_database_dbtaskresult")
        assert all(site.rows(table) for table in tables), "sessions, limits and the queue are in the dump"
    said = site.said()
    assert b"sync" in said and b"GET" in said
    found_in_logs = hits(everywhere, said)
    assert found_in_logs == set(), [line for line in said.splitlines() if hits(found_in_logs, line)]
    assert hits(everywhere, dump(site)) == set()

    planted = secrets.token_hex(8)
    site.sql("CREATE TABLE planted (word text, coded text)")
    site.sql(f"INSERT INTO planted VALUES ('{planted}', 'x')")  # noqa: S608 - our own word
    assert hits([planted, *everywhere], dump(site)) == {planted}
    assert hits([planted], planted.encode().hex().encode()) == {planted}
