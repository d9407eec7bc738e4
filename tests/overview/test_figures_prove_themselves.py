"""Every figure on Today of invented families leads to its proof; of other members see `test_answers`."""

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.demo_payer.people_on_a_day import DAY
from tests.overview.beside_a_reader import at_noon
from tests.overview.families import Person, families
from tests.overview.proofs import AMOUNT, unproven
from tests.overview.test_answers_of_families import settle

pytestmark = pytest.mark.django_db
FAMILIES = dict(list(families().items())[::4])
"""Some of them: each has every oddity, and every claim of theirs is opened."""


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_every_figure_on_today_of_a_family_opens_its_proof(
    alice: Member, client: Client, family: list[Person]
) -> None:
    with time_machine.travel(at_noon(DAY), tick=False):
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        settle(alice, family)
        assert list(unproven(client)) == []
        assert len(AMOUNT.findall(client.get("/home/").content.decode())) > 5
