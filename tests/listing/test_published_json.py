"""Every JSON that is published, held against its shape by programs that others wrote."""

import json
from pathlib import Path
from typing import Any

import pytest
from check_jsonschema import main as check
from click.testing import CliRunner
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.test import Client
from fhirclient.models.capabilitystatement import CapabilityStatement

from apps.listing.face import face
from apps.listing.models import AppListing
from apps.listing.packet import archive, of_sheet, packet, sheets
from apps.plans.models import Plan
from tests.listing.test_packet import ON, unpacked
from tests.repository.test_addresses import ALL

HERE = Path(__file__).parent


def problems(document: Any, schema: str, folder: Path) -> str:
    """Return what check-jsonschema says of it, "" where it fits."""
    file = folder / "document.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    done = CliRunner().invoke(check, ["--schemafile", str(HERE / f"{schema}.schema.json"), str(file)])
    return "" if done.exit_code == 0 else done.output


SHAPES = {
    "/app/client-metadata.json": "client_metadata", "/app/jwks.json": "jwks",
    "/app/site.webmanifest": "manifest",
}  # fmt: skip
OF_R4 = {"/app/capability-statement.json"}
"""Judged by SMART's own models (test_fhir_r4)."""
OF_PAGES = {"/account/still-here/", "/account/password/strength/"}
"""What our own pages ask for while they are open; nobody else reads it."""


def test_no_json_is_published_that_nothing_judges(db: None, client: Client) -> None:
    given = {f"/{path}": client.get(f"/{path}") for path in ALL if not path.startswith("admin/")}
    found = {path for path, answer in given.items() if "json" in answer.headers.get("Content-Type", "")}
    assert found - OF_PAGES == SHAPES.keys() | OF_R4


@pytest.mark.parametrize(("address", "schema"), SHAPES.items())
@pytest.mark.parametrize("name", ["Plainclaim", 'A "name" \\ with signs & <'])
def test_what_is_published_has_its_shape(
    db: None, client: Client, tmp_path: Path, address: str, schema: str, name: str
) -> None:
    AppListing.objects.create(name=name)
    assert not problems(client.get(address).content.decode(), schema, tmp_path)


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic", "private_key_jwt", "none"])
def test_what_a_server_and_a_packet_get_has_the_shape_of_rfc_7591(
    at_1up: Plan, tmp_path: Path, settings: Any, method: str
) -> None:
    settings.SITE_URL = "https://app.example"  # a packet names no address without TLS
    at_1up.own_quirks = {"token_auth": method}
    at_1up.save()
    (sheet,) = sheets()
    files = unpacked(archive(packet(sheet, face(), on=ON)))
    for document in (of_sheet(sheet), files["client-metadata.json"].decode()):
        assert not problems(document, "client_metadata", tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": []},
        {"redirect_uris": ["https://a.example/#x"]},
        {"scope": 'a "b"'},
        {"contacts": ["nobody"]},
        {"client_secret": "x"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": None},
        {"logo_uri": None},
    ],
)
def test_the_shape_refuses_what_the_rfc_refuses(at_1up: Plan, tmp_path: Path, change: dict[str, Any]) -> None:
    """The shape is ours, written after the RFC: it is seen to say no."""
    told = of_sheet(sheets()[0]) | change
    assert problems(
        {key: value for key, value in told.items() if value is not None}, "client_metadata", tmp_path
    )


def test_what_a_packet_says_of_itself_has_its_shape_and_no_json_of_it_is_held_against_none(
    at_1up: Plan, tmp_path: Path
) -> None:
    files = unpacked(archive(packet(sheets()[0], face(), on=ON)))
    of_its_own_test = {"client-metadata.json", "capability-statement.json", "sbom.json"}
    shapes = {"release.json": "release", "r4-evidence.json": "evidence"}
    assert {name for name in files if name.endswith(".json")} == of_its_own_test | shapes.keys()
    for name, shape in shapes.items():
        assert not problems(files[name].decode(), shape, tmp_path)
    finished = json.loads(files["release.json"]) | {"complete": True}
    assert problems(finished, "release", tmp_path), "complete, and blanks are named"


def test_the_bill_of_materials_fits_the_schema_of_cyclonedx(at_1up: Plan) -> None:
    text = unpacked(archive(packet(sheets()[0], face(), on=ON)))["sbom.json"].decode()
    version = next(each for each in SchemaVersion if each.to_version() == json.loads(text)["specVersion"])
    assert JsonStrictValidator(version).validate_str(text) is None
    broken = text.replace('"type": "library"', '"type": "a library"', 1)
    assert JsonStrictValidator(version).validate_str(broken) is not None


def test_the_packets_statement_is_one_of_r4(at_1up: Plan) -> None:
    """By SMART's own models, strictly; the published one has tests of its own."""
    told = json.loads(unpacked(archive(packet(sheets()[0], face(), on=ON)))["capability-statement.json"])
    assert CapabilityStatement(told, strict=True).as_json() == told
