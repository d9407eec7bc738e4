"""Claims told in Spanish: what records keep in English is put in the reader's language where it is shown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from apps.accounts.models import Member
from apps.kinds.approval.wording import page
from apps.kinds.claim import wording
from apps.kinds.claim.reading import concepts, figures
from apps.kinds.claim.reading import lines as read_lines
from apps.kinds.claim.records import ClaimRecord, Coded, Fact, Reason
from apps.kinds.claim.wording import also_sent, codes, denials
from apps.kinds.claim.wording.vocabulary import NAMED, STATES
from apps.plain_language.dates import span_words
from apps.plain_language.free_words import measured
from apps.plain_language.language import _
from apps.plain_language.theirs import translated
from tests.claims import made
from tests.claims.given import a_claim
from tests.claims.made import balance, claim, concept, line, reading, stating
from tests.claims.made_kinds import at
from tests.claims.systems import CPT, HCPCS
from tests.claims.telling import ALL
from tests.claims.test_approvals import TODAY, asked
from tests.claims.test_history import change, with_money

pytestmark = pytest.mark.usefixtures("spanish")

LABELS = (
    *(*concepts.LABELS.values(), *read_lines.LISTED.values(), figures.LINE_TOTAL),
    *("Payment of the claim", "Payment of several claims", "Change of the payment", "Taken off the bill"),
    *("Paid to the provider and to you", "Above your plan's price", "Rest of your share"),
    "Your share, from the lines that state it",
)
"""What records call their figures, in English."""


OF_THE_PLAN = (
    *("Bandage", "Splint", "Scan of the knee", "Ask your provider to request approval in advance."),
    *("Visit at the office, twenty minutes", "Physiotherapy for the shoulder", "Massage of the shoulder"),
    *("Metformin (Oral Pill) or Metformin XR (Oral Pill)", "Metformin XR"),
    *("Metformin 500 mg tablet (bottle)", "Metformin 500 mg tablet", "Metformin", "Picture of the knee"),
    *("Acute upper respiratory infection, unspecified", "Sent back to the provider", "compound"),
)
"""What plans and lists without free Spanish words wrote themselves: it stays as it is."""


NAMES = (
    *("Riverside Clinic", "Harborlight Health", "City Ambulance", "Corner Pharmacy", "Harbor Hospital"),
    *("Clear Sight", "Bay Laboratory", "Hillside Imaging", "Dr. Sam Reed", "Kim Park, PT", "Ana Lopez, MD"),
    *("Medicare", "Plan", "IGNORED_FIELD"),
)

CODE = re.compile(r"\b(?:CPT|CDT|HCPCS|NDC|NPI|CLM|CAD|EUR)[ -][\w.]+")
WORD = re.compile(r"[^\W\d_]{2,}")


def said_in(value: object) -> Iterator[str]:
    """Yield every text of a story."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from said_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from said_in(one)


def spoken(record: ClaimRecord) -> set[str]:
    """Return every text of a claim's story and of its row that has words in it, without names."""
    story = asdict(wording.story(record))
    shown = {**story, "checklist": [texts for _box, *texts in story["checklist"]]}
    # Official words of codes are English: the page says so, to readers and to their screen readers.
    shown["lines"] = [{**line, "official": ""} for line in story["lines"]]
    unsaid = {"testid": "", "style": "", "term": "", "span": None}
    rows = [row | unsaid for row in shown.pop("receipt")]
    badge = (shown.pop("badge") or {}).get("words", "")
    doubt = (shown.pop("doubt") or {}).get("words", "")
    found = {badge, doubt, *said_in([shown, rows]), *said_in(_row(record))}
    return {text for text in found if WORD.search(_without_names(text))}


def _row(record: ClaimRecord) -> dict[str, Any]:
    return {**asdict(wording.row(record)), "badge_kind": ""}


def _without_names(text: str) -> str:
    for name in (*NAMES, *OF_THE_PLAN):
        text = text.replace(name, "")
    return CODE.sub("", text)


def test_no_text_of_a_story_is_the_same_in_english() -> None:
    for name, sent in ALL.items():
        record = reading(sent)
        spanish = spoken(record)
        with translation.override("en"):
            english = spoken(record)
        assert sorted(spanish & english) == [], name


