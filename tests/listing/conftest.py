"""A payer behind 1upHealth, for all that is told of it."""

import pytest

from apps.plans.models import Plan
from tests.registered import registered

SECRET = "a secret that no packet holds"


@pytest.fixture
def at_1up(db: None) -> Plan:
    """Return a payer behind 1upHealth."""
    return Plan.objects.create(
        slug="acme", name="Acme", profile="1uphealth", fhir_base_url="https://api.acme.example/r4",
        system_id="acme", registration=registered("our-client", SECRET),
    )  # fmt: skip
