"""The FHIR client against a server that behaves like real payers do (payers.md 5 and 7, security.md R)."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from apps.fhir import errors
from apps.fhir.bundles import read_page
from apps.fhir.client import ATTEMPTS, Client
from apps.fhir.refusals import problem_of, retry_after
from apps.outbound.door import Answer
from tests.fhir.stub import Door, Stub, bundle, reply, serving
from tests.wire import Reply

OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "forbidden", "diagnostics": "Alice Secret has no access"}],
}


def claim(number: int) -> dict[str, Any]:
    return {"resourceType": "ExplanationOfBenefit", "id": f"c{number}"}


def ids(fhir: Client, type: str = "ExplanationOfBenefit") -> list[str]:
    return [resource.id for page in fhir.search(type, {"patient": "alice"}) for resource in page.resources]


def test_a_search_asks_for_the_page_size_and_follows_next_as_given(fhir: Client, stub: Stub) -> None:
    """R-19: opaque links are used exactly as they are."""
    stub.on(
        "ExplanationOfBenefit",
        bundle(claim(1), claim(2), next=f"{stub.base_url}?_getpages=a%20b&_getpagesoffset=2"),
    )
    stub.on("/fhir/r4", bundle(claim(3)))
    assert ids(fhir) == ["c1", "c2", "c3"]
    assert stub.asked == [
        "ExplanationOfBenefit?patient=alice&_count=2",
        "/fhir/r4?_getpages=a%20b&_getpagesoffset=2",
    ]


def test_c_04_signs_that_need_no_escape_in_a_query_stand_there_as_they_are(fhir: Client, stub: Stub) -> None:
    """C-04: servers compare `_include` undecoded. What would end or split the query is escaped as ever."""
    stub.on("ExplanationOfBenefit", bundle(claim(1)))
    asked = {
        "_include": "ExplanationOfBenefit:*",
        "_include:iterate": "Coverage:payor",
        "_id": "a,b",
        "x": "&=+ #|é",
    }
    list(fhir.search("ExplanationOfBenefit", asked))
    assert stub.asked == [
        "ExplanationOfBenefit?_include=ExplanationOfBenefit:*&_include:iterate=Coverage:payor&_id=a,b"
        "&x=%26%3D%2B+%23%7C%C3%A9&_count=2"
    ]


def test_a_relative_next_link_is_resolved_against_the_page(fhir: Client, stub: Stub) -> None:
    stub.on("ExplanationOfBenefit", bundle(claim(1), next="ExplanationOfBenefit?page=2"), bundle(claim(2)))
    assert ids(fhir) == ["c1", "c2"]


def test_a_body_is_kept_byte_for_byte(fhir: Client, stub: Stub) -> None:
    exact = b'{ "resourceType":"ExplanationOfBenefit",\n"id":"x", "total": 10.00 }'
    stub.on(
        "ExplanationOfBenefit",
        reply(b'\xef\xbb\xbf{"resourceType":"Bundle","entry":[{"resource":%s}]}' % exact),
    )
    (page,) = fhir.search("ExplanationOfBenefit", {"patient": "alice"})
    assert page.resources[0].body == exact


def test_a_bundle_without_entry_total_or_link_is_an_empty_page(fhir: Client, stub: Stub) -> None:
    stub.on("Coverage", {"resourceType": "Bundle", "type": "searchset"})
    assert ids(fhir, "Coverage") == []


def test_outcomes_and_odd_entries_are_set_apart_from_the_good_ones(fhir: Client, stub: Stub) -> None:
    """R-30: OperationOutcome entries, entries without resource, resources without type, nonsense."""
    odd = bundle(claim(1), OUTCOME, {"resourceType": 7, "id": "x"}, {"id": "typeless"}, claim(2))
    odd["entry"] += [{"fullUrl": "urn:uuid:1"}, "nonsense", {"resource": [1]}]
    stub.on("ExplanationOfBenefit", odd)
    (page,) = fhir.search("ExplanationOfBenefit", {"patient": "alice"})
    assert [resource.id for resource in page.resources] == ["c1", "c2"]
    assert page.outcomes == ("forbidden",)
    assert page.unreadable == 4


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/fhir/r4/ExplanationOfBenefit?page=2",
        "http://127.0.0.1:1/fhir/r4/ExplanationOfBenefit",
        "http://localhost:{port}/fhir/r4/ExplanationOfBenefit",
        "https://127.0.0.1:{port}/fhir/r4/ExplanationOfBenefit",
        "http://payer@127.0.0.1:{port}/fhir/r4/ExplanationOfBenefit",
        "//evil.example/fhir/r4",
        "http://127.0.0.1.localhost:{port}/fhir/r4/x",
        "http://a:b@127.0.0.1:{port}/fhir/r4/x",
        "http://127.0.0.1:{port}\\@evil.example/",
        "file:///etc/passwd",
        "http://[broken/",
    ],
)
@pytest.mark.parametrize("is_header", [False, True])
def test_a_next_link_to_another_origin_is_refused_without_a_request(
    fhir: Client, stub: Stub, link: str, is_header: bool
) -> None:
    """R-20, O-26: the token never leaves scheme, host and port of the base."""
    link = link.replace("{port}", stub.origin.rpartition(":")[2])
    in_header, in_bundle = (f"<{link}>; rel=next", None) if is_header else ("", link)
    stub.on("ExplanationOfBenefit", reply(bundle(claim(1), next=in_bundle), Link=in_header))
    pages = fhir.search("ExplanationOfBenefit", {"patient": "alice"})
    assert [resource.id for resource in next(pages).resources] == ["c1"]  # the page itself is good
    with pytest.raises(errors.NextRefused):
        next(pages)
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    "more", ['"entry": []', '"link": []', '"entry": [{"resource": {"resourceType": "Basic"}}]']
)
def test_a_bundle_that_says_a_thing_twice_is_not_believed(fhir: Client, stub: Stub, more: str) -> None:
    """R-16: of two lists of entries the last would hide the first, and two lists of links the rest."""
    page = json.dumps(bundle(claim(1), next="ExplanationOfBenefit?page=2"))
    stub.on("ExplanationOfBenefit", reply(f"{page[:-1]}, {more}}}"), bundle(claim(2)))
    with pytest.raises(errors.NotFhir):
        ids(fhir)


def test_words_of_a_record_do_not_make_a_bundle_doubtful(fhir: Client, stub: Stub) -> None:
    listed = claim(1) | {"contained": [{"resourceType": "List", "entry": [], "title": "next"}]}
    stub.on("ExplanationOfBenefit", bundle(listed))
    assert ids(fhir) == ["c1"]


def test_a_redirect_is_not_followed(fhir: Client, stub: Stub) -> None:
    with serving() as evil:
        stub.on("ExplanationOfBenefit", reply("", 307, Location=f"{evil.base_url}/ExplanationOfBenefit"))
        with pytest.raises(errors.NotFhir):
            ids(fhir)
        assert evil.asked == []


@pytest.mark.parametrize("cycle", [1, 3])
def test_a_cycle_of_next_links_ends_and_keeps_what_came(fhir: Client, stub: Stub, cycle: int) -> None:
    """R-21: the same link again, and a cycle of several."""
    pages = [f"{stub.base_url}/ExplanationOfBenefit?page={number % cycle}" for number in range(1, cycle + 2)]
    stub.on("ExplanationOfBenefit", *[bundle(claim(1), next=link) for link in pages])
    came = []
    with pytest.raises(errors.EndlessPages):
        for page in fhir.search("ExplanationOfBenefit", {"patient": "alice"}):
            came.append(page)
    assert len(came) == cycle + 1


@pytest.mark.parametrize(
    ("said", "known_as", "is_loop"),
    [("prior", "prior", True), ("previous", "previous", True), ("prior", "previous", False)],
)
def test_a_next_link_that_leads_back_ends_the_search(
    fhir: Client, stub: Stub, said: str, known_as: str, is_loop: bool
) -> None:
    """R-21: the plan's own name of the link back (1upHealth: prior) tells; without it the limit has to."""
    page = bundle(claim(2), next="ExplanationOfBenefit?page=1")
    page["link"].append({"relation": said, "url": f"{stub.base_url}/ExplanationOfBenefit?page=1"})
    body = json.dumps(page).encode()
    url = f"{stub.base_url}/ExplanationOfBenefit?page=2"
    read = read_page(body, url=url, base_url=stub.base_url, back_link=known_as)
    assert isinstance(read.refusal, errors.EndlessPages) == is_loop
    assert read.next_url == (None if is_loop else f"{stub.base_url}/ExplanationOfBenefit?page=1")


