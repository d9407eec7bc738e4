"""Clinical records that no plan is asked for: whatever type one is of, it is told in plain words."""

from typing import Any

import pytest

from apps.fhir.bundles import read_resource
from apps.kinds.care.entry import UNCLEAR, entry_of
from apps.kinds.care.kind import ELSE, LISTED
from apps.kinds.care.sent import opened
from apps.records import kinds
from apps.sync.record_subject import is_about_another
from config.fhir_types import CLINICAL, fhir_types
from tests.care.given import PATIENT, assert_says, coded, concept, read, sent
from tests.care.test_seldom_sent import named
from tests.care.test_shared_sets import encoded

UNASKED = [name for name, known in fhir_types(CLINICAL).items() if known.role == "unasked"]
ALICE = {"actor": PATIENT}
_OF_A_PATIENT = ("Consent", "ImmunizationEvaluation", "MolecularSequence", "VisionPrescription")


def about(name: str, whom: dict[str, Any], **elements: Any) -> dict[str, Any]:
    """Return a record that names *whom* where its type does."""
    places: dict[str, dict[str, Any]] = {
        "Task": {"for": whom},
        "Appointment": {"participant": [{"actor": named("Dr. Ruiz")}, {"actor": whom}]},
        "AppointmentResponse": {"actor": whom},
        "ResearchSubject": {"individual": whom},
        **{key: {"patient": whom} for key in _OF_A_PATIENT},
    }
    return sent(name, **({"subject": None} | places.get(name, {"subject": whom}) | elements))


SAID: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "a task: what for, by when, what it was given": (
        about(
            "Task",
            PATIENT,
            status="in-progress",
            intent="order",
            code=concept("Call back"),
            description="Ask about the rash",
            priority="urgent",
            authoredOn="2026-03-01",
            restriction={"period": {"end": "2026-03-09"}},
            owner=named("Nurse Ito"),
            businessStatus=concept("Waiting for a line"),
            input=[{"type": concept("Telephone"), "valueString": "in the morning"}],
        ),
        (
            *("Call back, March 1, 2026.", "What it says: Ask about the rash", "How urgent: urgent"),
            *("To be done by: until March 9, 2026", "By: Nurse Ito", "Telephone | in the morning"),
            "Current status: Waiting for a line",
        ),
        ("name not shared", "Status"),
    ),
    "an appointment: when, with whom, and not with oneself": (
        sent(
            "Appointment",
            subject=None,
            status="booked",
            serviceType=[concept("Eye exam")],
            start="2026-12-01T10:30:00-05:00",
            end="2026-12-01T11:00:00-05:00",
            created="2026-11-01",
            comment="Bring your glasses",
            participant=[{"actor": {**PATIENT, "display": "Alice"}}, {"actor": named("Dr. Ruiz")}],
        ),
        (
            *("Eye exam, December 1, 2026.", "Time: 10:30 a.m. to 11 a.m.", "With: Dr. Ruiz"),
            "What it says: Bring your glasses",
        ),
        ("Alice", "Status"),
    ),
    "an appointment to which nobody came": (
        about("Appointment", PATIENT, status="noshow", start="2026-02-01T00:00:00Z"),
        ("Did not happen: Appointment",),
        ("Time",),
    ),
    "an answer to an appointment": (
        about("AppointmentResponse", PATIENT, status=None, participantStatus="declined", comment="Ill"),
        ("Answer to an appointment.", "Current status: declined", "What it says: Ill"),
        ("name not shared",),
    ),
    "a consent: of what kind, and what it allows": (
        about(
            "Consent",
            PATIENT,
            status="active",
            scope=concept("Privacy"),
            category=[concept("Release of information")],
            dateTime="2026-01-05",
            organization=[named("Riverside Clinic")],
            provision={"type": "deny", "period": {"start": "2026-01-05", "end": "2027-01-04"}},
        ),
        (
            *("Release of information, January 5, 2026.", "What it says: it is not allowed"),
            *("Valid: January 5, 2026 to January 4, 2027", "At: Riverside Clinic", "Kind: Privacy"),
        ),
        (),
    ),
    "glasses: each eye with its numbers": (
        about(
            "VisionPrescription",
            PATIENT,
            status="active",
            dateWritten="2026-04-02",
            prescriber=named("Dr. Lens"),
            lensSpecification=[
                {"eye": "right", "sphere": -2.0, "cylinder": -0.5, "axis": 180, "product": concept("Lens")},
                {"eye": "left", "sphere": -1.75},
            ],
        ),
        (
            *(
                "Glasses or contact lenses, April 2, 2026.",
                "Right eye | sphere -2.0, cylinder -0.5, axis 180",
            ),
            *("Left eye | sphere -1.75", "Asked for by: Dr. Lens"),
        ),
        ("name not shared",),
    ),
    "advice of a system": (
        about("GuidanceResponse", PATIENT, status="success", moduleCodeableConcept=concept("Flu check")),
        ("Flu check.",),
        ("Status", "success"),
    ),
    "whether a dose counts": (
        about(
            "ImmunizationEvaluation",
            PATIENT,
            status="completed",
            targetDisease=concept("Measles"),
            doseStatus=concept("Not valid"),
            doseStatusReason=[concept("Too early")],
            doseNumberPositiveInt=1,
            seriesDosesPositiveInt=2,
        ),
        ("Measles.", "Current status: Not valid", "Reason for this status: Too early", "Dose: 1 of 2"),
        (),
    ),
    "a document by its sections": (
        about(
            "Composition",
            PATIENT,
            title="Discharge summary",
            section=[
                {
                    "title": "Plan",
                    "text": {"status": "generated", "div": "<div>Rest<script>x()</script></div>"},
                    "section": [{"title": "Diet", "emptyReason": concept("Nothing to say")}],
                }
            ],
        ),
        ("Discharge summary.", "Plan | Rest", "Diet | Nothing to say"),
        ("x()",),
    ),
    "a set of orders": (
        about("RequestGroup", PATIENT, status="active", code=concept("Knee"), action=[{"title": "X-ray"}]),
        ("Knee.", "X-ray | no details sent"),
        (),
    ),
    "supplies, which are for nobody in R4": (
        sent("SupplyRequest", subject=None, itemCodeableConcept=concept("Gauze"), quantity={"value": 3}),
        ("Gauze.", "Amount: 3"),
        (),
    ),
}


