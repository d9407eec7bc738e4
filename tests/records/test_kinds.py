"""A kind is one value: one that a test brings is mirrored, read, held, searched, versioned and twinned."""

import pytest
from django.conf import LazySettings

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.fhir.tolerant import Unreadable
from apps.kinds.claim import choices
from apps.kinds.claim.query import Term
from apps.records import holdings, kinds
from apps.records.entries import UNDATED
from apps.records.models import Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, an_eob, held, leave, save
from tests.records import toy
from tests.records.toy import GLASSES, Glasses, sent


def shelved(member: Member) -> list[Held]:  # type: ignore[type-arg]
    return Library(member, box_for(member)).held(GLASSES)


def lenses(member: Member) -> list[str]:
    return [GLASSES.open_brief(glasses.entry.brief).lens for glasses in shelved(member)]


@pytest.mark.usefixtures("with_glasses")
def test_a_new_kind_is_mirrored_held_summed_and_read_whole(connection: Connection) -> None:
    member = connection.member
    names = {"Organization/7": "Clear Sight"}
    save(connection, sent("a"), sent("b", written="2025-01-01", lens="Single"), an_eob(1), names=names)
    assert lenses(member) == ["Progressive", "Single"]
    library = Library(member, box_for(member))
    assert [(volume.year, volume.summary, volume.entries) for volume in library.volumes(GLASSES)] == [
        (2026, 1, 1), (2025, 1, 1),
    ]  # fmt: skip
    row = Record.objects.get(pk=shelved(member)[0].id)
    assert original(row, library.box, GLASSES) == Glasses(
        "a", "Clear Sight", "Progressive", shelved(member)[0].entry.on
    )
    assert len(held(member)) == 1
    assert (2, ("prescription", "prescriptions")) in holdings.counted([connection])


@pytest.mark.usefixtures("with_glasses")
def test_a_new_kind_is_found_by_its_words_and_by_names_that_come_later(connection: Connection) -> None:
    save(connection, sent("a"))
    [before] = shelved(connection.member)
    assert before.entry.words == "progressive"
    save(connection, names={"Organization/7": "Óptica Río"})
    [after] = shelved(connection.member)
    assert (after.id, after.entry.words) == (before.id, "optica rio progressive")
    for words, fitting in ((("rio", "progressive"), [after]), (("rio", "single"), [])):
        assert list(choices.matches([after], choices.Wanted(terms=tuple(map(Term, words))))) == fitting


@pytest.mark.usefixtures("with_glasses")
def test_a_new_kind_has_versions_and_what_is_gone_counts_no_more(connection: Connection) -> None:
    save(connection, sent("a"))
    save(connection, sent("b", written="2027-01-01", replaces="a"))
    newer, older = shelved(connection.member)
    assert (newer.entry.is_current, older.entry.is_current) == (True, False)
    assert newer.entry.chain == older.entry.chain is not None
    leave(connection, Record.objects.get(pk=newer.id))
    newer, older = shelved(connection.member)
    assert (newer.entry.is_gone, older.entry.is_current) == (True, True)


@pytest.mark.usefixtures("with_glasses")
def test_one_that_came_through_two_connections_is_shown_once(connection: Connection) -> None:
    other = a_connection(connection.member, plan="Other Plan", days=1)
    save(connection, sent("a"))
    save(other, sent("a"), sent("b"))
    library = Library(connection.member, box_for(connection.member))
    [mine] = [glasses for glasses in library.held(GLASSES) if glasses.plan == connection.pk]
    theirs = [glasses.twin_of for glasses in library.held(GLASSES) if glasses.plan == other.pk]
    assert mine.twin_of is None
    assert sorted(theirs, key=str) == sorted([None, mine.id], key=str)
    assert sorted((volume.summary, volume.twins) for volume in library.volumes(GLASSES)) == [(1, 0), (1, 1)]


