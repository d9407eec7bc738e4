"""A member connects with a plan and has the records brought."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.harness import adapter, asked, pages
from tests.harness.browser import Browser, text_of
from tests.harness.payer import allow

_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")
"""Where all plans of the harness are: no other address is ever opened."""


def join(browser: Browser, slug: str, username: str, *, person: int = 0) -> str:
    """Go the whole way to the plan and back; return the page of the run, or where the trip ended."""
    preflight = f"/connections/begin/{slug}/"
    asks = browser.note(preflight)
    adapter.forget_limits()
    policy = next((form.fields["agree"][0] for form in asks.forms if "agree" in form.fields), "")
    left = browser.post(preflight, agree=policy)
    leaving = [link for link in pages.Read(text_of(left)).links if link.startswith(_LOOPBACK)]
    if not leaving:
        browser.write(f"{preflight}?left", left)
        return ""
    back = urlsplit(allow(leaving[0], username))
    answer = browser.client.get(f"{back.path}?{back.query}")
    if "/choose/" in answer.get("Location", ""):
        read = browser.note(answer["Location"])
        people = next(form for form in read.forms if "person" in form.fields).fields["person"]
        answer = browser.post(answer["Location"], person=people[person])
    if answer.status_code != 303:
        browser.write("/connections/callback", answer)
        return ""
    return str(answer["Location"])


def bring(browser: Browser, run: str, name: str = "run") -> None:
    """Have the worker do what is due; write down how it went and what was asked."""
    asked.taken()
    browser.keep(f"/{name}-worker", adapter.work().splitlines())
    browser.keep(f"/{name}-requests", asked.taken())
    if run:
        browser.write(f"/{name}", browser.get(run))
        browser.write(f"/{name}?part", browser.get(run, **{"HX-Request": "true"}))


def connections_of(browser: Browser) -> list[str]:
    """Return the pages of the member's connections."""
    links = pages.Read(text_of(browser.get("/connections/"))).links
    own = (
        link for link in links if link.startswith("/connections/") and len(link) == len("/connections//") + 36
    )
    return list(dict.fromkeys(own))


def update(browser: Browser, name: str, *, everything: bool = False, which: int = 0) -> None:
    """Press "Update now" and have the worker do it."""
    connection = connections_of(browser)[which].split("/")[2]
    adapter.forget_limits()
    fields = {"everything": "1"} if everything else {}
    answer = browser.post(f"/sync/connections/{connection}/", **fields)
    bring(browser, answer.get("Location", ""), name)


def admin(folder: Path) -> None:
    """Write down what an operator sees in every list: the rows and their number, not the filters.

    References of attempts are drawn by lot, and so is the time of day at which a connection is refreshed.
    """
    operator = Browser(folder, adapter.OPERATOR)
    operator.sign_in()
    index = pages.Read(text_of(operator.get("/admin/")))
    for link in dict.fromkeys(index.links):
        if link.startswith("/admin/") and link.count("/") == 4 and not link.endswith("/plan/"):
            lines = pages.Read(text_of(operator.get(link))).lines
            start = next((at for at, line in enumerate(lines) if line.startswith("<form post")), 0)
            told = [re.sub(r"\[[0-9A-Z]{4}-[0-9A-Z]{4}\]", "[…]", line) for line in lines[start:]]
            if link.endswith("/refresh/"):
                told = [re.sub(r"[A-Z][a-z]+\.? \d+, 2026, [^|]+(\| \d+ \|)", r"… \1", line) for line in told]
            operator.keep(link, told)