def test_a_malformed_link_back_does_no_harm(fhir: Client, stub: Stub) -> None:
    page = bundle(claim(1), next="ExplanationOfBenefit?page=2")
    page["link"].append({"relation": "previous", "url": "http://[broken/"})
    stub.on("ExplanationOfBenefit", page, bundle(claim(2)))
    assert ids(fhir) == ["c1", "c2"]


def test_endless_new_links_end_at_the_page_limit(fhir: Client, stub: Stub) -> None:
    def another(query: dict[str, str]) -> Any:
        return reply(bundle(claim(1), next=f"ExplanationOfBenefit?page={int(query.get('page', 0)) + 1}"))

    stub.on("ExplanationOfBenefit", another)
    with pytest.raises(errors.EndlessPages):
        ids(fhir)
    assert len(stub.asked) == 20


def test_retry_after_is_waited_for_and_the_question_is_asked_again(
    fhir: Client, stub: Stub, pauses: list[float]
) -> None:
    """R-13: 429 with seconds."""
    stub.on("ExplanationOfBenefit", reply("slow down", 429, Retry_After="3"), bundle(claim(1)))
    assert ids(fhir) == ["c1"]
    assert pauses == [3.0]


def test_a_503_is_tried_again_with_growing_waits(fhir: Client, stub: Stub, pauses: list[float]) -> None:
    """R-14: exponential backoff with jitter."""
    stub.on("ExplanationOfBenefit", reply("", 503), reply("", 502), reply("", 504), bundle(claim(1)))
    assert ids(fhir) == ["c1"]
    assert [low <= wait <= 2 * low for low, wait in zip((0.25, 0.5, 1.0), pauses, strict=True)] == [True] * 3


