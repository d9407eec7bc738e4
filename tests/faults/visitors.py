"""Members with browsers, for the soak: they sign in, read pages, ask for news, and note how long it took."""

import html
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import requests

from config.policies import newest

PASSWORD = "a long password of a visitor"
PAGES = ("/home/", "/claims/", "/coverage/", "/connections/", "/account/")
TOO_LATE_SECONDS = 15
MOST_TRIES, PAUSE_SECONDS = 8, 10
"""All come from one address, which may sign in only so often a minute."""


@dataclass
class Watched:
    """What all visitors together saw; hold `lock` while changing it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    seconds: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[float, str]] = field(default_factory=list)
    """When (monotonic), and what: a status of 500 and more, or no answer."""

    def page(self, took: float, what: str, *, is_failure: bool) -> None:
        """Note one page."""
        with self.lock:
            self.answers[what] += 1
            if is_failure:
                self.failures.append((time.monotonic(), what))
            else:
                self.seconds.append(took)


@dataclass
class Visitor:
    """One member after another from *emails*, each for a few pages, until *over*."""

    site: str
    emails: list[str]
    watched: Watched
    over: threading.Event
    dice: random.Random
    rest_seconds: float = 0.5
    _browser: requests.Session = field(default_factory=requests.Session)

    def run(self) -> None:
        """Come and go until it is over."""
        while not self.over.is_set():
            self._browser = requests.Session()
            if not self._sign_in(self.dice.choice(self.emails)):
                self.over.wait(2)
                continue
            for _ in range(self.dice.randint(10, 40)):
                if self.over.wait(self.rest_seconds * self.dice.uniform(0.5, 1.5)):
                    return
                self._something()

    def _sign_in(self, email: str) -> bool:
        page = self._get("/account/login/")
        if page is None:
            return False
        answer = self._post("/account/login/", page, login=email, password=PASSWORD)
        return answer is not None and answer.status_code == 200 and "/account/login" not in answer.url

    def _something(self) -> None:
        page = self._get(self.dice.choice(PAGES))
        if page is None:
            return
        if claims := re.findall(r'href="(/claims/[0-9a-f-]{36}/)"', page.text):
            self._get(self.dice.choice(claims))
        if news := re.findall(r'action="(/sync/connections/[0-9a-f-]{36}/)"', page.text):
            self._post(self.dice.choice(news), page)

    def _get(self, path: str) -> requests.Response | None:
        return self._ask("GET", path)

    def _post(self, path: str, page: requests.Response, **values: str) -> requests.Response | None:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        return self._ask("POST", path, {"csrfmiddlewaretoken": token[1] if token else "", **values})

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> requests.Response | None:
        """Return the answer after redirects; None, noted as a failure, when it is none of a well site."""
        started = time.monotonic()
        try:
            answer = self._browser.request(
                method,
                f"{self.site}{path}",
                data=form,
                timeout=TOO_LATE_SECONDS,
                headers={"Referer": self.site},
            )
        except requests.RequestException as error:
            self.watched.page(0, type(error).__name__, is_failure=True)
            return None
        is_failure = answer.status_code >= 500
        self.watched.page(time.monotonic() - started, str(answer.status_code), is_failure=is_failure)
        return None if is_failure else answer


class Newcomer(Visitor):
    """A member who connects the plan in a browser: by our pages, the plan's, and back."""

    def connect(self, email: str, slug: str) -> None:
        """Sign in and connect; anything but an arrival stops the program."""
        self._browser = requests.Session()
        for _ in range(MOST_TRIES):
            if self._sign_in(email):
                break
            time.sleep(PAUSE_SECONDS)
        else:
            raise SystemExit(f"{email} cannot sign in")
        page = self._get("/connections/")
        begun = page and self._post(f"/connections/begin/{slug}/", page, agree=newest().version)
        found = begun and re.search(r'href="([^"]+)" rel="noreferrer"', begun.text)
        if not found:
            raise SystemExit(f"no way to the plan: {begun and begun.status_code}")
        there = requests.get(html.unescape(found[1]), allow_redirects=False, timeout=30)
        back = self._browser.get(there.headers["Location"], timeout=30)
        if not back.ok:
            raise SystemExit(f"not connected: {back.status_code}")
