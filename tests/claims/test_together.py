"""Which claims belong together, why, and what they come to."""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.episodes import Part, episode_of, same_day
from apps.kinds.claim.reading.lines import is_at_facility
from apps.kinds.claim.records import ClaimRecord, Coded, Line, Related
from apps.kinds.claim.together import _reasons
from apps.records import remarks
from apps.records.entries import Facts
from apps.records.remarks import Topic
from apps.records.volumes import Held
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, an_eob, path_of, save
from tests.claims.made import priced
from tests.claims.test_people import about
from tests.claims.test_views import page
from tests.overview.test_household import LOW, SECRET

PLAN = UUID(int=99)


def part(number: int, kind: str, starts: str, *, ends: str = "", place: str = "", names: str = "") -> Part:
    record = ClaimRecord(
        kind=kind,  # type: ignore[arg-type]
        service_start=starts,
        service_end=ends or None,
        lines=(Line(place=Coded(place, "place of service")),) if place else (),
        related=(Related("associated", names, None),) if names else (),
    )
    entry = ClaimEntry(
        id=UUID(int=number),
        on=date.fromisoformat(starts) if len(starts) == 10 else date.min,
        kind=kind,  # type: ignore[arg-type]
        counts=True,
        your_share=Decimal(number),
        facts=Facts(own=(f"ExplanationOfBenefit/{number}",)),
        at_facility=is_at_facility(record),
    )
    return Part(Held(entry, PLAN), record)


STAY = part(1, "inpatient", "2026-03-03", ends="2026-03-07")

CLAIMS = [
    STAY,
    part(2, "professional", "2026-03-03", place="21"),
    part(4, "professional", "2026-03-07", place="23"),
    part(8, "outpatient", "2026-03-02"),  # the day before
    part(16, "professional", "2026-03-05", place="11"),  # an office
    part(32, "pharmacy", "2026-03-05"),
    part(64, "pharmacy", "2026-03-09", names="ExplanationOfBenefit/2"),
    part(128, "professional", "2026-03", place="21"),  # nobody knows the day
    part(256, "oral", "2026-03-05", place="21"),
    part(512, "inpatient", "2026-06-01", ends="2026-06-01"),  # over in a day
    part(1024, "professional", "2026-06-01", place="21"),
]


@pytest.mark.parametrize(
    ("number", "share", "has_stay", "by_reference"),
    [(1, 71, True, True), (4, 71, True, True), (64, 71, True, True)]
    + [(alone, 0, False, False) for alone in (8, 16, 32, 128, 256, 512, 1024)],
)
def test_claims_belong_together_by_a_stay_in_a_facility_or_by_reference(
    number: int, share: int, has_stay: bool, by_reference: bool
) -> None:
    claim = next(one for one in CLAIMS if one.held.id.int == number)
    episode = episode_of(claim, CLAIMS)
    assert (episode is not None) == bool(share)
    if episode is not None:
        assert episode.tally.shares == {"USD": Decimal(share)}
        assert (episode.stay is not None, episode.by_reference) == (has_stay, by_reference)


RUN_ON = part(2048, "inpatient", "2026-03-07", ends="2026-03-12")
NAMES_IT = part(4096, "pharmacy", "2026-06-02", names="ExplanationOfBenefit/1")
WITHIN, SOME = "at a facility, within the stay of March 3 to 7", "Some lie within the stay of March 3"
NAMED = "Your plan's own records name them together."


@pytest.mark.parametrize(
    ("others", "says", "never"),
    [
        ([CLAIMS[1]], WITHIN, NAMED),
        ([NAMES_IT], NAMED, "stay"),
        ([CLAIMS[1], NAMES_IT], f"{SOME} to 7, 2026; your plan's own records name the others.", NAMED),
        ([RUN_ON, part(8192, "professional", "2026-03-11", place="21")], SOME, "name"),
    ],
)
def test_a_reason_is_said_of_those_alone_for_which_it_holds(
    others: list[Part], says: str, never: str
) -> None:
    episode = episode_of(STAY, others)
    assert episode is not None
    reasons = " ".join(_reasons(episode))
    assert says in reasons and never not in reasons


def test_one_day_alone_lists_and_never_joins() -> None:
    records = {part.held.id: part.record for part in CLAIMS}
    held = [part.held for part in CLAIMS]

    def day_of(place: int) -> list[int]:
        found = same_day(held[place], held, brief_of=lambda entry: records[entry.id])
        return [one.id.int for one in found]

    assert day_of(9) == [1024]
    assert day_of(4) == [256], "prescriptions aside"
    assert day_of(5) == []