def test_tries_are_bounded(fhir: Client, stub: Stub) -> None:
    stub.on("ExplanationOfBenefit", reply("", 503))
    with pytest.raises(errors.PlanTrouble) as caught:
        ids(fhir)
    assert len(stub.asked) == ATTEMPTS
    assert caught.value.retry


def test_a_long_retry_after_is_handed_on_instead_of_slept(
    fhir: Client, stub: Stub, pauses: list[float]
) -> None:
    """R-13: the run sleeps in the database, not in the thread; the wait is capped at an hour."""
    stub.on("ExplanationOfBenefit", reply("", 429, Retry_After="90000"))
    with pytest.raises(errors.PlanBusy) as caught:
        ids(fhir)
    assert caught.value.retry_after == 3600
    assert pauses == []
    assert len(stub.asked) == 1


def test_waits_end_when_the_patience_for_one_question_is_used_up(stub: Stub) -> None:
    """R-15: a total deadline, measured, not counted."""
    clock = [0.0]

    def pause(seconds: float) -> None:
        clock[0] += seconds

    impatient = Client(stub.base_url, Door(), pause=pause, monotonic=lambda: clock[0], patience=5)
    stub.on("Coverage", reply("", 503, Retry_After="3"))
    with pytest.raises(errors.PlanTrouble):
        ids(impatient, "Coverage")
    assert len(stub.asked) == 2


def test_a_plan_that_is_down_is_unreachable_after_bounded_tries(stub: Stub, pauses: list[float]) -> None:
    nowhere = Client("http://127.0.0.1:1/fhir", Door(), pause=pauses.append)
    with pytest.raises(errors.PlanUnreachable) as caught:
        ids(nowhere)
    assert caught.value.retry
    assert len(pauses) == ATTEMPTS - 1


