"""S-14: the site behind the nginx of the operators' manual, where one is installed."""

import base64
import hashlib
import http.client
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests import nginx_server
from tests.config.test_https import HOST, folder, port
from tests.journeys import member
from tests.journeys.conftest import chromium, window
from tests.journeys.stack import Stack
from tests.nginx_server import Nginx
from tests.outbound.test_tls import self_signed

__all__ = ["folder", "port"]
pytestmark = [
    pytest.mark.skipif(not nginx_server.PROGRAM, reason="no nginx is installed"),
    pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def nginx(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """Return it, running before a site with settings of production."""
    folder = tmp_path_factory.mktemp("nginx")
    certificate = self_signed(folder / "server.pem", until=datetime.now(UTC) + timedelta(days=1))
    with nginx_server.running(folder, site=port, certificate=certificate) as started:
        yield started


def any_certificate(newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    return context


def ask(nginx: Nginx, method: str, path: str, body: str = "", **headers: str) -> Any:
    """Return the answer over TLS, with its `content`."""
    told = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
    line = http.client.HTTPSConnection("127.0.0.1", nginx.tls, timeout=60, context=any_certificate())
    line.request(method, path, body, told)
    answer: Any = line.getresponse()
    answer.content = answer.read()
    line.close()
    return answer


def test_pages_come_with_their_headers_and_without_tls_is_sent_on_to_this_host(nginx: Nginx) -> None:
    page = ask(nginx, "GET", "/plans/", X_Forwarded_Proto="http")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert page.headers["Server"] == "nginx" or page.headers["Server"].startswith("nginx/")
    for host in (HOST, "evil.example"):
        line = http.client.HTTPConnection("127.0.0.1", nginx.plain, timeout=60)
        line.request("GET", "/plans/?q=a", headers={"Host": host})
        answer = line.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/plans/?q=a")
        line.close()
    assert ask(nginx, "GET", "/", Host="evil.example").status == 400


def test_the_site_alone_decides_what_is_compressed(nginx: Nginx) -> None:
    """ADR 27: what another site had the browser ask for goes as it is."""
    asked = {site: ask(nginx, "GET", "/", Accept_Encoding="gzip", Sec_Fetch_Site=site) for site in (
        "cross-site", "same-origin",
    )}  # fmt: skip
    assert asked["cross-site"].headers["Content-Encoding"] is None
    assert asked["same-origin"].headers["Content-Encoding"] == "gzip"


def test_what_members_send_and_read_is_in_no_file_and_in_no_log(nginx: Nginx) -> None:
    """The folders for buffers are gone: whatever needed one would fail."""
    long = ask(nginx, "POST", "/language/", "language=" + "x" * 200_000)
    assert long.status == 403, "the site's answer to a form without proof"
    assert ask(nginx, "POST", "/language/", "x" * 2_100_000).status == 403, "as long as a logo"
    assert ask(nginx, "POST", "/language/", "x" * 3_200_000).status == 413
    ask(nginx, "GET", "/connections/callback?code=canary-code&state=canary-state")
    ask(nginx, "GET", "/%zz?canary-bad")
    logs = "".join(file.read_text() for file in nginx.folder.glob("*.log"))
    assert [sign for sign in ("canary", "127.0.0.1", "GET", "POST") if sign in logs] == []


def test_nothing_older_than_tls_1_2_is_spoken(nginx: Nginx) -> None:
    for newest, is_spoken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
        line = http.client.HTTPSConnection(
            "127.0.0.1", nginx.tls, timeout=60, context=any_certificate(newest)
        )
        if is_spoken:
            line.request("GET", "/healthz", headers={"Host": HOST})
            assert line.getresponse().status == 200
        else:
            with pytest.raises(ssl.SSLError):
                line.connect()
        line.close()


def as_if_trusted(nginx: Nginx) -> list[str]:
    """Return the flags by which a Chromium finds the site's name here, and takes its certificate for good."""
    certificate = x509.load_pem_x509_certificate((nginx.folder / "server.pem").read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return [
        f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{nginx.tls}",
        f"--ignore-certificate-errors-spki-list={digest}",
    ]


@pytest.mark.journey
def test_w_15_a_passkey_made_behind_it_opens_the_account_there(nginx: Nginx, folder: Path) -> None:
    """In a browser, at the site's own name and over TLS: what the device signs names that origin."""
    site = Stack(f"https://{HOST}", "", folder, folder / "var", folder, "")
    with chromium(*as_if_trusted(nginx)) as browser, window(browser) as page:
        member.device(page)
        page.goto(f"{site.site}/account/signup/")
        page.get_by_label("E-mail").fill("vera@mail.example")
        page.get_by_label("Password").fill(member.PASSWORD)
        page.get_by_role("button", name="Create my account").click()
        page.wait_for_url(f"{site.site}/home/")
        with closing(sqlite3.connect(site.var / "plainclaim.sqlite3")) as database, database:
            database.execute("UPDATE account_emailaddress SET verified = 1")  # no mail leaves here
        page.goto(f"{site.site}/account/2fa/webauthn/add/")
        member.prove(page)
        page.get_by_label("Name").fill("My phone")
        page.get_by_role("button", name="Make the passkey").click()
        page.get_by_role("heading", name="Codes for a lost device").wait_for()
        member.sign_out(page, site)
        page.goto(f"{site.site}/account/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(f"{site.site}/home/")
        assert {cookie["name"] for cookie in page.context.cookies()} >= {"__Host-session", "__Host-device"}
