"""The rows by which the site's plan directory knows each personality."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.core.management import call_command

from apps.demo_payer import options, plan
from apps.demo_payer.demo_process import Running
from apps.demo_payer.personalities import ALL, MAIN
from apps.plans.models import Plan

ORIGIN = "http://127.0.0.1:9000"


def test_the_first_plan_is_the_payer_at_the_root() -> None:
    """What newcomers and journeys find; the rest is told apart by its name."""
    first, *others = plan.demo_plans(ORIGIN)
    assert (first["slug"], first["name"]) == ("harborlight-health", "Harborlight Health (demo)")
    assert first["fhir_base_url"] == f"{ORIGIN}/fhir/r4"
    slugs = [described["slug"] for described in others]
    assert slugs == [f"harborlight-{personality.name}" for personality in MAIN[1:]]
    assert "Harborlight Basic (asks like 1upHealth)" in {described["name"] for described in others}


def test_another_personality_may_be_at_the_root() -> None:
    """--personality: the slug stays, the habits change."""
    first, *others = plan.demo_plans(ORIGIN, "aetna")
    assert (first["slug"], first["fhir_base_url"]) == (
        "harborlight-health",
        f"{ORIGIN}/fhir/v2/patientaccess",
    )
    assert "harborlight-aetna" not in {described["slug"] for described in others}


def test_slugs_names_and_addresses_are_told_apart() -> None:
    """One row each."""
    plans = plan.demo_plans(ORIGIN, every=True)
    assert len(plans) == len(ALL)
    for column in ("slug", "fhir_base_url", "name"):
        assert len({described[column] for described in plans}) == len(ALL)


def test_every_personality_is_met_by_a_test_of_the_site_or_named_in_the_readme() -> None:
    """None is there for its own tests alone."""
    rooms = [room for room in (options.ROOT / "tests").iterdir() if room.name != "demo_payer"]
    tests = "".join(path.read_text() for room in rooms for path in room.rglob("test_*.py"))
    readme = (options.ROOT / "README.md").read_text()
    assert [name for name in ALL if f'"{name}"' not in tests and f"`{name}`" not in readme] == []


@pytest.mark.django_db
def test_load_plans_takes_every_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    """With its quirks; some sign in at localhost, which `make demo` trusts too."""
    settings.OUTBOUND_TRUSTED_HOSTS = ["127.0.0.1:9000", "localhost:9000"]
    file = tmp_path / "plans.json"
    file.write_text(json.dumps(plan.demo_plans(ORIGIN, every=True)))
    call_command("load_plans", str(file))
    assert Plan.objects.filter(slug__startswith="harborlight-").count() == len(ALL), capsys.readouterr()
    quirks = Plan.objects.get(slug="harborlight-1uphealth").quirks
    assert (quirks.token_auth, quirks.patient_lookup) == ("client_secret_post", "search")
    assert (quirks.refresh, quirks.back_link, quirks.page_size, quirks.revocation) == (
        "none",
        "prior",
        100,
        "none",
    )
    assert Plan.objects.get(slug="harborlight-blue-button").quirks.patient_lookup == "userinfo"
    assert Plan.objects.get(slug="harborlight-elevance").confirmed_origins == ["http://localhost:9000"]


def test_what_a_row_says_is_where_the_payer_answers(payer: Running) -> None:
    """No address of a row is a 404 at the running payer; the metadata is reached as far as it is open."""
    for name, personality in ALL.items():
        row = payer.plan_of(name)
        metadata = requests.get(f"{row['fhir_base_url']}/metadata", timeout=30)
        assert metadata.status_code == personality.statement_status, name
        for key in ("authorize_url", "token_url", "revoke_url"):
            if key in row:
                assert requests.options(row[key], timeout=10).status_code != 404, (name, key)
        if "issuer" in row:
            assert urlsplit(row["issuer"]).netloc, name
        if personality.found_by_discovery:
            assert "token_url" not in row, name
