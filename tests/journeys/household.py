"""The people of the list of pages, and how they come to what they have: once for all visits."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, Page, StorageState

from tests.journeys import answers, member
from tests.journeys.pages import Place, Who
from tests.journeys.screenshots import behind
from tests.journeys.stack import Stack

BASIC = "Harborlight Basic (asks like 1upHealth)"
HALF = "Harborlight Half (grants less than is asked)"
HOUSEHOLD = "Harborlight Household (shows several people's records)"
NOTARY = "Harborlight Notary (takes signed assertions only)"
QUIET = "Harborlight Quiet (does not say who signed in)"
DAY_PASS = "Harborlight Day Pass (gives no lasting access)"
EMAIL = "reader@example.com"
OPERATOR = "operator@example.com"
HAROLD = "patient-70420001"


@dataclass
class Household:
    """Who is signed in where, and the addresses that only these people have."""

    demo: Stack
    sessions: dict[Who, StorageState]
    addresses: dict[str, str]
    _ways: dict[str, str] = field(default_factory=dict)

    def come_to(self, page: Page, place: Place) -> str:
        """Open a page of the list in a window of whoever it is for; return the path that answered.

        The way there is looked for once only, but an answer of a plan is a new one each time: it works once.
        """
        if place.name not in self._ways:
            way = place.path.format(**self.addresses)
            for link in place.links:
                page.goto(self.demo.site + way)
                way = page.locator(link).first.get_attribute("href", timeout=2_000) or ""
            self._ways[place.name] = way
        way = self._ways[place.name]
        if place.answer:
            way = answers.callback(self.demo, answers.leave(page, self.demo), place.answer)
        if place.story:
            answer = answers.STORIES[place.story](page, self.demo.site + way)
        else:
            opened = page.goto(self.demo.site + way)
            assert opened is not None
            answer = answers.send(page, place.press) if place.press else opened
        is_right = answer.status == place.status if place.status else answer.status != 404
        assert is_right, f"{place.name} is a {answer.status}"
        return urlsplit(answer.url).path


def gather(browser: Browser, demo: Stack) -> Household:
    """Let everybody come, connect and end what the pages show; *demo* is at a host with a name."""
    home = Household(demo, {"visitor": {"cookies": [], "origins": []}}, {})
    link = urlencode({"iss": f"{demo.payer}/fhir/r4", "launch": "from-the-portal"})
    home.addresses["launch"] = f"/launch?{link}"
    with _window(browser, home, "newcomer") as page:
        member.sign_up(page, demo, "newcomer@example.com")
    with _window(browser, home, "joining") as page:
        page.goto(f"{demo.site}/account/signup/")
        page.get_by_label("E-mail").fill("joining@example.com")
        page.get_by_label("Password").fill(member.PASSWORD)
        page.get_by_role("button", name="Create my account").click()
        page.get_by_label("Code from the e-mail").wait_for()
    with _window(browser, home, "traveller") as page:
        _a_traveller(page, home)
    with _window(browser, home, "member") as page:
        _a_member(page, home)
    with _window(browser, home, "by_plan") as page:
        _a_member_by_plan(page, demo)
    with _window(browser, home, "halfway") as page:
        member.come_in_with_plan(page, demo, "leona")
        page.get_by_role("heading", name="One more step").wait_for()
    with _window(browser, home, "forgetful") as page:
        _somebody_forgetful(page, home)
    with _window(browser, home, "operator") as page:
        sign_in_as_operator(page, demo)
    odd = behind.A_ROW_NOBODY_FORESAW.format(slug="harborlight-uhc")
    trips = behind.ONE_TRIP_LASTED_TOO_LONG.format(email=EMAIL) + behind.EVERY_OTHER_LASTS_A_DAY
    links = behind.A_FILE.format(email=EMAIL) + behind.A_LINK_IN_A_MAIL
    export, stop_mails = behind.run(demo, trips + odd + links).split()
    home.addresses |= {"export": export, "stop_mails": urlsplit(stop_mails).path}
    return home


@contextmanager
def _window(browser: Browser, home: Household, who: Who) -> Iterator[Page]:
    """Yield a window and keep its session."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    yield context.new_page()
    home.sessions[who] = context.storage_state()
    context.close()