NO_FHIR = [
    "<html><body>Maintenance</body></html>", '{"resourceType":"Bundle","entry":[{"resource":{"resource',
    "", "null", "[]", '{"resourceType":"Patient","id":"1"}', '{"resourceType"="Bundle"}',
    '{"resourceType":"Bundle","total":NaN}', b'{"\xff\xferesourceType":"Bundle"}', "[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_FHIR)
def test_an_answer_that_is_no_fhir_is_an_error_and_nothing_of_it_is_used(
    fhir: Client, stub: Stub, text: str | bytes
) -> None:
    """R-16: HTML, truncated, empty, other JSON, NaN, invalid UTF-8, nested without end."""
    stub.on("Coverage", reply(text))
    with pytest.raises(errors.NotFhir):
        ids(fhir, "Coverage")


@pytest.mark.parametrize("wire", ["longer", "cut", "reset", "gzip"])
def test_an_answer_that_broke_on_its_way_is_asked_for_again(fhir: Client, stub: Stub, wire: str) -> None:
    """R-16: shorter than announced, broken off, reset, or not packed as it says."""
    good = json.dumps(bundle(claim(1))).encode()
    broken = reply(good, Content_Encoding="gzip") if wire == "gzip" else Reply(good, wire=wire)
    stub.on("ExplanationOfBenefit", broken, bundle(claim(1)))
    assert ids(fhir) == ["c1"]
    assert len(stub.asked) == 2


@pytest.mark.parametrize("headers", [{}, {"Content_Type": "text/plain"}])
def test_what_an_answer_calls_itself_and_a_doubled_name_do_no_harm(
    fhir: Client, stub: Stub, headers: dict[str, str]
) -> None:
    text = json.dumps(bundle(claim(1))).replace("{", '{"resourceType": "Basic", ', 1)
    stub.on("ExplanationOfBenefit", reply(text, **headers))
    assert ids(fhir) == ["c1"]


def test_a_page_over_the_size_limit_is_not_taken(fhir: Client, stub: Stub, settings: Any) -> None:
    """R-15."""
    settings.OUTBOUND_MAX_BYTES = 10_000
    stub.on("ExplanationOfBenefit", reply(b" " * 20_000))
    with pytest.raises(errors.AnswerTooLarge) as caught:
        ids(fhir)
    assert not caught.value.retry
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Rejected),
        (401, errors.SignInNeeded),
        (403, errors.NotAllowed),
        (404, errors.NotOffered),
        (406, errors.OtherFormat),
        (410, errors.NotOffered),
        (422, errors.Rejected),
        (500, errors.PlanTrouble),
    ],
)
def test_each_status_has_its_error_and_is_not_asked_twice(
    fhir: Client, stub: Stub, status: int, kind: type[errors.FhirError]
) -> None:
    stub.on("Coverage", reply(OUTCOME, status))
    with pytest.raises(kind) as caught:
        ids(fhir, "Coverage")
    assert caught.value.status == status
    assert caught.value.issues == ("forbidden",)
    assert "Secret" not in str(caught.value)
    assert caught.value.sentence
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    ("code", "kind"), [("not-supported", errors.Rejected), ("transient", errors.PlanTrouble)]
)
def test_a_200_that_is_only_an_outcome_is_an_error(
    fhir: Client, stub: Stub, code: str, kind: type[errors.FhirError]
) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"code": code}]}
    stub.on("Coverage", outcome)
    stub.on("Patient/alice", outcome)
    with pytest.raises(kind):
        ids(fhir, "Coverage")
    with pytest.raises(kind):
        fhir.read("Patient/alice")


def test_retry_after_reads_seconds_and_dates() -> None:
    """R-13; the three formats of dates are tried in tests/sync/test_other_clocks.py (R-43)."""
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

    def read(text: str) -> float | None:
        return retry_after(Answer(429, CaseInsensitiveDict({"retry-after": text}), b"", ""), now=now)

    assert read("7") == 7
    assert read(format_datetime(now + timedelta(seconds=30), usegmt=True)) == 30
    assert read(format_datetime(now - timedelta(days=1), usegmt=True)) == 0
    assert [read(text) for text in ("", "soon", "-1", "\u0663")] == [None] * 4


def test_an_error_never_carries_what_the_plan_wrote() -> None:
    body = b'{"resourceType":"OperationOutcome","issue":[{"code":"Alice has HIV","diagnostics":"secret"}]}'
    problem = problem_of(Answer(500, {}, body, "https://plan.example/fhir/Patient/alice"))
    assert str(problem) == "500"
    assert problem.issues == ()


# --- single reads -----------------------------------------------------------------------------------------


def test_relative_versioned_and_same_base_references_are_read(fhir: Client, stub: Stub) -> None:
    stub.on("Organization/1", {"resourceType": "Organization", "id": "1", "name": "Riverside"})
    for reference in ("Organization/1", "Organization/1/_history/3", f"{stub.base_url}/Organization/1"):
        assert fhir.read(reference).reference == "Organization/1"
    assert set(stub.asked) == {"Organization/1"}


@pytest.mark.parametrize(
    "reference",
    [
        "https://evil.example/Organization/1",
        "#1",
        "urn:uuid:1",
        "Medicare",
        "",
        "Organization/../admin/x",
        "Organization/1?x=y",
    ],
)
def test_references_that_lead_elsewhere_are_refused_without_a_request(
    fhir: Client, stub: Stub, reference: str
) -> None:
    """O-26."""
    with pytest.raises(errors.NextRefused):
        fhir.read(reference)
    assert stub.asked == []


def test_a_read_that_brings_another_type_is_no_answer(fhir: Client, stub: Stub) -> None:
    stub.on("Organization/1", {"resourceType": "Patient", "id": "bob"})
    with pytest.raises(errors.NotFhir):
        fhir.read("Organization/1")
