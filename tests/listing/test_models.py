"""The one row of the listing and its rules."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.listing import published
from apps.listing.models import AccessedData, AppListing

pytestmark = pytest.mark.django_db


def test_there_are_words_before_anyone_has_written_any() -> None:
    listing = AppListing.objects.current()
    assert listing.name == "Plainclaim"
    assert not AppListing.objects.exists()


def test_there_can_be_only_one_row() -> None:
    AppListing.objects.for_editing()
    with pytest.raises(IntegrityError), transaction.atomic():
        AppListing.objects.create(pk=2)


def test_the_first_edit_starts_from_the_words_the_software_came_with() -> None:
    listing = AppListing.objects.for_editing()
    assert AppListing.objects.for_editing() == listing
    assert [kind.what for kind in listing.accessed.all()] == [kind.what for kind in published.accessed()]
    assert AccessedData.objects.count() == len(published.accessed())


def test_a_listing_of_the_release_before_names_what_is_read_since() -> None:
    """Its rows lacked types that are read now, and whole kinds; what an operator wrote of others stays."""
    listing = AppListing.objects.for_editing()
    made = {row.what: (row.fhir_types, row.why) for row in listing.accessed.all()}
    others = "Other clinical records your plan may share"
    listing.accessed.filter(what=others).update(fhir_types="List, Flag")
    listing.accessed.filter(fhir_types="Provenance").delete()
    listing.accessed.filter(fhir_types="Specimen").update(what="Samples, in our words")
    mine = "ExplanationOfBenefit, Claim"
    listing.accessed.filter(fhir_types="ExplanationOfBenefit").update(fhir_types=mine)
    import_module("apps.listing.migrations.0009_types_that_come_along").name_them(apps, None)
    told = {row.what: (row.fhir_types, row.why) for row in listing.accessed.all()}
    assert told[others] == made[others] and "Task" in told[others][0]
    assert "Provenance" in {types for types, _why in told.values()}
    assert [types for types, _why in told.values()].count("Specimen") == 1
    assert mine in {types for types, _why in told.values()}
    assert len(told) == len(made)


def test_a_listing_of_the_release_before_says_what_is_a_promise() -> None:
    listing = AppListing.objects.for_editing()
    step = import_module("apps.listing.migrations.0010_promises_named")
    assert step.NEW in listing.description
    AppListing.objects.update(description=f"Ours, run by the Lees. {step.OLD}")
    changed = listing.accessed.filter(why=step.NEW_WHY).update(why=step.OLD_WHY)
    step.mend(apps, None)
    assert AppListing.objects.current().description == f"Ours, run by the Lees. {step.NEW}"
    assert listing.accessed.filter(why=step.NEW_WHY).count() == changed > 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Plainclaim™"),
        ("description", "<b>bold</b>"),
        ("description", "x" * 1001),
        ("website", "http://plainclaim.example/"),
        ("website", f"https://plainclaim.example/{'x' * 486}"),
        ("support_url", "ftp://plainclaim.example/"),
        ("support_phone", "call us any time!"),
        ("support_phone", "555 0100 555 01005"),
        ("support_email", "nobody"),
    ],
)
def test_what_a_payer_would_refuse_is_refused_here(field: str, value: str) -> None:
    """Each by one sign or scheme too much: 513 of an address, 18 of a telephone, 1001 of a description."""
    listing = AppListing(**{field: value})
    with pytest.raises(ValidationError) as caught:
        listing.full_clean()
    assert list(caught.value.message_dict) == [field]


def test_the_words_the_software_comes_with_pass_their_own_rules() -> None:
    AppListing().full_clean()