def _a_member(page: Page, home: Household) -> None:
    """Sign up by e-mail; connect a plan, end another, and be asked whose records a third means."""
    demo, addresses = home.demo, home.addresses
    member.sign_up(page, demo, EMAIL)
    member.connect(page, demo, "gideon", is_clinical=True)
    addresses["run"] = urlsplit(page.url).path
    addresses["charts"] = _connection(page)
    addresses["cancelled"] = _claim(page, demo, "kind=professional", "Cancelled")
    _an_appeal(page, demo)
    _set_out(page, demo, "half", HALF, "leona")
    member.allow(page, demo)
    addresses["kept"] = _connection(page)
    page.goto(f"{demo.site}{addresses['kept']}disconnect/")
    page.get_by_test_id("disconnect-keep").click()
    page.get_by_test_id("kept").wait_for()
    _set_out(page, demo, "household", HOUSEHOLD, "dana")
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("heading", name="Whose records?").wait_for()
    addresses["choose"] = urlsplit(page.url).path
    _answers(page, home)
    page.goto(f"{demo.site}/account/close/")
    member.prove(page)


def _an_appeal(page: Page, demo: Stack) -> None:
    """Note what a last day needs, on a site whose operator checked the rules: a day, and a calendar file."""
    page.goto(demo.site + _claim(page, demo, "state=denied"))
    page.get_by_test_id("appeal").click()
    page.get_by_label("Date on the letter").fill(f"{datetime.now(tz=UTC) - timedelta(days=2):%Y-%m-%d}")
    page.get_by_label("Where the coverage comes from").select_option("employer")
    page.get_by_role("button", name="Note both").click()
    page.get_by_role("link", name="Put the day into your calendar").wait_for()


def _answers(page: Page, home: Household) -> None:
    """Leave for the plan three times: too long, with an answer that is used, and with one still to come."""
    demo = home.demo
    late = answers.leave(page, demo)
    used = answers.callback(demo, answers.leave(page, demo), "error=access_denied")
    page.goto(demo.site + used)
    page.get_by_test_id("what-happened").wait_for()
    home.addresses |= {
        "late": answers.callback(demo, late, "code=y"),
        "used": used,
        "hers": answers.callback(demo, answers.leave(page, demo), "code=y"),
    }


def _a_member_by_plan(page: Page, demo: Stack) -> None:
    """Come in with the plan, make a passkey, and add an e-mail address but no password."""
    member.device(page)
    member.come_in_with_plan(page, demo, "leona")
    page.wait_for_url(f"{demo.site}/sync/**")
    page.goto(f"{demo.site}/account/email/")
    page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill("leona@example.com")
    page.get_by_role("main").locator("form button.button").first.click()
    page.get_by_label("Code from the e-mail").fill(demo.code_mailed_to("leona@example.com"))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(lambda url: "/confirm-email/" not in url)
    member.add_passkey(page, demo)


def _a_traveller(page: Page, home: Household) -> None:
    """Come in with the plan and no e-mail, connect its sisters as other people, and meet every trouble."""
    demo, addresses = home.demo, home.addresses
    member.come_in_with_plan(page, demo, "otis")
    page.wait_for_url(f"{demo.site}/sync/**")
    member.wait_for_records(page)
    root = addresses["soon"] = _connection(page)
    addresses["unpriced"] = _claim(page, demo, "kind=professional")
    people = {"quiet": (QUIET, "marisol"), "basic": (BASIC, "marisol"), "day_pass": (DAY_PASS, "harold"),
              "notary": (NOTARY, "leona"), "half": (HALF, "otis")}  # fmt: skip
    runs = {}
    for search, (name, username) in people.items():  # records come while the next plan is asked for
        _set_out(page, demo, search.replace("_", " "), name, username)
        page.get_by_role("button", name="Allow").click()
        page.wait_for_url(f"{demo.site}/sync/**")
        runs[search] = page.url
    for search, run in runs.items():
        page.goto(run)
        member.wait_for_records(page)
        addresses[search] = _connection(page)
    member.all_agreed(page, demo)
    for name, (search, kind, badge) in {
        "hospital": ("quiet", "inpatient", ""), "emergency": ("quiet", "outpatient", ""),
        "pharmacy": ("day_pass", "pharmacy", ""), "voided": ("day_pass", "outpatient", "Voided"),
        "dental": ("notary", "oral", ""),
    }.items():  # fmt: skip
        addresses[name] = _claim(page, demo, f"kind={kind}&plan={_id(addresses[search])}", badge)
    page.goto(demo.site + addresses["hospital"])
    addresses["twin"] = page.get_by_test_id("twin").locator("a").get_attribute("href") or ""
    troubles = behind.TROUBLES.format(
        soon=_id(root), running=_id(addresses["notary"]), others=_id(addresses["quiet"])
    )
    passed = behind.AN_HOUR_SINCE_EVERY_UPDATE + behind.EVERY_RULE_CHECKED
    paths = behind.run(demo, passed + troubles).split()
    names = ("damaged", "running", "waiting", "partial", "failed")
    addresses |= dict(zip(names, paths, strict=True))
    addresses["renew"] = f"/connections/begin/{answers.ROOT_PLAN}/?connection={_id(root)}"
    _another_person(page, home)
    _an_end(page, home)