@pytest.mark.parametrize("label", LABELS)
def test_labels_of_figures_are_translated_where_they_are_shown(label: str) -> None:
    assert translated(label) != label


def test_what_our_tables_say_of_codes_is_translated_where_it_is_shown() -> None:
    assert codes.service_words(Coded(code="73721", system="CPT")) == "Imágenes médicas"
    assert (
        also_sent.value_words(Fact("nch_ptnt_stus_ind_cd", "A", None, is_detail=True))
        == "Se le dio de alta (A)"
    )
    reason = Reason(code="29", kind="adjustment", group="PR")
    assert denials.reason_words(reason) == (
        "La reclamación llegó a su plan fuera de plazo. "
        "Su plan pone esta parte a cargo de usted. (Código PR 29)"
    )
    line = wording.story(reading(claim(item=[made.line(1, **at("20"))]))).lines[0]
    assert "Centro de atención de urgencia" in line.details


def test_reading_stays_english_whatever_language_the_reader_has() -> None:
    record = reading(ALL["medicare-carrier"])
    with translation.override("en"):
        assert record == reading(ALL["medicare-carrier"])
    assert record.money.billed.source is not None
    assert record.money.billed.source.label == "Charges sent in by the provider"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("21 miles", "21 millas"), ("2.5 hours", "2.5 horas"), ("21 leagues", "21 leagues"), ("miles", "miles")],
)
def test_units_are_translated_and_what_is_no_unit_stays(sent: str, shown: str) -> None:
    assert measured(sent) == shown


def test_a_day_and_a_yes_are_put_in_words() -> None:
    facts = wording.story(reading(ALL["ambulance"])).facts
    assert ("Distancia", "21 millas") in facts
    assert (_("yes"), _("no")) == ("sí", "no")


@pytest.mark.parametrize(
    ("what", "title"),
    [
        ("Ambulance ride", "Viaje en ambulancia con City Ambulance"),
        ("Nursing facility stay", "Estadía en el centro de enfermería City Ambulance"),
        ("Medical equipment", "Equipo médico, City Ambulance"),
    ],
)
def test_a_name_joins_its_kind_of_care_as_spanish_says_it(what: str, title: str) -> None:
    """ "Viaje en ambulancia en City Ambulance" is what gluing the two gives."""
    text = _(NAMED[what])
    assert text.format(name="City Ambulance") == title
    if what == "Ambulance ride":
        assert wording.title(reading(ALL["ambulance"])) == title


@pytest.mark.parametrize(
    ("record", "answer"),
    [
        (
            asked(decision="approved", quantity=Decimal(3), used=Decimal(2), valid_to="2026-12-31"),
            "Su plan dio la autorización previa. Autorizado: 3; usado: 2; queda: 1. "
            "Fecha límite: 31 de diciembre de 2026.",
        ),
        (
            asked(decision="approved", valid_to="2026-11-24"),
            "Su plan dio la autorización previa, pero ya está vencida. "
            "Fecha límite: 24 de noviembre de 2026 (ya pasó).",
        ),
        (
            asked(decision="approved", quantity=Decimal(90), unit="minutes"),
            "Su plan dio la autorización previa. Autorizado: 90 minutos. "
            "Su plan no compartió cuánto se ha usado.",
        ),
        (
            asked(decision="denied"),
            "Su plan no dio la autorización previa. Usted le puede pedir que lo revise otra vez.",
        ),
        (asked("predetermination"), "Su plan compartió un estimado, pero no cuánto pagaría."),
    ],
)
def test_approvals_are_told_in_spanish(record: ClaimRecord, answer: str) -> None:
    assert page(record, today=TODAY).answer == answer


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (with_money("80"), with_money("53.52"), "Su parte pasó de $80.00 a $53.52."),
        (with_money(), with_money("53.52"), "Antes su plan no compartía su parte. Ahora es $53.52."),
        (
            with_money(decision="denied"),
            with_money(decision="paid"),
            "Antes decía “Negada”. Ahora dice “Su plan pagó”.",
        ),
        (with_money("5"), with_money("5", adjustment="void"), "Su plan anuló la versión anterior."),
    ],
)
def test_versions_are_told_in_spanish(before: ClaimRecord, after: ClaimRecord, sentence: str) -> None:
    assert change(before, after) == sentence


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Hematology (Pathology) Physician", "Hematología"),
        ("INTERNAL MEDICINE", "Medicina interna"),
        ("Obstetrics & Gynecology", "Obstetricia y ginecología"),
        ("Healing by the moon", "Healing by the moon"),
    ],
)
def test_specialties_that_plans_write_alike_are_spanish(sent: str, shown: str) -> None:
    """ "Internal Medicine Physician" stood on Spanish pages."""
    member = {"sequence": 1, "provider": {"display": "Ana Lopez, MD"}, "qualification": {"text": sent}}
    [(_role, told)] = wording.story(reading(claim(careTeam=[member]))).team
    assert told == f"Ana Lopez, MD, {shown}"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("Private", "privado, sin nombre"), ("no_insurance", "Ninguno nombrado (“sin seguro”)")],
)
def test_what_stands_in_place_of_a_plan_is_spanish(sent: str, shown: str) -> None:
    """ "private, sin nombre"."""
    story = wording.story(reading(claim(insurance=[{"coverage": {"display": sent}}], insurer=None)))
    assert dict(story.facts)["Plan"] == shown


