"""The demo payer in a process of its own, in a world that stands still."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from tests.harness import frozen

_SERVER = "apps.demo_payer.server"
_DISCOVERY = ("control", "smart", "openid", "metadata", "jwks", "statement", "document", "oauth")
_CALLBACK = "http://127.0.0.1:8000/connections/callback"


class DemoPayer:
    """The demo payer, serving its own people or a *folder*; use it as a context manager."""

    def __init__(self, var: Path, folder: Path | None = None) -> None:
        var.mkdir(parents=True, exist_ok=True)
        self._log = (var / "payer.log").open("w")
        options = ["--port", "0", "--var", str(var), "--redirect-uri", _CALLBACK]
        options += ["--data", str(folder)] if folder else []
        launched = [sys.executable, "-m", "tests.harness.frozen", frozen.START.isoformat(), _SERVER, *options]
        self._process = subprocess.Popen(launched, stdout=subprocess.PIPE, stderr=self._log, text=True)
        assert self._process.stdout
        said = self._process.stdout.readline()
        self.origin = said.rpartition(" ")[2].strip()
        if not self.origin.startswith("http://"):
            raise RuntimeError(f"The demo payer did not start: {said} {(var / 'payer.log').read_text()}")

    def __enter__(self) -> "DemoPayer":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._log.close()

    def plans(self) -> list[dict[str, Any]]:
        """Return every plan it plays, as `load_plans` takes them."""
        port = self.origin.rpartition(":")[2]
        asked = [sys.executable, "-m", _SERVER, "--print-all-plans", "--port", port]
        found: list[dict[str, Any]] = json.loads(
            subprocess.run(asked, capture_output=True, check=True).stdout
        )
        return found

    def seen(self, personality: str = "standard") -> dict[str, int]:
        """Return how often each of its routes was asked for, but for what it publishes about itself."""
        root = self.origin if personality == "standard" else f"{self.origin}/p/{personality}"
        with urllib.request.urlopen(f"{root}/control", timeout=10) as answer:  # noqa: S310 - on loopback
            counted: dict[str, int] = json.load(answer)["seen"]
        return {route: times for route, times in sorted(counted.items()) if route not in _DISCOVERY}


def allow(address: str, username: str) -> str:
    """Play the member at the plan: sign in as *username*, say yes; return where the browser is sent back."""
    browser = requests.Session()
    browser.headers["X-Harness"] = "the member's own browser"
    page = browser.get(address, allow_redirects=False, timeout=20)
    for _ in range(8):
        if page.is_redirect:
            to = urljoin(page.url, page.headers["Location"])
            if to.startswith(_CALLBACK) or not page.headers["Location"]:
                return to
            if urlsplit(to).hostname not in ("127.0.0.1", "localhost"):
                return ""
            page = browser.get(to, allow_redirects=False, timeout=20)
            continue
        fields = {
            name: value.replace("&amp;", "&").replace("&#x27;", "'")
            for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)[:2]
        }
        if 'name="password"' in page.text:
            action = re.search(r'<form method="post" action="([^"]+)"', page.text)
            assert action, page.text
            fields |= {"username": username, "password": "demo"}
            page = browser.post(urljoin(page.url, action[1]), data=fields, allow_redirects=False, timeout=20)
        elif 'value="allow"' in page.text:
            page = browser.post(
                page.url, data=fields | {"answer": "allow"}, allow_redirects=False, timeout=20
            )
        else:
            break
    return ""
