"""What a letter of appeal says of the codes that the plan gave as its reasons."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from tests.appeals.test_views import page, refused
from tests.claims.given import a_connection, save, shown
from tests.claims.made import body, concept, priced, status, why
from tests.claims.systems import DISCRIMINATOR


def remark(code: str = "N706") -> dict[str, Any]:
    """Return why something was denied, by a code of a list that we do not know."""
    return {
        "category": concept((DISCRIMINATOR, "denialreason")),
        "reason": concept(("https://plan.example/why", code)),
    }


@pytest.mark.parametrize(
    ("given", "told"), [(why("PR", "50"), "- adjustment code PR 50"), (remark(), "- code N706")]
)
def test_the_letter_says_what_kind_of_code_a_reason_is_and_asks_for_its_words(
    alice: Member, alice_client: Client, given: dict[str, Any], told: str
) -> None:
    """It gave the bare code, which nobody who reads it may know."""
    eob = refused()
    denied = {"adjudication": [status("benefitpaymentstatus", "denied"), given, priced("benefit", "0.00")]}
    save(a_connection(alice), body(eob | {"item": [eob["item"][0] | denied]}))
    html = page(alice_client, f"/claims/{shown(alice)[0].id}/appeal/")
    draft = unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[0])
    assert told in draft
    assert "Please tell me what the codes without words mean." in draft


def test_the_letter_names_each_of_medicares_codes_with_its_list(alice: Member, alice_client: Client) -> None:
    """A code of the claim and one of a line are two reasons, though both are B."""
    base = "https://bluebutton.cms.gov/resources/variables/"
    coded = {
        name: {"url": f"{base}{name}", "valueCoding": {"system": f"{base}{name}", "code": "B"}}
        for name in ("clm_mdcr_non_pmt_rsn_cd", "line_prcsg_ind_cd")
    }
    eob = refused(extension=[coded["clm_mdcr_non_pmt_rsn_cd"]])
    ruled = status("line_prcsg_ind_cd", "B") | {"extension": [coded["line_prcsg_ind_cd"]]}
    save(a_connection(alice), body(eob | {"item": [eob["item"][0] | {"adjudication": [ruled]}]}))
    html = page(alice_client, f"/claims/{shown(alice)[0].id}/appeal/")
    draft = unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[0])
    assert "- Medicare's non-payment code B\n- Medicare's processing code B of a line" in draft
