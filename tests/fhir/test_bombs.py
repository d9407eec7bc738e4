"""JSON that is small on the wire and fills a worker's memory; bundles that hide a list behind oddities."""

from collections.abc import Callable

import pytest

from apps.fhir.bundles import MOST_PARTS, Page, read_page, read_resource
from apps.fhir.errors import NotFhir
from apps.fhir.refusals import problem_of
from apps.outbound.door import Answer

BASE = "https://plan.example/fhir"
RECORD = b'{"resource": {"resourceType": "Coverage", "id": "one"}}'


def read(body: bytes) -> Page:
    return read_page(body, url=f"{BASE}/Coverage", base_url=BASE)


def bundle(*, entry: bytes = RECORD, more: bytes = b"") -> bytes:
    return b'{"resourceType": "Bundle", "entry": [' + entry + b"]" + more + b"}"


@pytest.mark.parametrize(
    "made",
    [
        lambda part: bundle(entry=part * 1_000_000 + b"{}"),
        lambda part: bundle(more=b', "link": [' + part * 1_000_000 + b"{}]"),
        lambda part: bundle(more=b', "contained": [' + part * 1_000_000 + b"{}]"),
    ],
)
@pytest.mark.parametrize("part", [b"0,", b"{},", b"[],"])
def test_s_11_a_page_of_a_million_parts_of_two_letters_is_not_made_into_objects(
    part: bytes, made: Callable[[bytes], bytes]
) -> None:
    """S-11: 32 MB of them came out of 32 KB of gzip, and were 1.3 GB: more than a container has."""
    with pytest.raises(NotFhir, match="more parts than records have"):
        read(made(part))


def test_s_11_a_record_of_a_million_lines_is_left_out_and_the_others_come() -> None:
    """S-11: its readers would make each line into an object, in the process that shows its page too."""
    lines = b",".join([b'{"sequence":        1}'] * (MOST_PARTS + 1))
    record = b'{"resourceType": "ExplanationOfBenefit", "id": "large", "item": [' + lines + b"]}"
    page = read(bundle(entry=b'{"resource": ' + record + b"}," + RECORD))
    assert ([resource.id for resource in page.resources], page.unreadable) == (["one"], 1)
    assert page.has_gaps
    with pytest.raises(NotFhir, match="more parts than a record has"):
        read_resource(record)


@pytest.mark.parametrize("status", [404, 500])
def test_s_11_an_error_of_a_million_issues_is_known_by_its_status_alone(status: int) -> None:
    """S-11: whoever answers so need not even take our token."""
    issues = b",".join([b'{"code": "forbidden"}'] * 1_000_000)
    body = b'{"resourceType": "OperationOutcome", "issue": [' + issues + b"]}"
    problem = problem_of(Answer(status, {}, body, f"{BASE}/Coverage"))
    assert (problem.status, problem.issues, problem.says) == (status, (), "")


def test_a_page_of_many_small_records_and_a_record_of_thousands_of_lines_are_read() -> None:
    line = b'{"sequence": 1, "adjudication": [{"category": {"text": "Paid"}, "amount": {"value": 1.5}}]}'
    record = b'{"resourceType": "ExplanationOfBenefit", "id": "long", "item": ['
    record += b",".join([line] * 20_000) + b"]}"
    page = read(bundle(entry=b'{"resource": ' + record + b"}," + b",".join([RECORD] * 20_000)))
    assert (len(page.resources), page.unreadable, page.has_gaps) == (20_001, 0, False)


@pytest.mark.parametrize(
    "odd", [b"1" * 5000, b"-1." + b"1" * 5000, b"1e" + b"9" * 5000, b"[" * 500 + b"]" * 500], ids=len
)
@pytest.mark.parametrize("is_first", [False, True])
def test_two_lists_under_one_name_are_seen_whatever_stands_beside_them(odd: bytes, is_first: bool) -> None:
    """R-16: of the two only the last would be read, and the page would count as whole."""
    lists = b'"entry": [' + RECORD + b'], "entry": []'
    parts = [b'"resourceType": "Bundle"', lists, b'"more": ' + odd]
    with pytest.raises(NotFhir, match="a name twice"):
        read(b"{" + b", ".join(parts[::-1] if is_first else parts) + b"}")


def test_a_broken_letter_of_one_record_costs_no_other_where_two_lists_are_looked_for() -> None:
    """A page holds a list of its own (`List.entry`): what Latin-1 broke in it is that record's alone."""
    of_a_list = b'{"resource": {"resourceType": "List", "id": "l", "title": "Jos\xe9", "entry": []}}'
    page = read(bundle(entry=RECORD + b"," + of_a_list))
    assert len(page.resources) + page.unreadable == 2
    assert len(page.resources) >= 1
