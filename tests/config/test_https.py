"""S-14: the site as it runs behind a proxy that ends TLS, asked over loopback with what such a proxy adds."""

import base64
import hashlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOST = "plainclaim.example"
OTHER = "www.plainclaim.example"
PASSWORD = "nine slow paper boats"
START_SECONDS = 120


def production(folder: Path) -> dict[str, str]:
    """Return the whole environment of such a site."""
    key = base64.b64encode(hashlib.sha256(b"a key of this test").digest()).decode()
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ} | {
        "DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "false", "SITE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": f"{HOST},{OTHER}", "TRUSTED_PROXIES": "1", "LOG_LEVEL": "ERROR",
        "SECRET_KEY": hashlib.sha256(b"for a test").hexdigest(), "VAULT_KEYS": f"test:{key}",
        "VAR_DIR": str(folder / "var"), "STATIC_ROOT": str(folder / "static"),
        "FORWARDED_ALLOW_IPS": "192.0.2.1",  # gunicorn believes no proxy: the settings alone decide
        "EMAIL_URL": f"filemail:///{folder}", "ACCOUNT_EMAIL_VERIFICATION": "none",
    }  # fmt: skip


def test_w_01_djangos_own_checks_have_nothing_to_say_of_such_a_site(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    env = production(tmp_path) | {"EMAIL_URL": "smtp://localhost"}
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where that site keeps what it keeps."""
    return tmp_path_factory.mktemp("https")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """Return the port of a site that runs with settings of production, and ends with the module."""
    env = production(folder)
    for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "config.wsgi",
        "--bind",
        f"127.0.0.1:{number}",
        "--threads",
        "4",
    ]
    site = subprocess.Popen([*command, "--log-level", "error"], cwd=ROOT, env=env)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(number):
            assert site.poll() is None, "the site ended"
            assert time.monotonic() < deadline, "the site does not answer"
            time.sleep(0.1)
        yield number
    finally:
        site.terminate()
        site.wait(20)


def answers(port: int) -> bool:
    try:
        return Browser(port).get("/healthz").status == 200
    except OSError:
        return False


class Browser:
    """One browser behind the proxy: keeps cookies, and comes from an address of its own."""

    def __init__(self, port: int, *, address: str = "203.0.113.7", host: str = HOST) -> None:
        self.port, self.address, self.host = port, address, host
        self.cookies: SimpleCookie = SimpleCookie()

    def ask(self, method: str, path: str, body: str = "", **more: str) -> Any:
        """Return the answer, `text` and headers included; *more*: headers, with _ for -, None: not sent."""
        headers = {
            "Host": self.host, "X-Forwarded-Proto": "https", "X-Forwarded-For": self.address,
            "Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items()),
            "Referer": f"https://{self.host}/", "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers)
        answer: Any = connection.getresponse()
        answer.text = answer.read().decode(errors="replace")
        connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(line)
        return answer

    def get(self, path: str, **more: str) -> Any:
        return self.ask("GET", path, **more)

    def post(self, page: str, path: str, **fields: str) -> Any:
        """Send a form of *page* to *path*, as its browser would."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page).text)
        assert token
        return self.ask("POST", path, urlencode({"csrfmiddlewaretoken": token[1], **fields}))


@pytest.fixture(scope="module")
def member(port: int) -> Browser:
    browser = Browser(port)
    made = browser.post("/account/signup/", "/account/signup/", email="rosa@mail.example", password1=PASSWORD)
    assert (made.status, made.headers["Location"]) == (302, "/home/")
    return browser


def test_s_14_what_comes_without_tls_is_sent_to_https_and_nothing_else_is_said(port: int) -> None:
    for proto in ("http", "", "HTTPS2"):
        answer = Browser(port).get("/account/login/?next=/home/", X_Forwarded_Proto=proto)
        assert (answer.status, answer.headers["Location"]) == (
            301,
            f"https://{HOST}/account/login/?next=/home/",
        )
        assert "Set-Cookie" not in answer.headers
        assert not answer.text
    assert Browser(port).get("/healthz", X_Forwarded_Proto="http").status == 200


@pytest.mark.parametrize("path", ["/", "/account/login/", "/plans/", "/home/", "/no-such-page/", "/admin/"])
def test_s_14_w_06_browsers_are_told_to_stay_with_https_on_every_page(port: int, path: str) -> None:
    headers = Browser(port).get(path).headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_s_14_w_08_every_cookie_is_this_hosts_alone_and_goes_over_tls_only(
    port: int, member: Browser
) -> None:
    visitor = Browser(port)
    visitor.post("/language/", "/language/", language="es")
    visitor.post("/account/login/", "/account/login/", login="rosa@mail.example", password=PASSWORD)
    visitor.post("/account/", "/account/sign-out-others/")
    cookies = {**member.cookies, **visitor.cookies}
    names = {"session", "csrf", "device", "language", "messages"}
    assert set(cookies) == {f"__Host-{name}" for name in names}
    for cookie in cookies.values():
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert cookie["httponly"]
        assert cookie["samesite"] in {"Lax", "Strict"}


def test_s_14_a_member_reads_and_signs_out_and_nothing_is_kept(port: int) -> None:
    browser = Browser(port, address="203.0.113.20")
    browser.post("/account/signup/", "/account/signup/", email="ida@mail.example", password1=PASSWORD)
    page = browser.get("/account/")
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store, private")
    key = browser.cookies["__Host-session"].value
    out = browser.post("/account/logout/", "/account/logout/")
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    browser.cookies["__Host-session"] = key
    assert browser.get("/account/").headers["Location"].startswith("/account/login/")


def test_s_14_w_19_limits_count_the_address_that_the_proxy_saw(port: int) -> None:
    """What a visitor writes before it is no address: neither theirs nor somebody else's."""

    def tried(last: str, first: str) -> int:
        return int(
            Browser(port, address=f"{first}, {last}")
            .post("/account/login/", "/account/login/", login="", password="")
            .status
        )

    flood = [tried("203.0.113.77", f"198.51.100.{number}") for number in range(31)]
    assert flood[0] == 200
    assert flood[-1] == 429
    assert tried("203.0.113.78", "203.0.113.77") == 200


def test_s_14_another_host_is_refused_and_an_alias_gets_no_passkey_of_its_own(port: int) -> None:
    """O-08: passkeys are made for the site's address, whichever of its names the browser used."""
    assert Browser(port, host="evil.example").get("/").status == 400
    assert Browser(port).get("/", X_Forwarded_Host="evil.example").status == 200
    asked = Browser(port, host=OTHER).get(
        "/account/2fa/webauthn/login/", Accept="application/json", X_Requested_With="XMLHttpRequest"
    )
    assert json.loads(asked.text)["request_options"]["publicKey"]["rpId"] == HOST


def test_s_14_a_form_from_elsewhere_is_refused(port: int) -> None:
    visitor = Browser(port)
    assert visitor.post("/language/", "/language/", language="es").status == 302
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', visitor.get("/language/").text)
    assert token
    body = urlencode({"csrfmiddlewaretoken": token[1], "language": "en"})
    for headers in ({"Origin": "https://evil.example"}, {"Origin": f"http://{HOST}"}, {"Origin": "null"}):
        assert visitor.ask("POST", "/language/", body, **headers).status == 403


def test_item_10_payers_may_show_the_logo_and_nothing_else_of_ours(port: int) -> None:
    page = Browser(port).get("/").text
    style, mark = (re.search(rf'"(/static/{name}[^"]*)"', page) for name in ("css/", "img/mark"))
    assert style
    assert mark
    metadata = Browser(port).get("/app/client-metadata.json")
    assert metadata.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    logo = json.loads(metadata.text)["logo_uri"].partition(HOST)[2]
    drawn_before = "/static/img/logo-512.png"  # what 0.1.0 published, and payers may draw still
    policies = [
        Browser(port).get(path).headers["Cross-Origin-Resource-Policy"]
        for path in (logo, drawn_before, style[1], mark[1])
    ]
    assert policies == ["cross-origin", "cross-origin", "same-origin", "same-origin"]