def admitted(number: int, **changes: Any) -> dict[str, Any]:
    """Return a hospital's claim of March 3 to 7."""
    profile = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit"
    return an_eob(
        number,
        on="2026-03-03",
        share="100.00",
        kind="institutional",
        meta={"profile": [f"{profile}-Inpatient-Institutional"]},
        billablePeriod={"start": "2026-03-03", "end": "2026-03-07"},
        provider={"display": "Gullhaven Hospital"},
        **changes,
    )


def treated(number: int, on: str, **changes: Any) -> dict[str, Any]:
    """Return a doctor's claim for care in hospital."""
    places = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
    line = {"sequence": 1, "locationCodeableConcept": {"coding": [{"system": places, "code": "21"}]}}
    return an_eob(number, on=on, share="20.00", item=[line], **changes)


def shown(client: Client, path: str) -> str:
    return " ".join(page(client, path).split())


def test_a_share_in_doubt_leaves_no_comma_behind_what_is_heard(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    odd = treated(2, "2026-03-04") | {"total": [priced("memberliability", share) for share in (50, 30, 20)]}
    save(connection, admitted(1), odd)
    heard = re.findall(
        r'Take it out<span class="visually-hidden">: (.*?)</span>',
        shown(alice_client, path_of(connection, 1)),
    )
    assert len(heard) == 2
    assert not any(words.endswith(", ") for words in heard)


def test_the_page_says_why_sums_once_and_lets_the_member_take_one_out_for_good(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(
        connection, admitted(1), treated(2, "2026-03-04"), treated(3, "2026-03-05"), treated(4, "2026-04-01")
    )
    listed = shown(alice_client, "/claims/")
    html = shown(alice_client, path_of(connection, 2))
    assert "3 claims we think belong together" in html
    assert "within the stay of March 3 to 7, 2026." in html
    assert 'data-testid="together-total">3 claims, your share $140.00.' in html
    out = re.findall(r'Take it out<span class="visually-hidden">: (.*?)</span></button>', html)
    assert len(set(out)) == len(out) == 3
    assert all(re.search(r"March \d.*, \$\d+\.00$", one) for one in out), "which one, for those who hear it"
    response = alice_client.post(
        f"{path_of(connection, 3)}apart/", {"apart": "yes", "back": path_of(connection, 2).split("/")[2]}
    )
    assert response["Location"] == f"{path_of(connection, 2)}#together"
    assert "2 claims, your share $120.00." in shown(alice_client, path_of(connection, 2))
    save(connection, treated(3, "2026-03-05", status="active", outcome="partial"))
    assert 'data-testid="apart"' in shown(alice_client, path_of(connection, 3))
    assert shown(alice_client, "/claims/").count("$160.00") == listed.count("$160.00") == 1
    alice_client.post(f"{path_of(connection, 3)}apart/", {"apart": "no"})
    assert "3 claims we think belong together" in shown(alice_client, path_of(connection, 3))
    assert alice_client.post(f"{path_of(connection, 3)}apart/", {"apart": "perhaps"}).status_code == 404


def test_what_else_was_on_that_day_is_listed_beside_what_belongs_together(
    alice: Member, alice_client: Client
) -> None:
    """The ambulance of the first day stood nowhere: it is at no facility, so it is no part of the stay."""
    connection = a_connection(alice)
    ride = an_eob(3, on="2026-03-03", share="9.00", provider={"display": "Gull Ambulance"})
    save(connection, admitted(1), treated(2, "2026-03-03"), ride)
    html = shown(alice_client, path_of(connection, 1))
    together, _, same_day = html.partition('<h2 id="same-day">')
    assert 'data-testid="together-total">2 claims, your share $120.00.' in together
    assert path_of(connection, 3) in same_day
    assert path_of(connection, 2) not in same_day
    assert "The amount in each row is the share." in same_day, "nothing said what it is"


def marks(html: str) -> list[tuple[str, str]]:
    return re.findall(r'href="([^"]*)" data-testid="together-mark">([^<]*)<', html)


def test_lists_say_it_once_with_one_sum_that_is_the_pages_own(alice: Member, alice_client: Client) -> None:
    """Whatever part of it a list shows; one day alone is never summed."""
    connection = a_connection(alice)
    names = {"related": [{"relationship": {"coding": [{"code": "associated"}]},
                          "claim": {"reference": "ExplanationOfBenefit/eob-2"}}]}  # fmt: skip
    stay = {"billablePeriod": {"start": "2025-12-30", "end": "2026-01-03"}, "created": "2025-12-30"}
    save(
        connection,
        admitted(1) | stay,
        treated(2, "2026-01-02"),
        an_eob(3, on="2026-11-04", share="5.00", **names),
        an_eob(4, on="2026-11-04", share="7.00"),
    )
    said = "3 claims, your share $125.00: we think that they belong together"
    for path in ("/claims/", "/claims/?year=2026", "/claims/?year=2026&sort=share", "/home/"):
        found = marks(shown(alice_client, path))
        assert [words for _url, words in found] == [said], path
        assert found[0][0].endswith("/#together")
    assert 'data-testid="together-total">3 claims, your share $125.00.' in shown(
        alice_client, path_of(connection, 3)
    )
    alice_client.post(f"{path_of(connection, 3)}apart/", {"apart": "yes"})
    assert [words for _url, words in marks(shown(alice_client, "/claims/"))] == [
        said.replace("3", "2").replace("125", "120")
    ]


def test_an_episode_folds_what_lists_fold_and_keeps_to_one_person(
    alice: Member, alice_client: Client
) -> None:
    about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03")
    child = about(alice, "Two Plan", "2", "Leo Lopez", "2012-02-03")
    low = {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": LOW}], "provider": {"display": SECRET}}
    save(child, admitted(1), treated(2, "2026-03-04", **low), treated(3, "2026-03-04"))
    html = shown(alice_client, path_of(child, 3))
    assert "3 claims, your share $140.00. Some are hidden" in html
    [(_url, listed)] = marks(shown(alice_client, "/claims/"))
    assert listed.startswith("3 claims, your share $140.00")
    assert len(re.findall(r">Folded claim</a>", html)) == 1
    assert SECRET not in html


def test_what_is_left_out_of_the_screen_belongs_to_no_episode(alice: Member, alice_client: Client) -> None:
    """Neither the days of a hidden stay nor what it comes to are told beside what was billed in it."""
    connection = a_connection(alice)
    hiv = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "B20"}]}
    hidden = {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": hiv}]}
    save(connection, admitted(1, **hidden), treated(2, "2026-03-04"))
    assert "within the stay of" in shown(alice_client, path_of(connection, 2))
    box = box_for(alice)
    remarks.say(
        member=alice,
        box=box,
        topic=Topic.HIDDEN,
        subject="hiv",
        value="out",
        now=timezone.now(),
        connection_id=None,
    )
    html = shown(alice_client, path_of(connection, 2))
    assert not re.search(r"belong together|stay of|\$120\.00", html)
    assert marks(shown(alice_client, "/claims/")) == []


def billed(number: int, **changes: Any) -> dict[str, Any]:
    """Return a claim of March 9 with a code for what was done, and a number of whoever processed it."""
    url = "https://bluebutton.cms.gov/resources/variables/carr_clm_cntl_num"
    control = {"url": url, "valueIdentifier": {"system": url, "value": "97500SHU"}}
    done = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]}
    changes.setdefault("item", [{"sequence": 1, "productOrService": done}])
    return an_eob(number, **{"extension": [control]} | changes)


