"""A quirk is declared in one place: with one more there, everything else has it."""

import subprocess
import sys

from tests.conftest import ROOT

DECLARATION = """
    toys: str = _quirk("few", "how many toys the server wants", longest=9)
"""
LAST = "\n\n@dataclass(frozen=True)\nclass Quirk:"
SCRIPT = """
import importlib.util, io, sys
import django
source = open("apps/plans/quirks.py", encoding="utf-8").read()
assert source.count(sys.argv[2]) == 1
spec = importlib.util.find_spec("apps.plans.quirks")
module = importlib.util.module_from_spec(spec)
sys.modules["apps.plans.quirks"] = module
exec(compile(source.replace(sys.argv[2], sys.argv[1] + sys.argv[2]), spec.origin, "exec"), module.__dict__)
django.setup()

from dataclasses import replace
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import RequestFactory
from apps.plans.actions import _apply
from apps.plans.plan_lists import read_json
from apps.plans.models import Plan
from apps.plans.profiles import PROFILES
from apps.plans.wording import quirk_lines
from tests.plans import test_payers_document

call_command("makemigrations", "plans", check=True, dry_run=True, stdout=io.StringIO())
assert PROFILES["1uphealth"].quirks.toys == "few"
assert replace(PROFILES["1uphealth"].quirks, toys="none").toys == "none"
base = {"slug": "toy", "name": "Toy", "fhir_base_url": "https://toy.example.com/r4"}
(row,) = read_json(__import__("json").dumps([{**base, "toys": "many"}]))
plan = Plan(slug="toy")
assert _apply(plan, row)
assert plan.quirks.toys == "many"
assert "toys: many (here)" in quirk_lines(plan)
(refused,) = read_json(__import__("json").dumps([{**base, "toys": 3}]))
assert refused.reason == "toys must be a text"
plan.own_quirks["toys"] = "far too many"
try:
    plan.full_clean(validate_unique=False, validate_constraints=False)
except ValidationError as error:
    assert "at most 9 characters" in error.message_dict["toys"][0]
request = RequestFactory().get("/")
request.user = AnonymousUser()
form = admin.site.get_model_admin(Plan).get_form(request)
assert form.base_fields["toys"].help_text == "How many toys the server wants."
assert "| `toys` | a text | how many toys the server wants |" in test_payers_document.quirk_table()
assert "toys `few`" in test_payers_document.profile_table()
print("everywhere")
"""


def test_a_quirk_that_is_declared_is_in_form_load_plans_profiles_docs_and_check_plan() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, DECLARATION, LAST],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "everywhere\n", ran.stderr