def _another_person(page: Page, home: Household) -> None:
    """Renew a connection, and let somebody else sign in at the plan: the question stays open."""
    page.goto(home.demo.site + home.addresses["renew"])
    page.get_by_test_id("go").click()
    page.wait_for_url(member.at_payer(home.demo))
    member.sign_in_at_plan(page, "leona")
    page.get_by_role("button", name="Allow").click()
    page.get_by_test_id("refuse").wait_for()
    home.addresses["other_person"] = urlsplit(page.url).path


def _an_end(page: Page, home: Household) -> None:
    """End one permission at the plan, and find out by an update."""
    demo, addresses = home.demo, home.addresses
    member.order_at_plan(demo, "/p/no-refresh", expire=HAROLD)
    page.goto(demo.site + addresses["day_pass"])
    page.get_by_role("button", name="Update now").click()
    page.locator("[data-testid=sync-progress][data-state=ended]").wait_for(timeout=30_000)
    addresses["ended_run"] = urlsplit(page.url).path


def _somebody_forgetful(page: Page, home: Household) -> None:
    """Ask for a new password, and open the link of the mail."""
    demo = home.demo
    page.goto(f"{demo.site}/account/password/reset/")
    page.get_by_label("E-mail").fill("newcomer@example.com")
    page.get_by_role("button", name="Send me the link").click()
    page.wait_for_url("**/done/")
    page.goto(demo.link_mailed_to("newcomer@example.com"))
    home.addresses["new_password"] = urlsplit(page.url).path


def sign_in_as_operator(page: Page, demo: Stack) -> None:
    """Sign in as the operator that the demo made: with the password, a code by mail, and a first passkey."""
    member.device(page)
    page.goto(f"{demo.site}/admin/")
    page.get_by_label("E-mail").fill(OPERATOR)
    password = json.loads((demo.var / "secrets.json").read_text())["OPERATOR_PASSWORD"]
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code from the e-mail").fill(demo.code_mailed_to(OPERATOR))
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="Is it still you?").wait_for()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("The operator's key")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Codes for a lost device").wait_for()
    page.goto(f"{demo.site}/admin/")
    page.get_by_role("button", name="Use my passkey").click()
    page.get_by_role("heading", name="Plans, connections, syncs and the listing").wait_for()


def _set_out(page: Page, demo: Stack, search: str, name: str, username: str) -> None:
    """Leave for the plan of this name and sign in there as *username*."""
    member.find_plan(page, demo, search, name)
    member.go_to_plan(page, demo)
    member.sign_in_at_plan(page, username)


def _connection(page: Page) -> str:
    """Return the path of the connection whose update the page shows."""
    page.get_by_role("link", name="About this connection").click()
    page.wait_for_url("**/connections/*-*/")
    return urlsplit(page.url).path


def _id(path: str) -> str:
    """Return the id at the end of a connection's path."""
    return path.rstrip("/").rpartition("/")[2]


def _claim(page: Page, demo: Stack, query: str, badge: str = "") -> str:
    """Return the path of the newest claim the filters find, with this badge or with none of NOT_THESE."""
    page.goto(f"{demo.site}/claims/?{query}")
    rows = page.get_by_test_id("claim-row")
    rows = rows.filter(has_text=badge) if badge else rows.filter(has_not_text=NOT_THESE)
    return rows.first.get_attribute("href") or ""


NOT_THESE = re.compile("Voided|Cancelled")