@pytest.mark.parametrize(
    ("other", "is_alike"),
    [
        (billed(2), True),
        (billed(2, share="53.00"), False),
        (billed(2, provider={"display": "Gullhaven Hospital"}), False),
        (billed(2, item=[]), False),
        (billed(2, on="2026-03-10"), False),
        (billed(2, status="cancelled"), False),
        (billed(2, extension=[]), False),
    ],
)
def test_claims_alike_in_day_care_money_and_number_are_asked_about(
    alice: Member, alice_client: Client, other: dict[str, Any], is_alike: bool
) -> None:
    connection = a_connection(alice)
    save(connection, billed(1), other)
    html = shown(alice_client, path_of(connection, 1))
    told = re.search(r'data-testid="alike">(.*?)</div>', html)
    assert bool(told) is is_alike
    if told:
        assert "Another claim here has the same day, care, amounts and number." in told[1]
        assert "Ask whether this was billed twice before you pay both." in told[1]
        assert f'href="{path_of(connection, 2)}"' in told[1]
        assert 'data-testid="same-day"' not in html, "it is named already, as one that may be the same"


@pytest.mark.django_db
@pytest.mark.parametrize(("end", "heading"), [("2026-03-09", "Same day"), ("2026-10-31", "Same first day")])
def test_claims_of_a_span_of_days_are_not_said_to_be_of_one_day(
    alice_client: Client, first: Connection, end: str, heading: str
) -> None:
    """It said "Also on this day" of two claims that both went on from January to October."""
    period = {"start": "2026-03-09", "end": end}
    save(first, *(an_eob(number, billablePeriod=period) for number in (1, 2)))
    page = alice_client.get(path_of(first, 1)).content.decode()
    assert f'<h2 id="same-day">{heading}</h2>' in page
    assert ("Also on this day" in page) is (heading == "Same day")