@pytest.mark.usefixtures("with_glasses")
@pytest.mark.parametrize("mistake", toy.MISTAKES)
def test_a_reader_that_raises_for_one_record_costs_that_record(
    connection: Connection, caplog: pytest.LogCaptureFixture, mistake: str
) -> None:
    """And is told to operators, whatever it raises: that of a text which opened was told to nobody."""
    save(connection, sent("a"), sent("b", lens=mistake), an_eob(1))
    whole, closed = shelved(connection.member)
    assert (whole.entry.is_unreadable, closed.entry.is_unreadable) == (False, True)
    row = Record.objects.get(pk=closed.id)
    assert f"{row} could not be read" in caplog.text
    caplog.clear()
    assert original(row, box_for(connection.member), GLASSES) is None
    assert f"{row} could not be read" in caplog.text
    assert len(held(connection.member)) == 1
    save(connection, sent("b", lens="Mended"))
    assert sorted(lenses(connection.member)) == ["Mended", "Progressive"]


@pytest.mark.usefixtures("with_glasses")
def test_a_record_that_cannot_be_read_is_listed_as_that_until_it_can(connection: Connection) -> None:
    save(connection, sent("a", lens=7))
    [closed] = shelved(connection.member)
    assert (closed.entry.is_unreadable, closed.entry.on) == (True, UNDATED)
    assert Library(connection.member, box_for(connection.member)).unreadable(GLASSES) == 1
    save(connection, sent("a"))
    assert lenses(connection.member) == ["Progressive"]
    save(connection, sent("a", lens=7))  # what was sent before still can
    assert lenses(connection.member) == ["Progressive"]
    row = Record.objects.get(pk=closed.id)
    assert original(row, box_for(connection.member), GLASSES).lens == "Progressive"


@pytest.mark.usefixtures("with_glasses")
def test_a_changed_version_of_a_kind_makes_its_books_again(
    connection: Connection, settings: LazySettings
) -> None:
    save(connection, sent("a"), an_eob(1))
    ids = [glasses.id for glasses in shelved(connection.member)]
    settings.RECORD_KINDS = [*settings.RECORD_KINDS[:-1], "tests.records.toy.READ_AGAIN"]
    assert lenses(connection.member) == ["Progressive II"]
    assert [glasses.id for glasses in shelved(connection.member)] == ids
    assert len(held(connection.member)) == 1


@pytest.mark.usefixtures("with_glasses")
def test_a_summary_of_another_layout_makes_books_again(
    connection: Connection, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever forgot to raise the version breaks no page."""
    save(connection, sent("a"))
    settings.RECORD_KINDS = [*settings.RECORD_KINDS[:-1], "tests.records.toy.SUMMED_OTHERWISE"]
    library = Library(connection.member, box_for(connection.member))
    assert [volume.summary for volume in library.volumes(toy.SUMMED_OTHERWISE)] == ["1"]
    assert "made again" in caplog.text


def test_what_no_kind_reads_is_not_kept_and_names_itself_unreadable(connection: Connection) -> None:
    save(connection, sent("a"), an_eob(1))
    assert [row.fhir_type for row in connection.records.all()] == ["ExplanationOfBenefit"]
    for fhir_type in ("EnrollmentRequest", "Patient"):
        with pytest.raises(Unreadable):
            kinds.opened(fhir_type, b"{}")


@pytest.mark.usefixtures("with_glasses")
def test_kinds_are_told_by_type_and_by_name() -> None:
    assert kinds.named("glasses") is GLASSES
    assert [kind.name for kind in kinds.of_type("ExplanationOfBenefit")] == ["claim", "approval"]
    assert kinds.kept_types() & kinds.shelved_types() > {"EnrollmentRequest"}
    assert "Organization" not in kinds.told_types()


def test_the_shelf_of_a_kind_says_its_name_to_nobody(alice: Member, bob: Member) -> None:
    assert GLASSES.shelf(box_for(alice)) != GLASSES.shelf(box_for(bob))
    assert b"glasses" not in GLASSES.shelf(box_for(alice))
