"""The one row of the listing and its rules."""

import pytest
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
