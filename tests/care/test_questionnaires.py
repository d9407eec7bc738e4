"""The same questionnaire, sent as a whole, as a panel and answer by answer: it stands once in a list."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.care.entry import entry_of
from tests.care.given import LOINC, coded, concept, read, sent
from tests.care.test_pages import keep, path_of
from tests.takeaway.given import sure

ASKED = "https://example.org/Questionnaire/phq"
SURVEY = [coded("survey")]
SELF_HARM = "Thoughts of harming yourself"
QUESTION = concept("", (LOINC, "44260-8", SELF_HARM))


def answers(number: int, on: str) -> list[dict[str, Any]]:
    """Return a questionnaire as it is sent three times over: whole, as a panel, and each answer."""
    whole, panel = f"QuestionnaireResponse/whole{number}", f"panel{number}"
    items = [("44255-8", "Feeling down", "Several days"), ("44260-8", SELF_HARM, "Hardly ever so")]
    made = [{"reference": whole}]

    def observation(id_: str, name: dict[str, Any], **elements: Any) -> dict[str, Any]:
        return sent(
            "Observation",
            id=id_,
            category=SURVEY,
            code=name,
            derivedFrom=made,
            effectiveDateTime=on,
            **elements,
        )

    single = [
        observation(f"{panel}-{code}", concept(text, (LOINC, code, "")), valueCodeableConcept=concept(reply))
        for code, text, reply in items
    ]
    members = [{"reference": f"Observation/{item['id']}"} for item in single]
    replies = [
        {"linkId": f"/{code}", "text": text, "answer": [{"valueString": reply}]}
        for code, text, reply in items
    ]
    response = sent(
        "QuestionnaireResponse",
        id=f"whole{number}",
        status="completed",
        questionnaire=f"{ASKED}|1.{number}",
        _questionnaire={
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/display", "valueString": "Mood in two weeks"}
            ]
        },
        authored=on,
        item=[{"linkId": "/1", "text": "Last two weeks", "item": replies}],
    )
    return [response, observation(panel, concept("Panel of mood"), hasMember=members), *single]


def titles(client: Client, path: str) -> list[str]:
    return re.findall(r'row__title">(.*?)</span>', client.get(path).content.decode(), re.S)


def test_a_questionnaire_stands_once_for_each_time_it_was_answered(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, *answers(1, "2026-03-09"), *answers(2, "2025-03-09"))
    for path in ("/care/", "/care/?kind=answer"):
        assert titles(alice_client, path) == ["Panel of mood"] * 2, path
    html = alice_client.get("/care/?kind=answer").content.decode()
    assert "Your plans shared 2 answers." in html
    assert "6 answers that stand in their questionnaires" in html


def test_its_page_has_each_answer_under_its_heading_the_panel_and_the_other_time(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, *answers(1, "2026-03-09"), *answers(2, "2025-03-09"))
    html = alice_client.get(path_of(connection, "QuestionnaireResponse/whole1")).content.decode()
    assert "Last two weeks: Feeling down" in html and "Several days" in html
    made, again = html.index("Made from these answers"), html.index("The same questions at other times")
    assert path_of(connection, "Observation/panel1") in html[made:again]
    assert html.count('data-testid="care-row"') == 2
    assert path_of(connection, "QuestionnaireResponse/whole2") in html[again:]
    panel = alice_client.get(path_of(connection, "Observation/panel1")).content.decode()
    assert path_of(connection, "Observation/panel1-44255-8") in panel


def test_what_was_said_about_harming_oneself_stands_behind_one_tap(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, *answers(1, "2026-03-09"))
    html = alice_client.get(path_of(connection, "QuestionnaireResponse/whole1")).content.decode()
    assert re.search(
        r"<details><summary>Show what was answered</summary>\s*Hardly ever so\s*</details>", html
    )
    panel = alice_client.get(path_of(connection, "Observation/panel1")).content.decode()
    assert SELF_HARM in panel and "Hardly ever so" not in panel
    keep(connection, *answers(1, "2026-03-09")[2:])
    item = alice_client.get(path_of(connection, "Observation/panel1-44260-8")).content.decode()
    assert "Hardly ever so" in item


@pytest.mark.parametrize("left", [slice(1, None), slice(2, None)], ids=["panel", "answers"])
def test_what_the_plan_did_not_send_tells_of_nothing(
    alice_client: Client, connection: Connection, left: slice
) -> None:
    records = answers(1, "2026-03-09")[left]
    keep(connection, *records)
    expected = ["Panel of mood"] if len(records) == 3 else ["Feeling down", SELF_HARM]
    assert sorted(titles(alice_client, "/care/?kind=answer")) == sorted(expected)


def test_without_a_panel_the_answers_stand_in_their_questionnaire(
    alice_client: Client, connection: Connection
) -> None:
    whole, _panel, *single = answers(1, "2026-03-09")
    keep(connection, whole, *single)
    assert titles(alice_client, "/care/?kind=answer") == ["Mood in two weeks"]


def test_answers_that_name_each_other_in_a_circle_are_all_listed(
    alice_client: Client, connection: Connection
) -> None:
    pair = [
        sent(
            "Observation",
            id=own,
            category=SURVEY,
            code=concept(own),
            hasMember=[{"reference": f"Observation/{other}"}],
        )
        for own, other in (("one", "two"), ("two", "one"))
    ]
    keep(connection, *pair)
    assert sorted(titles(alice_client, "/care/?kind=answer")) == ["One", "Two"]


def test_hiding_of_which_care_one_answer_is_hides_the_questionnaire(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    keep(connection, *answers(1, "2026-03-09"))
    browser = sure(alice_client, alice)
    assert browser.post("/hiding/", {"screen-mental": "out"}).status_code == 303
    for path in ("/care/", "/care/?kind=answer"):
        html = browser.get(path).content.decode()
        assert not [
            word for word in ("Mood in", "Panel of mood", "Feeling down", SELF_HARM) if word in html
        ], path


def test_an_answer_about_harming_oneself_is_behind_the_tap_as_a_part_of_a_result_too() -> None:
    part = {"code": QUESTION, "valueString": "Hardly ever so"}
    _kind, record = read(sent("Observation", code=concept("Survey"), component=[part]))
    assert [answer.is_behind_a_tap for answer in record.parts] == [True]


SURVEY = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "survey"}]
}


@pytest.mark.parametrize(
    "tree",
    [
        sent("QuestionnaireResponse", item=[{"linkId": "44260-8", "answer": [{"valueString": "Hardly"}]}]),
        sent("Observation", code=concept("Survey"), component=[{"code": QUESTION, "valueString": "Hardly"}]),
        sent("Observation", code=QUESTION, valueString="Hardly"),
        sent(
            "Observation",
            code=concept("PHQ-9"),
            category=[SURVEY],
            hasMember=[{"reference": "Observation/9"}],
        ),
    ],
    ids=["questionnaire", "panel", "answer", "panel of records"],
)
def test_what_stands_behind_a_tap_is_told_by_no_page_of_the_record_and_found_by_no_search(
    tree: dict[str, Any],
) -> None:
    page = {"status": "additional", "div": "<div>Harming yourself: Hardly ever so</div>"}
    _kind, record = read(tree | {"text": page})
    assert not any("Hardly" in fact.words.text for fact in record.facts)
    assert "hardly" not in entry_of(record).words
