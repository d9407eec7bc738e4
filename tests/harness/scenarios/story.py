"""A plan that adds, changes, withdraws, restores, renumbers, lags and breaks, step after step."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.harness import adapter, asked, frozen, joining, looking
from tests.harness.browser import Browser
from tests.harness.plan import Plan, serving
from tests.harness.records import Json, approval, claim, person, replacing
from tests.harness.scenarios import Scenario

_EOB: Final = "ExplanationOfBenefit"
_BEGUN: Final = datetime(2026, 10, 1, tzinfo=UTC)


def begun(plan: Plan) -> None:
    """Have a person, seven claims, two of them of one day, and an approval."""
    plan.put(*person(), at=_BEGUN)
    plan.put(*(claim(number) for number in range(7)), claim(7, on="2026-03-12"), approval(1), at=_BEGUN)


def changed(plan: Plan, key: str, **values: object) -> Json:
    """Return the record as it is, with other values."""
    record: Json = json.loads(plan.records[key])
    return {name: value for name, value in record.items() if name != "meta"} | values


def _change(plan: Plan) -> None:
    plan.put(claim(2, payment={"amount": {"value": 50, "currency": "USD"}}))
    plan.put(changed(plan, f"{_EOB}/claim-3", total=claim(30)["total"]))


def _people_change(plan: Plan) -> None:
    plan.put(
        changed(plan, "Organization/clinic", name="Birchwood Clinic and Spa"),
        changed(plan, "Practitioner/doctor", name=[{"text": "Dr. Ruth Okafor-Lind"}]),
        changed(plan, "Coverage/coverage-p-1", status="cancelled"),
    )


def _renumber(plan: Plan) -> None:
    for key in [key for key in plan.records if key.startswith(_EOB)]:
        if "/odd-" in key or "/-" in key:
            continue
        record = changed(plan, key)
        plan.drop(key)
        plan.put(record | {"id": f"new-{record['id']}"})


def _lag(plan: Plan) -> None:
    plan.put(changed(plan, f"{_EOB}/claim-2", payment=None), at=_BEGUN - timedelta(days=40))


def _no_ids(plan: Plan) -> None:
    for number in (40, 41, 42):
        plan.put(claim(number, id=None))


def _withdraw(plan: Plan) -> None:
    plan.drop(f"{_EOB}/claim-1", f"{_EOB}/claim-5")


def _restore(plan: Plan) -> None:
    plan.put(claim(1), claim(5))


def _bodies(plan: Plan) -> None:
    plan.records[f"{_EOB}/odd-1"] = (
        b'{"resourceType":"ExplanationOfBenefit","id":"odd-1","status":7,"patient":{}}'
    )
    plan.records[f"{_EOB}/odd-2"] = b"[1,2]"
    plan.records[f"{_EOB}/odd-3"] = b'{"resourceType":"OperationOutcome","id":"odd-3","issue":[]}'
    plan.records[f"{_EOB}/odd-4"] = json.dumps(claim(44, type=None, total=None, item=[])).encode()


def _empty(plan: Plan) -> None:
    plan.drop(*[key for key in plan.records if key.startswith(_EOB)])


def _nothing(_plan: Plan) -> None:
    """The plan stays as it is."""


def _break_second_page(plan: Plan) -> None:
    plan.put(claim(60), claim(61), claim(62), claim(63), claim(64))
    plan.faults[f"{_EOB}?2"] = 503


def _gone_for_good(plan: Plan) -> None:
    plan.faults |= {f"{_EOB}?1": 403}


STEPS: Final[tuple[tuple[str, Callable[[Plan], object]], ...]] = (
    ("unchanged", _nothing),
    ("added", lambda plan: plan.put(claim(20), claim(21, on="2025-12-30"), approval(2))),
    ("changed", _change),
    ("people-changed", _people_change),
    ("replaced", lambda plan: plan.put(replacing(22, "claim-4"), claim(6, status="cancelled"))),
    ("corrected-back", lambda plan: plan.put(replacing(23, "claim-22", on="2025-11-02"))),
    ("withdrawn", _withdraw),
    ("restored", _restore),
    ("lagging", _lag),
    ("without-ids", _no_ids),
    ("without-ids-again", _nothing),
    ("anothers", lambda plan: plan.put(claim(50, patient="p-2"))),
    (
        "approval-billed",
        lambda plan: plan.put(approval(1) | {"use": "claim"}, claim(0) | {"use": "predetermination"}),
    ),
    ("odd-records", _bodies),
    ("broken-page", _break_second_page),
    ("after-the-break", _nothing),
    ("refused", _gone_for_good),
    ("renumbered", _renumber),
    ("all-gone", _empty),
    ("all-gone-still", _nothing),
    ("back", begun),
)


def story(everything: bool) -> Scenario:
    """Return the story, each update asking for everything or for what changed."""

    def played(folder: Path, var: Path) -> None:
        with serving(Plan()) as (plan,):
            begun(plan)
            browser = _joined(folder, plan, var)
            for number, (name, step) in enumerate(STEPS, 2):
                frozen.wait(hours=7)
                step(plan)
                browser.folder = folder / f"{number:02}-{name}"
                browser.folder.mkdir()
                browser.records.clear()
                browser.sign_in()
                joining.update(browser, "update", everything=everything)
                frozen.wait(minutes=30)
                joining.bring(browser, "", "half-an-hour-later")
                snapshot(browser)
            looking.take_along(browser, [])
            joining.admin(folder / "admin")

    return played


def _joined(folder: Path, plan: Plan, var: Path) -> Browser:
    adapter.load_plans([plan.row()], var)
    asked.start()
    browser = Browser(folder / "01-first", "ada@example.com")
    browser.sign_up()
    joining.bring(browser, joining.join(browser, plan.slug, "ada"))
    snapshot(browser)
    return browser


def snapshot(browser: Browser) -> None:
    """Write down what is current, gone, a version, a twin, and news."""
    browser.note("/home/", whole=True)
    claims = looking.all_claims(browser)
    looking.walk(
        browser, ["/claims/approvals/", "/coverage/", "/connections/", "/claims/providers/", *claims]
    )
    browser.note("/home/?again")


def twins(folder: Path, var: Path) -> None:
    """Two plans that share the same claims of one person; one changes, withdraws, and is disconnected."""
    with serving(Plan(), Plan(name="Second Health", slug="second-health")) as (one, other):
        begun(one)
        other.put(*person(), *(claim(number) for number in range(3, 10)), at=_BEGUN)
        adapter.load_plans([one.row(), other.row()], var)
        asked.start()
        browser = Browser(folder / "1-both", "ada@example.com")
        browser.sign_up()
        for plan in (one, other):
            joining.bring(browser, joining.join(browser, plan.slug, "ada"), f"run-{plan.slug}")
        snapshot(browser)
        looking.everything(browser)
        steps: tuple[tuple[str, Plan, Callable[[], object]], ...] = (
            ("2-one-changed", one, lambda: one.put(claim(4, payment=None))),
            ("3-other-withdrew", other, lambda: other.drop(f"{_EOB}/claim-5", f"{_EOB}/claim-6")),
            ("4-other-replaced", other, lambda: other.put(replacing(70, "claim-7"))),
        )
        for name, plan, step in steps:
            frozen.wait(hours=7)
            step()
            browser.folder = folder / name
            browser.folder.mkdir()
            browser.records.clear()
            browser.sign_in()
            joining.update(browser, "update", everything=True, which=0 if plan is other else 1)
            snapshot(browser)
        for name, choice in (("5-kept", "keep"), ("6-erased", "erase")):
            browser.folder = folder / name
            browser.folder.mkdir()
            frozen.wait(minutes=5)
            browser.sign_in()
            _disconnect(browser, 0, choice)
            snapshot(browser)
            browser.note("/connections/receipts/")
        joining.admin(folder / "admin")


def _disconnect(browser: Browser, which: int, choice: str) -> None:
    page = joining.connections_of(browser)[which] + "disconnect/"
    browser.write(f"/disconnect?before-{choice}", browser.get(page))
    browser.write(f"/disconnected?{choice}", browser.post(page, records=choice))
    joining.bring(browser, "", "after")


def killed(folder: Path, var: Path) -> None:
    """For each question a first update asks, a worker that dies at it; another goes on after ten minutes."""
    with serving(Plan(is_noting=True)) as (plan,):
        begun(plan)
        adapter.load_plans([plan.row()], var)
        for at in range(1, 15):
            if not _killed_at(at, folder / f"at-question-{at:02}", plan, var):
                break
        joining.admin(folder / "admin")


def _killed_at(at: int, folder: Path, plan: Plan, var: Path) -> bool:
    browser = Browser(folder, f"ada{at}@example.com")
    browser.sign_up()
    run = joining.join(browser, plan.slug, "ada")
    asked.taken()
    adapter.close_database()
    worker = adapter.worker_process(var)
    questions: list[str] = []

    def kill(place: str) -> None:
        questions.append(place)
        if len(questions) == at:
            worker.kill()

    plan.before = kill
    worker.wait()
    plan.before = None
    browser.keep("/requests-until-killed", asked.taken())
    browser.write("/run-as-it-was-left", browser.get(run))
    browser.note("/claims/?as-it-was-left")
    frozen.wait(minutes=10)
    browser.sign_in()
    joining.bring(browser, run, "run-taken-over")
    snapshot(browser)
    return len(questions) >= at


SCENARIOS: Final[dict[str, Scenario]] = {
    "plan-story": story(everything=False),
    "plan-story-everything": story(everything=True),
    "plan-twins": twins,
    "plan-killed": killed,
}
