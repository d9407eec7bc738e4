"""Parts of a line: each is told on its line, with what was sent of it, and in no sum."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.entry import care_of, words_of
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.also_sent import rows
from tests.claims.made import amounts, concept, line, money, stating
from tests.claims.systems import CPT, INFO, NDC

SALT = "00264780020"
LITERAL = concept(("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBCompoundLiteral", "compound"))
MIXED = {"category": concept((INFO, "compoundcode")), "code": concept(("https://ncpdp.org/x", "2"))}


def part(code: str = "", system: str = NDC, figures: str = "", **more: Any) -> dict[str, Any]:
    sent = {"productOrService": concept((system, code))} if code else {}
    return sent | ({"adjudication": money(figures)} if figures else {}) | more


def of(what: dict[str, Any], *parts: dict[str, Any], kind: str = "pharmacy", **changes: Any) -> ClaimRecord:
    item = line(1, *money("submitted 95, benefit 75, copay 20"), productOrService=what, detail=[*parts])
    return stating("submitted 95, benefit 75, copay 20", kind=kind, item=[item], **changes)


def told(record: ClaimRecord) -> tuple[str, ...]:
    return wording.story(record).lines[0].parts


def test_ingredients_stand_on_their_line_with_what_was_sent_of_each() -> None:
    """1.13: amounts stood as "part of line 1", nobody knew of which, and a part of a part nowhere."""
    inner = part(figures="submitted 12", productOrService={"text": "Ketoprofen powder"})
    bought = part(SALT, figures="submitted 40", quantity={"value": 50, "unit": "ML"}, subDetail=[inner])
    record = of(LITERAL, bought, part("00000000001"), part(net={"value": 3}))
    assert told(record) == (
        f"Ingredient: Sodium chloride (Injectable) (NDC {SALT}), 50 mL, Billed amount: $40.00",
        "Of which: Ketoprofen powder, Billed amount: $12.00",
        "Ingredient: Drug number (NDC) 00000000001",
    )
    assert [(row.label, row.value, row.where) for row in rows(record)] == [
        ("Line total", "$3.00", "part of line 1")
    ]
    assert amounts(record)["billed"] == "95"


@pytest.mark.parametrize("number", ["00000000001", SALT])
def test_a_plan_that_sends_carins_code_of_a_compound_says_that_the_pharmacy_mixed_it(number: str) -> None:
    """1.13: it was told as the drug whose number stands first, and "Compound: Code 2"."""
    first = concept((NDC, number))
    record = of(first, part(number), part("00054017613"), supportingInfo=[MIXED])
    shown = wording.story(record)
    assert shown.title == "Prescription: Drug mixed by the pharmacy"
    assert dict(shown.drug)["Drug"] == "Drug mixed by the pharmacy"
    assert next(words for box, _question, words in shown.checklist if box == "services") == (
        "Drug mixed by the pharmacy"
    )
    assert dict(shown.more)["Compound"] == "Mixed by the pharmacy (2)"
    assert [text.partition(":")[0] for text in told(record)] == ["Ingredient", "Ingredient"]
    assert told(of(first, part(number))) == (), "a part that says what its line says"


def test_a_plan_whose_own_word_says_not_a_compound_is_not_told_that_the_pharmacy_mixed_it() -> None:
    """1.13: its word stood nowhere; the page and its title said "Mixed by the pharmacy (2)"."""
    denied = {
        "coding": [
            *MIXED["code"]["coding"],
            {"system": "https://bluebutton.cms.gov/x", "code": "2", "display": "Not a compound"},
        ]
    }
    shown = wording.story(of(concept((NDC, SALT)), supportingInfo=[MIXED | {"code": denied}]))
    assert "mixed" not in f"{shown.title} {shown.drug}".lower()
    assert dict(shown.more)["Compound"] == "Not a compound (2)"


def test_only_the_line_that_the_pharmacy_mixed_has_ingredients() -> None:
    """1.13: "Ingredient: Procedure", of the line of a service beside the drug."""
    mixed = line(1, *money("submitted 95"), productOrService=LITERAL, detail=[part(SALT)])
    service = line(
        2, *money("submitted 5"), productOrService=concept((CPT, "96372")), detail=[part("59425", CPT)]
    )
    rows_told = wording.story(stating("submitted 100", kind="pharmacy", item=[mixed, service])).lines
    assert [text.partition(":")[0] for row in rows_told for text in row.parts] == ["Ingredient", "In detail"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (part(SALT, quantity={"value": 5, "unit": "ML"}), f"Sodium chloride (Injectable) (NDC {SALT}), 5 mL"),
        (part("59425", CPT, "benefit 9"), "Procedure (CPT 59425), Paid by your plan: $9.00"),
        (part(figures="benefit 9"), "Your plan did not say what this was, Paid by your plan: $9.00"),
    ],
)
def test_parts_of_what_is_no_mixture_are_told_as_the_line_in_detail(sent: dict[str, Any], words: str) -> None:
    """1.13: Medicare's medicine given by a doctor has the number of the drug in such a part."""
    assert told(of(concept((CPT, "96372")), sent, kind="professional")) == (f"In detail: {words}",)


def test_a_claim_is_found_by_a_part_and_as_private_as_that() -> None:
    record = of(concept((CPT, "96372")), part("00054017613"), kind="professional")
    plain = of(concept((CPT, "96372")), kind="professional")
    assert "00054017613" in words_of(record)
    assert care_of(record, words_of(record)) > care_of(plain, words_of(plain))
