"""The table of rules names its sources, and no day is told without what it takes."""

import re
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from apps.appeals import rules, wording
from apps.appeals.causes import CAUSES, MENDERS, refusals
from apps.appeals.rules import KINDS, Coverage, Period, counted_from, coverage
from apps.appeals.templatetags.appeal_tags import who_helps
from apps.appeals.wording import ASK
from apps.kinds.claim.records import ClaimRecord, Fact, Reason
from apps.kinds.coverage.records import CoverageClass, CoverageRecord
from apps.plain_language.language import _

TODAY = date(2026, 11, 25)
EVERY = frozenset(rule.key for rule in rules.rules())


def test_every_row_has_a_law_a_source_and_a_mark_and_no_other_kind_is_counted() -> None:
    assert len(EVERY) == len(rules.rules()) > 50
    for rule in rules.rules():
        assert rule.mark in ("A", "B") and len(rule.law) > 5 and len(rule.source) > 5, rule.key
        assert rule.sentence or rule.period, rule.key
        assert rule.period is None or len(rule.kinds) == 1, "a tick vouches for one law"
    assert all(rules.of(kind, "appeal") for kind in KINDS if kind != "unknown")


NAMED = re.compile(
    r"\d+\.\d+(?:-\d+)?|CMS-\d+|excepted benefits|[\w.]+\.(?:gov|org)[/\w-]*|1-\d{3}-\d{3}-\d{4}"
)
"""A section of a law, a form, a page or a telephone number: by these a row is found in the facts."""


def test_every_row_rests_on_a_fact_of_mark_a_or_b(shared: Path) -> None:
    """SHIP and 1-800-MEDICARE shipped as B; the facts have one source for each (mark C)."""
    facts = (shared / "facts" / "appeals.md").read_text(encoding="utf-8").splitlines()
    seen = [line for line in facts if re.search(r"\b[AB]\b", line.strip("| ").rsplit("|")[-1])]
    assert len(seen) > 50
    for rule in rules.rules():
        names = NAMED.findall(f"{rule.law} {rule.sentence}")
        assert any(name in line for name in names for line in seen), (rule.key, names)


@pytest.mark.parametrize(
    ("kind", "step", "letter", "last"),
    [  # by hand, from section 1.4 of the facts
        ("employer", "appeal", "2026-03-01", "2026-08-28"),
        ("individual", "appeal", "2026-03-01", "2026-08-28"),
        ("government", "appeal", "2026-03-01", "2026-08-28"),
        ("medicare", "appeal", "2026-03-01", "2026-07-04"),
        ("advantage", "appeal", "2026-03-01", "2026-05-05"),
        ("drug", "appeal", "2026-03-01", "2026-05-05"),
        ("medicaid_plan", "appeal", "2026-03-01", "2026-04-30"),
        ("federal", "appeal", "2026-08-31", "2027-02-28"),
        ("tricare", "appeal", "2026-03-01", "2026-05-30"),
        ("employer", "next", "2026-10-31", "2027-02-28"),
        ("medicare", "next", "2026-03-01", "2026-09-02"),
        ("drug", "next", "2026-03-01", "2026-04-30"),
        ("federal", "next", "2026-03-01", "2026-05-30"),
        *((kind, "appeal", "2026-03-01", None) for kind in ("medicaid_state", "chip", "separate", "limited")),
        *((kind, "next", "2026-03-01", None) for kind in ("advantage", "medicaid_plan", "tricare")),
    ],
)
def test_last_days_are_those_of_the_facts(kind: rules.Kind, step: rules.Step, letter: str, last: str) -> None:
    told = wording.deadline(
        Coverage(kind, "confirmed"),
        letter_on=date.fromisoformat(letter),
        checked=EVERY,
        today=TODAY,
        step=step,
    )
    assert told.day == (date.fromisoformat(last) if last else None)


def test_no_day_without_a_typed_date_a_ticked_row_and_a_sure_coverage() -> None:
    """All of them, each alone: of a thousand draws none may meet the one that errs."""
    letters = (None, date(2020, 1, 1), TODAY - timedelta(days=30), TODAY)
    sure_or_not = ("certain", "confirmed", "likely", "unknown")
    for kind, certainty, letter_on, step in product(KINDS, sure_or_not, letters, ("appeal", "next")):
        rule = rules.counted(kind, step)
        own = frozenset({rule.key}) if rule else frozenset[str]()
        for checked in (frozenset[str](), own, EVERY - own, EVERY):
            told = wording.deadline(
                Coverage(kind, certainty), letter_on=letter_on, checked=checked, today=TODAY, step=step
            )
            is_sure = certainty in ("certain", "confirmed")
            may = letter_on is not None and rule is not None and rule.key in checked and is_sure
            assert (told.day is not None) == may, (kind, certainty, letter_on, step)
            if may:
                assert "letter counts" in told.sentence or told.is_past
                assert ("may be over" in told.sentence) == (told.day is not None and told.day < TODAY)
            else:
                assert not told.left and "202" not in told.sentence
                assert "usually" in told.sentence.casefold() or "letter" in told.sentence


def test_what_is_not_checked_is_said_to_be_usual_and_names_its_source() -> None:
    every = wording.told(rules.of("employer"), frozenset())
    assert every and all(told.words.startswith("Usually: ") for told in every)
    assert all("Not yet checked" in told.source for told in every)
    assert not any(told.words.startswith("Usually") for told in wording.told(rules.of("employer"), EVERY))


