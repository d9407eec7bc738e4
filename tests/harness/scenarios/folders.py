"""Published payer data, served by the demo payer: each folder, each of its people."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.harness import adapter, asked, joining, looking
from tests.harness.browser import Browser
from tests.harness.payer import DemoPayer
from tests.harness.scenarios import Scenario

SHARED: Final = Path(os.environ.get("PLAINCLAIM_SHARED", "../shared")) / "fhir"
MOST_PEOPLE: Final = 12


def folder_of(source: Path, folder: Path, var: Path) -> None:
    """Connect with each person of a folder, those with most claims first, and look at everything."""
    with DemoPayer(var / "payer", source) as payer:
        adapter.load_plans(payer.plans()[:1], var)
        asked.start()
        for patient in people_of(source):
            browser = Browser(folder / patient, f"{patient.lower()}@example.com".replace("-", ""))
            browser.sign_up()
            run = joining.join(browser, "harborlight-health", patient)
            joining.bring(browser, run)
            looking.everything(browser, filters=False)
        joining.admin(folder / "admin")


def people_of(source: Path) -> list[str]:
    """Return the ids of the patients, by how many records name them."""
    named: Counter[str] = Counter()
    patients: set[str] = set()
    for file in sorted(source.rglob("*.json")):
        for record in _records(json.loads(file.read_bytes())):
            if record.get("resourceType") == "Patient" and record.get("id"):
                patients.add(record["id"])
            if record.get("resourceType") in ("ExplanationOfBenefit", "Coverage"):
                who = record.get("patient") or record.get("beneficiary") or {}
                named[str(who.get("reference", "")).rpartition("/")[2]] += 1
    ordered = sorted({*patients, *(who for who in named if who)}, key=lambda who: (-named[who], who))
    return ordered[:MOST_PEOPLE]


def _records(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for entry in tree.get("entry") or ():
            yield from _records(entry.get("resource") if isinstance(entry, dict) else None)


SCENARIOS: Final[dict[str, Scenario]] = {
    f"folder-{source.name}": partial(folder_of, source.resolve())
    for source in (sorted(SHARED.iterdir()) if SHARED.is_dir() else ())
    if source.is_dir()
}
