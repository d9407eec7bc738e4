"""Ten thousand claims, each changed at random from a published or an invented one; a member has 500."""

import json
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.harness import adapter, asked, joining, looking, records
from tests.harness.browser import Browser
from tests.harness.mutations import Lot, changed
from tests.harness.plan import Plan, serving
from tests.harness.scenarios import Scenario, folders

BATCHES: Final = 20
IN_BATCH: Final = 500
_KEPT: Final = ("resourceType", "id", "use")
"""What mutations leave alone three times out of four: most of the claims should arrive as claims."""


def batch(number: int, folder: Path, var: Path) -> None:
    """Bring one batch; write down the lists, every claim's page, and all files."""
    with serving(Plan(page_size=100)) as (plan,):
        plan.put(*records.person())
        for at, record in enumerate(_batch(number)):
            key = f"ExplanationOfBenefit/m-{number}-{at}"
            plan.records[key] = json.dumps(record).encode()
        adapter.load_plans([plan.row()], var)
        asked.start()
        browser = Browser(folder, "ada@example.com", bundles=True)
        browser.sign_up()
        joining.bring(browser, joining.join(browser, plan.slug, "ada"))
        claims = looking.all_claims(browser)
        for claim in claims:
            browser.note(claim, bundle="claim-pages")
        for address in ("/home/", "/coverage/", "/claims/approvals/", "/connections/"):
            browser.note(address)
        looking.walk(browser, ["/year/"], most=40)
        looking.searches(browser)
        looking.lists(browser, most=60)
        looking.take_along(browser, [], only_all=True)
        joining.admin(folder / "admin")


def _batch(number: int) -> list[Any]:
    lot = Lot(f"batch {number}")
    templates = _templates()
    made = []
    for at in range(IN_BATCH):
        whole = _numbered(templates[lot.randrange(len(templates))], at if lot.random() < 0.8 else at // 50)
        record = changed(whole, lot)
        if lot.random() < 0.75 and isinstance(record, dict):
            record |= {name: whole[name] for name in _KEPT if name in whole} | {"id": f"m-{number}-{at}"}
            record["patient"] = {"reference": "Patient/p-1"}
        made.append(record)
    return made


def _numbered(record: Any, number: int) -> Any:
    """Give a claim numbers of its own, or it would be a version of all others made from the same one."""
    identifiers = [
        one | {"value": f"{one.get('value', '')}-{number}"} for one in record.get("identifier", [])
    ]
    return record | {"identifier": identifiers}


def _templates() -> list[Any]:
    found = [records.claim(number) for number in range(1, 6)] + [records.approval(7)]
    for name in ("carin-bb-2.2.0", "carin-bb-1.1.0"):
        for file in sorted((folders.SHARED / name).glob("ExplanationOfBenefit*.json")):
            record = json.loads(file.read_bytes())
            record.pop("text", None)
            found.append(record | {"patient": {"reference": "Patient/p-1"}})
    return found


SCENARIOS: Final[dict[str, Scenario]] = {
    f"mutated-{number:02}": partial(batch, number) for number in range(1, BATCHES + 1)
}