def test_a_page_of_rules_says_once_that_they_are_usual() -> None:
    """It stood before each of them, twice, under a heading that says it."""
    every = [told for group in wording.groups("employer", frozenset()) for told in group.rules]
    assert every and not any("Usually" in told.words for told in every)
    assert all("Not yet checked" in told.source for told in every)


def test_a_period_counted_by_months_ends_on_a_day_that_exists_and_never_late() -> None:
    for start in (date(2026, 8, 31) + timedelta(days=n) for n in range(400)):
        last = counted_from(start, Period(6, "months"))
        assert (last.year * 12 + last.month) - (start.year * 12 + start.month) == 6
        assert last.day <= start.day


CMS = "Centers for Medicare and Medicaid Services"


def medicare(*parts: str) -> list[CoverageRecord]:
    return [
        CoverageRecord(
            status="active", payers=(CMS,),
            classes=(CoverageClass("group", "Medicare"), CoverageClass("plan", f"Part {part}")),
        )
        for part in parts
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "lines", "records", "is_drug", "kind", "certainty"),
    [
        ("employer", ["medicare"], [], False, "employer", "confirmed"),
        ("medicare", [], [], True, "drug", "confirmed"),
        ("unknown", ["employer"], [], False, "unknown", "unknown"),
        ("no kind", [], [], False, "unknown", "unknown"),
        (None, [], medicare("A", "B"), False, "medicare", "certain"),
        (None, [], medicare("A", "B", "C"), False, "unknown", "unknown"),
        (None, ["medicare_advantage"], [], False, "advantage", "likely"),
        (None, ["medicaid"], [], False, "unknown", "unknown"),
        (None, ["employer", "individual"], [], False, "unknown", "unknown"),
        (None, [], [CoverageRecord(type_code="3712")], False, "unknown", "unknown"),
        (None, ["employer"], [CoverageRecord(type_code="11")], False, "unknown", "unknown"),
    ],
)
def test_a_kind_is_sure_only_where_said_or_shown_by_medicare_itself(
    answer: object, lines: list[str], records: list[CoverageRecord], is_drug: bool, kind: str, certainty: str
) -> None:
    made = coverage(answer=answer, lines=lines, records=records, is_drug=is_drug)
    assert (made.kind, made.certainty) == (kind, certainty)


@pytest.mark.parametrize(
    ("codes", "causes"),
    [
        ({"50": "PR"}, ["need"]),
        ({"16": "CO"}, ["papers"]),
        ({"197": "PR", "242": "PR"}, ["approval", "network"]),
        ({"45": "CO", "1": "PR", "204": "PR"}, ["benefit"]),
        ({"29": "PR", "227": "PR", "18": "OA", "22": "OA", "119": "PR"},
         ["late", "asked", "duplicate", "others", "limit"]),
        ({"999": "PR"}, [""]),
        ({}, [""]),
    ],
)  # fmt: skip
def test_a_claim_gives_the_causes_of_its_refusing_reasons(codes: dict[str, str], causes: list[str]) -> None:
    reasons = tuple(Reason(code, "adjustment", group) for code, group in codes.items())
    told = refusals(ClaimRecord(reasons=reasons))
    assert [refusal.name for refusal in told] == causes
    assert all(refusal.who in MENDERS.values() and refusal.papers and refusal.argument for refusal in told)
    assert {cause.mender for cause in CAUSES.values()} == {"provider", "you", "doctor", "plan"}


def test_help_is_national_free_and_seen_on_an_official_page_or_by_several() -> None:
    """What one source alone names (mark C in the facts: medicaid.gov, NAIC, lawhelp) stays out."""
    told = " ".join(words for words, _kinds in who_helps(ClaimRecord())["helpers"])
    for entry in ("askebsa.dol.gov", "1-800-985-3059", "opm.gov", "tricare.mil", "“Appeals Forms”"):
        assert entry in told, entry
    for entry in ("medicaid.gov", "naic", "lawhelp"):
        assert entry not in told, entry
    assert "medicare.gov" in wording.help_for("medicare", EVERY)[0].words
    for kind in ("medicaid_plan", "medicaid_state", "chip"):
        assert wording.help_for(kind, EVERY)[0].words.startswith("Ask at the number on your card")  # type: ignore[arg-type]


@pytest.mark.parametrize("payer", ["Medicare", "Centers for Medicare and Medicaid Services"])
def test_of_a_claim_of_medicare_those_help_who_help_with_medicare(payer: str) -> None:
    """EBSA and OPM stood there, and 1-800-MEDICARE and SHIP, which one source alone names (mark C)."""
    told = [words for words, _kinds in who_helps(ClaimRecord(payer=payer))["helpers"]]
    assert "“Appeals Forms”" in told[0] and told[-1].startswith("Ask at the number on your card")
    for other in ("EBSA", "OPM", "TRICARE", "1-800-985-3059", "1-800-633-4227", "shiphelp.org"):
        assert not any(other in words for words in told), other
    assert len(who_helps(ClaimRecord(payer="Riverside Health"))["helpers"]) > len(told)


@pytest.mark.parametrize(
    "changes",
    [
        {"payer": "Medicare"},
        {"coverage": "Part D"},
        {"facts": (Fact("drug_cvrg_stus_cd", "C", code="C"),)},
        {"facts": (Fact("clm_drug_cvrg_stus_cd", "O", code="O"),)},
    ],
)
def test_of_a_drug_under_part_d_no_forms_of_original_medicare_are_named(changes: dict[str, Any]) -> None:
    """Nor who helps with an employer's plan: a drug plan decides, and has forms of its own."""
    told = [words for words, _kinds in who_helps(ClaimRecord(kind="pharmacy", **changes))["helpers"]]
    assert told == [_(ASK)]
