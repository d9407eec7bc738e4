"""Answers about concepts are worked out once, and what is remembered stays small."""

from apps.fhir.values import Coding, Concept
from apps.kinds.claim.reading.concepts import LONGEST, MOST, Known


def asked_for() -> tuple[list[Concept | None], Known[str]]:
    """Return what had to be worked out so far, and the answers."""
    asked: list[Concept | None] = []

    def answer(concept: Concept | None) -> str:
        asked.append(concept)
        return concept.coding[0].code or "" if concept else "nothing"

    return asked, Known(answer)


def a_concept(code: str, *, text: str | None = None) -> Concept:
    return Concept((Coding("http://p.example/codes", code, "shown"),), text)


def test_equal_concepts_are_worked_out_once_and_others_each() -> None:
    asked, known = asked_for()
    assert [known[a_concept("a")], known[a_concept("a")], known[None], known[None]] == [
        *("a", "a", "nothing", "nothing")
    ]
    assert known[a_concept("a", text="said")] == "a"
    assert asked == [a_concept("a"), None, a_concept("a", text="said")]


def test_a_long_concept_is_answered_and_not_kept() -> None:
    asked, known = asked_for()
    long = a_concept("a", text="x" * (LONGEST + 1))
    assert known[long] == known[long] == "a"
    assert len(asked) == 2
    assert not known


def test_a_flood_of_concepts_is_answered_and_most_of_it_forgotten() -> None:
    _, known = asked_for()
    for number in range(2 * MOST + 3):
        assert known[a_concept(str(number))] == str(number)
        assert len(known) <= MOST
