"""Editing the listing as an operator."""

from django.test import Client
from django.urls import reverse

from apps.listing.models import AppListing


def test_the_list_leads_to_the_one_row_and_says_what_to_repair(operator: Client) -> None:
    answer = operator.get(reverse("admin:listing_applisting_changelist"), follow=True)
    html = answer.content.decode()
    assert AppListing.objects.count() == 1
    assert "payers refuse it in production" in html
    assert "Claims and approvals in advance: visits, hospital stays" in html


def test_what_the_operator_saves_is_what_payers_read(operator: Client, client: Client) -> None:
    """Who runs the site and who answers stand on the policies, the app's page and in what is registered."""
    address = reverse("admin:listing_applisting_change", args=[AppListing.objects.for_editing().pk])
    shown = operator.get(address).context
    sets = [inline.formset for inline in shown["inline_admin_formsets"]]
    forms = [shown["adminform"].form, *(form for rows in sets for form in (rows.management_form, *rows))]
    filled = {form.add_prefix(name): form[name].value() for form in forms for name in form.fields}
    filled |= {"name": "Lee Claims", "operator": "The Lee family", "privacy_officer": "Nora Lee"}
    filled["privacy_email"] = "nora@lee.org"
    sent = {name: value for name, value in filled.items() if value is not None}
    saved = operator.post(address, sent)
    assert saved.status_code == 302, saved.context["errors"]
    for path in ("/privacy/", "/consumer-health/", "/terms/", "/app/"):
        assert "The Lee family" in client.get(path).content.decode(), path
    assert "Nora Lee answers for this" in client.get("/privacy/").content.decode()
    told = client.get("/app/client-metadata.json").json()
    assert (told["client_name"], told["contacts"]) == ("Lee Claims", ["nora@lee.org"])


def test_the_listing_is_neither_added_twice_nor_deleted(operator: Client) -> None:
    listing = AppListing.objects.for_editing()
    assert operator.get(reverse("admin:listing_applisting_add")).status_code == 403
    assert operator.get(reverse("admin:listing_applisting_delete", args=[listing.pk])).status_code == 403
