"""The demo payer's own people, and its personalities."""

from functools import partial
from pathlib import Path
from typing import Final

from tests.harness import adapter, asked, frozen, joining, looking
from tests.harness.browser import Browser
from tests.harness.payer import DemoPayer
from tests.harness.scenarios import Scenario

PEOPLE: Final = ("dana", "theo", "juniper", "harold", "marisol", "leona", "gideon", "walter", "otis", "nadia")
_STANDARD: Final = "harborlight-health"
_PARTS: Final = 4


def one(username: str, folder: Path, var: Path) -> None:
    """One of the people at the standard plan: everything there is to see, then the same again a day later."""
    with DemoPayer(var / "payer") as payer:
        adapter.load_plans(payer.plans(), var)
        asked.start()
        browser = Browser(folder, f"{username}@example.com", bundles=username == "walter")
        browser.sign_up()
        joining.bring(browser, joining.join(browser, _STANDARD, username))
        looking.everything(browser)
        frozen.wait(days=1)
        browser.sign_in()
        joining.update(browser, "update")
        browser.note("/home/?a-day-later", whole=True)
        joining.update(browser, "update-everything", everything=True)
        browser.keep("/counted-by-the-plan", [f"{route} {times}" for route, times in payer.seen().items()])
        joining.admin(folder / "admin")


def personalities(part: int, folder: Path, var: Path) -> None:
    """A few pages of a member at each personality: connect, bring, home, list, claims."""
    with DemoPayer(var / "payer") as payer:
        plans = payer.plans()
        adapter.load_plans(plans, var)
        asked.start()
        for plan in plans[part::_PARTS]:
            _few_pages(folder / plan["slug"], plan["slug"], payer, var)


def _few_pages(folder: Path, slug: str, payer: DemoPayer, var: Path) -> None:
    browser = Browser(folder, f"{slug}@example.com")
    browser.sign_up()
    browser.keep("/check-plan", adapter.manage("check_plan", slug).splitlines())
    browser.note(f"/plans/{slug}/")
    run = joining.join(browser, slug, "dana")
    joining.bring(browser, run if run.startswith("/sync/") else "")
    for address in ("/home/", "/connections/", "/coverage/", "/year/"):
        browser.note(address)
    for claim in looking.all_claims(browser)[:3]:
        browser.note(claim)
    personality = slug.removeprefix("harborlight-")
    seen = payer.seen("standard" if slug == _STANDARD else personality)
    browser.keep("/counted-by-the-plan", [f"{route} {times}" for route, times in seen.items()])


SCENARIOS: Final[dict[str, Scenario]] = {f"people-{name}": partial(one, name) for name in PEOPLE} | {
    f"personalities-{part + 1}": partial(personalities, part) for part in range(_PARTS)
}
