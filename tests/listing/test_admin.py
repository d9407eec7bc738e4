"""Editing the listing as an operator."""

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from apps.audit.models import AuditEntry
from apps.listing.models import AppListing, SignedAnswer
from tests.conftest import by_passkey


def test_a_button_begins_the_one_row_and_the_list_then_leads_to_it(operator: Client) -> None:
    address = reverse("admin:listing_applisting_changelist")
    first = operator.get(address)
    assert "payers refuse it in production" in first.content.decode()
    assert "Begin with these words" in first.content.decode()
    assert not AppListing.objects.exists(), "a look writes nothing"
    begun = operator.post(address)
    for answer in (begun, operator.get(address), operator.post(address)):
        html = operator.get(answer["Location"]).content.decode()
        assert "payers refuse it in production" in html
        assert "Claims and approvals in advance: visits, hospital stays" in html
    assert AppListing.objects.count() == 1
    noted = AuditEntry.objects.filter(subject="listing.applisting 1")
    assert [entry.action for entry in noted] == ["added"]


def test_who_may_only_look_begins_no_listing(db: None) -> None:
    auditor = Member.objects.create_user("auditor@example.com", "-", is_staff=True)
    auditor.groups.set([Group.objects.get(name="auditor")])
    answer = by_passkey(auditor).post(reverse("admin:listing_applisting_changelist"))
    assert "Begin with these words" not in answer.content.decode()
    assert not AppListing.objects.exists()


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


def test_what_is_signed_says_what_shows_it(operator: Client) -> None:
    address = reverse("admin:listing_signedanswer_add")
    sent = {"questionnaire": "elevance", "question": "Is it sold?", "answer": "No.", "signer": "Olga Ortiz"}
    sent |= {"signed_on": "2026-11-28"}
    assert operator.post(address, sent).context["adminform"].form.errors.keys() == {"evidence"}
    assert operator.post(address, sent | {"evidence": "/privacy/"}).status_code == 302
    assert SignedAnswer.objects.get().evidence == "/privacy/"