def test_the_place_of_what_we_added_up_begins_with_its_article() -> None:
    added = balance(nch_bene_ptb_ddctbl_amt="112", nch_bene_blood_ddctbl_lblty_am="6")
    told = wording.story(stating("benefit 100, deductible 100", benefitBalance=added))
    assert any("calculado por nosotros" in text and "el saldo" in text for text in told.disagreements)
    assert not any("de el " in text for text in told.disagreements)


def test_why_names_of_codes_are_english_is_told_beside_the_lines_that_have_them(
    alice: Member, alice_client: Client
) -> None:
    """It stood after the procedures, whatever came between the codes and it."""
    item = line(1, productOrService=concept((HCPCS, "J2270")))
    procedure = {"procedureCodeableConcept": {"text": "Removal of a splinter"}, "sequence": 1}
    claimed = a_claim(alice, item=[item], procedure=[procedure])
    alice_client.cookies["django_language"] = "es"
    html = alice_client.get(f"/claims/{claimed.pk}/").content.decode()
    after = html[html.index('id="lines"') :]
    assert 'data-testid="english-note"' in after[: after.index("</section>")]
    assert html.count('data-testid="english-note"') == 1
    alice_client.cookies["django_language"] = "en"
    assert "english-note" not in alice_client.get(f"/claims/{claimed.pk}/").content.decode()


@pytest.mark.usefixtures("spanish")
def test_days_of_one_month_name_it_once_in_spanish() -> None:
    assert span_words("2011-05-23", "2011-05-25") == "23 al 25 de mayo de 2011"
    assert span_words("2011-05-23", "2011-06-02") == "23 de mayo al 2 de junio de 2011"


@pytest.mark.parametrize(
    ("done", "under"), [((CPT, "99213"), "Diagnósticos"), ((HCPCS, "J2270"), "Línea por línea")]
)
def test_why_names_of_codes_are_english_stands_where_they_are(
    alice: Member, alice_client: Client, done: tuple[str, str], under: str
) -> None:
    """In Spanish it stood under "Su plan no dijo qué fue esto", of a diagnosis far below."""
    ill = {"sequence": 1, "diagnosisCodeableConcept": concept(("http://hl7.org/fhir/sid/icd-10-cm", "I10"))}
    shown = a_claim(alice, item=[line(1, productOrService=concept(done))], diagnosis=[ill])
    answer = alice_client.get(f"/claims/{shown.pk}/", headers={"accept-language": "es"})
    before, _note = answer.content.decode().split('data-testid="english-note"')
    assert re.findall(r"<h2[^>]*>\s*(?:<[^>]*>)?\s*([^<]*)", before)[-1].startswith(under)


@pytest.mark.usefixtures("spanish")
def test_badges_that_differ_in_english_differ_in_spanish() -> None:
    """ "Taken back" and "Voided" were both "Anulada"."""
    assert len({_(words) for words, _badge, _icon in STATES.values()}) == len(STATES)