@pytest.mark.parametrize(("tree", "told", "never"), SAID.values(), ids=SAID)
def test_a_record_nobody_asked_for_is_told_in_plain_words(
    tree: dict[str, Any], told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    assert_says(tree, told, never)


@pytest.mark.parametrize("name", UNASKED)
def test_whatever_its_type_it_is_hers_and_listed_and_another_patients_is_refused(name: str) -> None:
    """An appointment names who takes part, a task whom it is for: a stranger's was taken for the member's."""
    mine, strangers = about(name, PATIENT), about(name, {"reference": "https://x.example/Patient/2"})
    assert kinds.opened(name, encoded(mine)).kind is ELSE and ELSE in LISTED
    assert not is_about_another(read_resource(encoded(mine)), patient_id="1")
    assert is_about_another(read_resource(encoded(strangers)), patient_id="1")
    if name != "SupplyRequest":
        assert (
            opened(encoded(about(name, named("Somebody else") | {"type": "Group"}))).kept_apart == "another"
        )


@pytest.mark.parametrize("name", ["Task", "Composition", "Communication"])
def test_what_no_reader_knows_may_be_of_care_that_is_hidden(name: str) -> None:
    """Its words are free: a message about a clinic stood in sight while that care was folded."""
    assert UNCLEAR in entry_of(read(about(name, PATIENT))[1]).categories


@pytest.mark.parametrize("broken", [5, {}, {"actor": 7}, {"actor": []}, None])
def test_nothing_broken_among_who_takes_part_hides_a_stranger(broken: Any) -> None:
    stranger = {"actor": {"reference": "Patient/2"}}
    for parts in ([broken, stranger], [stranger, ALICE, broken]):
        resource = read_resource(encoded(sent("Appointment", subject=None, participant=parts)))
        assert is_about_another(resource, patient_id="1"), parts
        assert is_about_another(read_resource(escaped(resource.body)), patient_id="1"), parts
    alone = read_resource(encoded(sent("Appointment", subject=None, participant=stranger)))
    assert is_about_another(alone, patient_id="1"), "one stands where a list belongs"


def escaped(body: bytes) -> bytes:
    """Return the same JSON, a name in it written in escapes (RFC 8259 section 7)."""
    return body.replace(b'"actor"', b'"\\u0061ctor"')


def test_what_names_none_of_those_who_take_part_as_a_patient_is_not_hers() -> None:
    tree = sent("Appointment", subject=None, participant=[{"actor": named("Dr. Ruiz")}])
    assert opened(encoded(tree)).kept_apart == "another"
    assert read(tree | {"participant": [ALICE]})[0] is ELSE


@pytest.mark.parametrize(
    ("category", "words"),
    [("laboratory", "from March 1, 2026, end not sent"), ("social-history", "since March 1, 2026")],
)
def test_a_result_that_is_final_is_over_and_an_answer_may_hold(category: str, words: str) -> None:
    """A blood count whose period had no end read "since March 1", as if it were being measured still."""
    tree = sent(
        "Observation",
        category=[coded(category)],
        code=concept("Count"),
        valueString="3",
        effectivePeriod={"start": "2026-03-01"},
    )
    assert_says(tree, [words], ["since"] if category == "laboratory" else ["not sent"])
