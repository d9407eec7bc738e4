"""Odd folders: what is dirty is reported and passed over, what is readable is served."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.demo_payer.demo_process import NotStarted, start
from apps.demo_payer.server import json_folder, references
from tests.demo_payer.member import CALLBACK, Member

EOB = {"resourceType": "ExplanationOfBenefit", "patient": {"reference": "Patient/p1"}}


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Return a function that writes files into a fresh folder."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "data"

    return write


def test_it_finds_resources_in_every_shape(folder: Callable[[dict[str, str]], Path]) -> None:
    """Single, array, Bundle in a Bundle, NDJSON, sub-folders, with a byte order mark."""
    contents = json_folder.read(
        folder(
            {
                "one.json": json.dumps({"resourceType": "Patient", "id": "a"}),
                "deep/er/array.json": json.dumps([{"resourceType": "Patient", "id": "b"}]),
                "bundle.json": json.dumps(_bundle(_bundle({"resourceType": "Patient", "id": "c"}))),
                "lines.ndjson": '{"resourceType": "Patient", "id": "d"}\n\n'
                '{"resourceType": "Patient", "id": "e"}\n',
                "mark.json": "\ufeff" + json.dumps({"resourceType": "Patient", "id": "f"}),
            }
        )
    )
    assert {json.loads(body)["id"] for body in contents.bodies} == set("abcdef")
    assert contents.skipped == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("<html>", "not JSON"),
        ('{"resourceType": "Patient", "id": "a"', "not JSON"),
        ('{"name": "not FHIR"}', "no resourceType"),
        ("17", "Expected `object`"),
        ('{"resourceType": 4}', "Expected `str`"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_an_unreadable_file_is_reported_and_the_rest_is_kept(
    folder: Callable[[dict[str, str]], Path], text: str, why: str
) -> None:
    """One bad file never stops the payer."""
    contents = json_folder.read(
        folder({"bad.json": text, "good.json": '{"resourceType": "Patient", "id": "a"}'})
    )
    assert len(contents.bodies) == 1
    assert len(contents.skipped) == 1
    assert contents.skipped[0].startswith("bad.json: ")
    assert why in contents.skipped[0]


def test_a_resource_without_id_gets_the_same_one_each_time(folder: Callable[[dict[str, str]], Path]) -> None:
    """And its text is otherwise untouched."""
    path = folder({"one.json": '{ "resourceType": "Basic", "value": 1.00}', "two.json": "{}"})
    (first,), (again,) = json_folder.read(path).bodies, json_folder.read(path).bodies
    assert first == again
    assert first.endswith(b'"resourceType": "Basic", "value": 1.00}')
    assert len(json.loads(first)["id"]) == 32


def test_references_inside_a_bundle_are_followed(folder: Callable[[dict[str, str]], Path]) -> None:
    """A transaction's urn:uuid becomes Type/id (https://hl7.org/fhir/R4/http.html#trules)."""
    patient = "urn:uuid:0fc1eab4-7b07-4203-9fa3-34a965a25b2a"
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": patient, "resource": {"resourceType": "Patient", "id": "p9"}},
            {"resource": EOB | {"id": "e", "patient": {"reference": patient}}},
        ],
    }
    body = json.loads(json_folder.read(folder({"b.json": json.dumps(bundle)})).bodies[1])
    assert body["patient"]["reference"] == "Patient/p9"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/1", ("Patient", "1")),
        ("http://a.example/fhir/Patient/1", ("Patient", "1")),
        ("Patient/1/_history/3", ("Patient", "1")),
        ("#contained", None),
        ("urn:uuid:x", None),
        ("1", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_reference_names_its_type_and_id(reference: object, expected: tuple[str, str] | None) -> None:
    """Relative, absolute, versioned."""
    assert references.key(reference) == expected


def test_a_changed_folder_is_loaded_again_and_tokens_of_those_who_stay_live_on(
    folder: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    """Of equal ids the last changed is served; a folder that is unchanged: test_command."""
    old = EOB | {"id": "e1", "meta": {"lastUpdated": "2024-01-01T00:00:00Z"}, "outcome": "old"}
    new = EOB | {"id": "e1", "meta": {"lastUpdated": "2025-01-01T00:00:00Z"}, "outcome": "new"}
    loaded = folder({"a.json": json.dumps(new), "aa.json": json.dumps(old), "c.json": "oops"})
    with start(records=loaded, var=tmp_path / "var", redirect_uris=[CALLBACK]) as payer:
        token = Member(payer, username="p1").tokens()["access_token"]
        assert Member(payer).get("ExplanationOfBenefit", token).json()["total"] == 1
        assert Member(payer).get("ExplanationOfBenefit/e1", token).json()["outcome"] == "new"
    folder({"b.json": json.dumps(EOB | {"id": "e2"})})
    with start(records=loaded, var=tmp_path / "var", redirect_uris=[CALLBACK]) as payer:
        assert Member(payer).get("ExplanationOfBenefit", token).json()["total"] == 2


def test_a_folder_that_holds_nothing_is_said_at_once(tmp_path: Path) -> None:
    """Instead of a payer without members."""
    (tmp_path / "empty").mkdir()
    for without in (tmp_path / "empty", tmp_path / "absent"):
        with pytest.raises(NotStarted, match="is not a folder"):
            start(records=without, var=tmp_path / "var", redirect_uris=[CALLBACK])


def _bundle(resource: dict[str, object]) -> dict[str, object]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}
