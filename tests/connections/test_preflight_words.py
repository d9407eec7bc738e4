"""P-03: what stands before the trip is one screen: few words are visible, the rest is folded."""

import html
import re

import pytest
from django.test import Client

from apps.plans.models import Plan
from tests.connections.conftest import connect, leave
from tests.connections.stub_plan import StubPlan
from tests.connections.test_preflight import HERE

MOST = {"en": 150, "es": 180}


def visible(page: str) -> list[str]:
    """Return the words of the page's main part that are not folded away or for screen readers alone."""
    main = page.split("<main")[1].split("</main>", maxsplit=1)[0].partition(">")[2]
    main = re.sub(r"</summary>.*?</details>", "</summary></details>", main, flags=re.DOTALL)
    main = re.sub(r'<p class="print-only.*?</p>', "", main, flags=re.DOTALL)
    main = re.sub(r'<span class="visually-hidden">.*?</span>', "", main, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", main)).split()


@pytest.mark.parametrize("who", ["visitor", "member", "agreed", "renewal"])
def test_p_03_the_page_before_leaving_is_short(
    client: Client, alice_client: Client, plan: Plan, stub: StubPlan, who: str
) -> None:
    """With the address of the sign-in known, which makes it longest; what is folded says the rest."""
    address, browser = HERE, client if who == "visitor" else alice_client
    if who == "agreed":
        leave(alice_client, plan)
    elif who == "renewal":
        address = f"{HERE}?connection={connect(alice_client, plan, stub).pk}"
    Plan.objects.filter(pk=plan.pk).update(authorize_url="https://login.harborlight.example.com/authorize")
    for language, most in MOST.items():
        text = browser.get(address, headers={"Accept-Language": language}).content.decode()
        assert f'lang="{language}"' in text
        words = visible(text)
        assert len(words) <= most, f"{len(words)}: {' '.join(words)}"
        assert {"en": "or the plan lets you see", "es": "o el plan le permite a usted ver"}[
            language
        ] in text, "folded"
        told = " ".join(words)
        for fact in {
            "en": (
                "while the permission lasts",
                "sensitive",
                "HIPAA",
                "Federal Trade Commission",
                "sold",
                "erase",
                "password",
            ),
            "es": ("HIPAA", "contraseña"),
        }[language]:
            assert fact in told, fact
