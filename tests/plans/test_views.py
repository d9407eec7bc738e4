"""The plan picker as a visitor and as a member meet it, without JavaScript first."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.plans import missing_plans
from apps.plans.missing_plans import MissingPlan
from apps.plans.models import Plan
from apps.plans.views import ROWS
from tests.plans.conftest import make
from tests.registered import registered


def page(client: Client, address: str = "/plans/", **headers: Any) -> str:
    response = client.get(address, **headers)
    assert response.status_code == 200
    return response.content.decode()


def names(html: str) -> list[str]:
    """The plan names in the order of the list."""
    return re.findall(r'class="row__title"><a[^>]*>([^<]*)</a>', html)


def test_a_visitor_finds_a_plan_by_name_state_and_kind(client: Client, plan: Plan) -> None:
    make("acme", name="Acme Dental", states=["OH"], lines_of_business=["dental"])
    assert names(page(client)) == ["Riverside Health", "Acme Dental"]
    assert names(page(client, "/plans/?q=acme")) == ["Acme Dental"]
    assert names(page(client, "/plans/?state=OR")) == ["Riverside Health"]
    assert names(page(client, "/plans/?kind=dental")) == ["Acme Dental"]
    assert names(page(client, "/plans/?q=health&state=OR&kind=marketplace")) == ["Riverside Health"]
    html = page(client, "/plans/?q=acme&state=OR")
    assert "No plan fits." in html
    assert "Show all plans" in html


def test_the_form_is_a_plain_get_form_with_labels_and_a_button(client: Client, plan: Plan) -> None:
    html = page(client, "/plans/?q=river&state=OR")
    assert re.search(r'<form[^>]*method="get"[^>]*action="/plans/"', html)
    for name in ("q", "state", "kind"):
        assert f'<label for="id_{name}"' in html
        assert f'name="{name}"' in html
    assert re.search(r"<button[^>]*>", html.split("</form>")[0])
    assert 'value="river"' in html
    assert '<option value="OR" selected>Oregon</option>' in html
    assert "onclick" not in html
    assert "<script>" not in html


def test_htmx_gets_the_results_alone_from_the_same_address(client: Client, plan: Plan) -> None:
    response = client.get("/plans/?q=river", headers={"HX-Request": "true"})
    html = response.content.decode()
    assert names(html) == ["Riverside Health"]
    assert "<html" not in html
    assert html.strip().startswith('<section id="results"')
    assert html.strip().endswith('<p id="plans-said" hx-swap-oob="innerHTML">1 plan</p>')
    assert "role=" not in html, "what is told aloud stays in its place, and its words alone are put in"
    assert "HX-Request" in response["Vary"]
    assert "HX-Request" in client.get("/plans/")["Vary"]


def test_a_directory_without_plans_says_so(client: Client, db: None) -> None:
    assert "no plans here yet" in page(client)


def test_states_stand_in_the_order_of_their_spanish_names(client: Client, plan: Plan) -> None:
    names = re.findall(
        r"<option[^>]*>\s*([^<]*)<", client.get("/plans/", HTTP_ACCEPT_LANGUAGE="es").content.decode()
    )
    assert names.index("Maryland") < names.index("Míchigan") < names.index("Misisipi")


def test_a_bad_part_of_the_address_is_said_and_left_out(client: Client, plan: Plan) -> None:
    html = page(client, "/plans/?state=ZZ&kind=%00&q=river&page=-4")
    assert names(html) == ["Riverside Health"]
    assert "field__error" in html
    assert names(page(client, "/plans/?q=" + "x" * 101)) == ["Riverside Health"]
    assert names(page(client, "/plans/?q=%00")) == ["Riverside Health"]


def test_many_plans_come_in_pages_that_keep_the_search(client: Client, db: None) -> None:
    for number in range(ROWS + 1):
        make(f"plan-{number:03}", states=["ME"])
    html = page(client, "/plans/?state=ME")
    assert len(names(html)) == ROWS
    assert 'href="?state=ME&amp;page=2"' in html
    assert names(page(client, "/plans/?state=ME&page=2")) == [f"Plan-{ROWS:03}"]


def test_the_number_of_queries_does_not_grow_with_the_list(
    client: Client, db: None, django_assert_num_queries: Any
) -> None:
    for number in range(30):
        make(f"plan-{number}")
    with django_assert_num_queries(3):
        page(client)


def test_names_are_shown_as_text(client: Client, db: None) -> None:
    make(
        "evil",
        name='<script>alert("x")</script>',
        other_names=["<b>"],
        registration=registered("x"),
        website="https://x.example.com/?a=<b>",
    )
    for html in (page(client), page(client, "/plans/?q=<script>"), page(client, "/plans/evil/")):
        assert "<script>alert" not in html
    assert "&lt;script&gt;" in page(client)


def test_unlisted_plans_are_not_found(client: Client, plan: Plan) -> None:
    Plan.objects.update(is_listed=False)
    assert names(page(client)) == []
    assert client.get("/plans/riverside-health/").status_code == 404
    assert client.get("/plans/nobody/").status_code == 404


def test_the_button_leads_everyone_to_the_page_before_leaving(
    client: Client, alice_client: Client, plan: Plan
) -> None:
    for browser in (client, alice_client):
        html = page(browser, "/plans/riverside-health/")
        assert f'href="{reverse("connections:begin", args=["riverside-health"])}"' in html
        assert "Connect this plan" in html
        assert "<form" not in html.split("<main")[1].split("</main>")[0], "a click alone starts nothing"


def test_the_page_names_the_host_of_the_sign_in(alice_client: Client, plan: Plan) -> None:
    html = page(alice_client, "/plans/riverside-health/")
    assert "login.riverside.example.com" in html
    assert "We never see your password" in html


def test_a_plan_that_is_not_open_says_so_and_offers_no_button(alice_client: Client, plan: Plan) -> None:
    for missing in ({"registration": None}, {"registration": registered("x"), "status": "unconfirmed"}):
        Plan.objects.update(**missing)
        html = page(alice_client, "/plans/riverside-health/")
        assert "is not open in Plainclaim yet" in html
        assert "is not ready here" in html and "registered" not in html, "an operator may have done that"
        assert "connections/begin" not in html
    assert "Not open in Plainclaim yet" in page(alice_client)


def test_a_paused_plan_says_that_nothing_is_lost(alice_client: Client, plan: Plan) -> None:
    Plan.objects.update(status="paused")
    html = page(alice_client, "/plans/riverside-health/")
    assert "everything you have here stays" in html
    assert "connections/begin" not in html


def test_members_pages_hold_no_credentials_and_no_jargon(alice_client: Client, plan: Plan) -> None:
    Plan.objects.update(registration=registered("client-id-value"), notes="operator-note")
    for html in (page(alice_client), page(alice_client, "/plans/riverside-health/")):
        for word in ("client-id-value", "operator-note", "FHIR", "EOB", "OAuth"):
            assert word not in html, word


def test_only_reading_is_answered(client: Client, plan: Plan) -> None:
    assert client.post("/plans/").status_code == 405
    assert client.post("/plans/riverside-health/").status_code == 405


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("harborlite", "Basic Harborlight Plus"),
        ("habrorlight", "Basic Harborlight Plus"),
        ("senors", "Harborlight Seniors"),
        ("harborlight", "Harborlight"),
        ("harborlight seniors", "Harborlight Seniors"),
    ],
)
def test_p_01_the_exact_name_is_first_and_a_misspelled_one_is_found(
    client: Client, plan: Plan, typed: str, first: str
) -> None:
    for slug, name in (
        ("a", "Basic Harborlight Plus"),
        ("b", "Harborlight Basic"),
        ("c", "Harborlight Seniors"),
    ):
        make(slug, name=name, registration=registered("x"))
    if typed == "harborlight":
        make("z", name="Harborlight")  # not open yet: its name is the exact one all the same
    listed = names(page(client, f"/plans/?q={typed}"))
    assert listed[0] == first
    assert "Riverside Health" not in listed


def test_p_01_of_names_that_are_like_it_the_nearest_is_first(client: Client, plan: Plan) -> None:
    make("near", name="Marborlight Care", registration=registered("x"))
    make("far", name="Arborlight Care", registration=registered("x"))
    assert names(page(client, "/plans/?q=marborligt")) == ["Marborlight Care", "Arborlight Care"]


def test_a_plan_that_is_not_here_is_asked_for_counted_and_holds_nothing_of_anybody(
    client: Client, plan: Plan
) -> None:
    """What might be a number or an address of the person is not kept."""
    html = page(client, "/plans/?q=zzzz")
    assert 'data-testid="ask-for-plan" open' in html
    assert "No plan fits." in html
    assert "Show all plans" in html
    for name in (
        "Oak Valley Health",
        "OAK  VALLEY health!",
        "me@example.com",
        "Oak 12-34-56",
        "ab",
        "x" * 90,
    ):
        assert client.post("/plans/ask/", {"name": name}).status_code == 302
    assert list(MissingPlan.objects.values_list("name", "times")) == [("oak valley health", 2)]
    kept = {field.name for field in MissingPlan._meta.get_fields()}
    assert kept == {"id", "name", "times", "first_asked_at", "last_asked_at"}
    assert "Only the name is kept, how often it was asked for, and when first and last: nothing" in html


def test_w_18_who_asks_for_made_up_plans_fills_no_list(
    client: Client, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W-18: twenty names an hour from one address, and so many in all; a name that is there counts on."""
    cache.clear()
    numbers = ("one", "two", "three", "four", "five")
    for tens in numbers:
        for ones in numbers:
            client.post("/plans/ask/", {"name": f"made up {tens} {ones}"})
    assert MissingPlan.objects.count() == 20
    monkeypatch.setattr(missing_plans, "MOST_NAMES", 20)
    for name in ("one more", "made up one one"):
        client.post("/plans/ask/", {"name": name}, REMOTE_ADDR="203.0.113.9")
    assert MissingPlan.objects.count() == 20
    assert MissingPlan.objects.get(name="made up one one").times == 2
