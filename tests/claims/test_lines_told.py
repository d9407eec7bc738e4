"""Lines in words: services, places, teeth, amounts and what is said beside them."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.wording import also_sent, story
from tests.claims.made import claim, cms, concept, displayed, info, line, money, priced, reading, stating
from tests.claims.systems import ADA, C4BB, CPT, MEDICARE, REVENUE
from tests.claims.telling import story_of


def test_a_place_is_told_as_a_place_and_not_as_a_stay() -> None:
    """A check-up of an hour was a "Hospital stay" beside its day."""
    place = concept((f"{MEDICARE}line_place_of_srvc_cd", "21"))
    assert "Inpatient hospital" in story_of(item=[line(1, locationCodeableConcept=place)]).lines[0].details


@pytest.mark.usefixtures("spanish")
def test_care_at_home_is_not_the_first_page_in_spanish() -> None:
    place = concept((f"{MEDICARE}line_place_of_srvc_cd", "12"))
    made = line(1, priced("submitted", "480.00"), locationCodeableConcept=place)
    assert "En su casa" in story_of(item=[made]).lines[0].details


@pytest.mark.parametrize(
    ("site", "words"),
    [
        (concept((f"{ADA}UniversalToothDesignationSystem", "14")), "tooth 14"),
        (concept(("http://terminology.hl7.org/CodeSystem/ex-tooth", "11")), "tooth 11"),
        (concept((f"{ADA}ToothSurfaceCodes", "O")), "biting side (O)"),
        (concept(("http://terminology.hl7.org/CodeSystem/FDI-surface", "MOD")),
         "side toward the front, biting side, side toward the back (MOD)"),
        (concept((f"{ADA}ToothSurfaceCodes", "X9")), "surface X9"),
        (concept((f"{ADA}AreaOralCavitySystem", "20")), "upper left quarter (20)"),
        (concept((f"{ADA}AreaOralCavitySystem", "77")), "area of the mouth 77"),
        ({"text": "Upper right"}, "Upper right"),
    ],
)  # fmt: skip
def test_teeth_and_their_sides_are_said_in_words(site: dict[str, Any], words: str) -> None:
    made = line(1, priced("submitted", "480.00"), bodySite=site)
    assert f"In the mouth: {words}" in story_of(type=concept(("x", "oral")), item=[made]).lines[0].details


def test_a_part_of_the_body_is_no_tooth() -> None:
    made = line(1, priced("submitted", "480.00"), bodySite={"text": "Left knee"})
    assert "Part of the body: Left knee" in story_of(item=[made]).lines[0].details


@pytest.mark.parametrize(
    "shown", ["Medical care", "Diagnostic laboratory", "Diagnostic X-Ray", "Ambulance (eff 04/95)"]
)
def test_m_19_a_wide_type_of_service_names_a_line_only_where_its_code_does_not(shown: str) -> None:
    """Medicare's "Medical care" stood for every office visit."""
    made = line(1, priced("submitted", "480.00"), category={"coding": [{"display": shown}]})
    visit = made | {"productOrService": concept((CPT, "99213"))}
    unheard = made | {"productOrService": concept((CPT, "2GGGG"))}
    story = story_of(item=[visit, unheard])
    assert story.lines[0].what == "Office visit"
    assert story.lines[1].what in ("Medical care", "Laboratory test", "Imaging", "Ambulance")
    assert story.title == "Office visit at Riverside Clinic"


@pytest.mark.usefixtures("spanish")
def test_m_22_a_wide_type_of_service_is_said_in_the_readers_language() -> None:
    made = line(1, priced("submitted", "480.00"), category={"coding": [{"display": "Surgery"}]},
                productOrService=concept((CPT, "2GGGG")))  # fmt: skip
    assert story_of(item=[made]).lines[0].what == "Cirugía"


@pytest.mark.parametrize(
    ("code", "words"), [("group", "Several services together"), ("compound", "Drug mixed by the pharmacy")]
)
def test_what_stands_in_place_of_a_code_is_no_code(code: str, words: str) -> None:
    story = story_of(item=[line(1, priced("submitted", "480.00"), productOrService=concept(("x", code)))])
    assert (story.lines[0].what, story.lines[0].code, story.code_note) == (words, "", "")


def test_a_service_whose_list_nobody_knows_is_called_a_service() -> None:
    made = line(1, priced("submitted", "480.00"), productOrService=concept(("http://x.test/codes", "1205")))
    [row] = story_of(item=[made]).lines
    assert (row.what, row.code) == ("Service with code 1205", "")


def test_m_01_lines_of_zero_beside_other_figures_of_the_claim_are_said_to_be_not_split() -> None:
    """Ten lines said "Plan paid $0.00" of a claim that the plan paid 80.00 for."""
    lines = [line(n, priced("submitted", "240.00"), priced("benefit", "0.00"),
                  priced("memberliability", "0.00", system=C4BB)) for n in (1, 2)]  # fmt: skip
    sent = priced("submitted", "480.00"), priced("benefit", "80.00")
    note = (
        "Your plan wrote $0.00 on every line for what it paid. For the whole claim it states another figure."
    )
    assert story_of(*sent, item=lines).lines_note == note
    assert story_of(priced("submitted", "480.00"), priced("benefit", "0.00"), item=lines).lines_note == ""
    liable = priced("memberliability", "20.00", system=C4BB)
    assert story_of(*sent, liable, item=lines).lines_note == (
        "Your plan wrote $0.00 on every line for what it paid and your share. "
        "For the whole claim it states other figures."
    )
    nobody = [line(1, priced("submitted", "480.00"), priced("priorpayerpaid", "0.00", system=C4BB))]
    by_others = story_of(*sent, priced("priorpayerpaid", "60.00", system=C4BB), item=nobody)
    assert by_others.lines_note == note.replace("what it paid", "what others paid")


@pytest.mark.parametrize(("dear", "which"), [((1,), "Line 1"), ((1, 2, 3), "Lines 1 to 3"), ((), "")])
def test_shares_above_what_their_lines_come_to_are_told_once(dear: tuple[int, ...], which: str) -> None:
    """Of Medicare's made-up data each line said so."""
    every = [
        line(n, *money(f"submitted 10, benefit 0, memberliability {20 if n in dear else 5}"))
        for n in (1, 2, 3)
    ]
    story = story_of(*money("submitted 30, benefit 0"), item=every)
    text = f"{which}: Your share is more than all that the line comes to: ask your plan why before you pay."
    assert story.lines_note == (text if dear else "")
    of_share = {box: said for box, _asked, said in story.checklist}["share"]
    assert (text in of_share) == (len(dear) == 1), of_share
    assert ("ask your plan why before you pay" in of_share) == bool(dear), of_share
    assert not any("before you pay" in detail for row in story.lines for detail in row.details)


def test_nothing_of_what_a_line_tells_apart_is_not_told() -> None:
    """ "Rate for one unit: $0.00" stood on every line of Medicare's outpatient claims."""
    charge = cms("rev_cntr_tot_chrg_amt", "40.00", "submitted")
    for rate in ("0", "0.00"):
        made = claim(item=[line(1, charge, cms("rev_cntr_rate_amt", rate, "submitted"))])
        assert wording.story(reading(made)).lines[0].details == ()
        assert "Rate for one unit" not in dict(wording.story(reading(made)).more)


def test_a_rate_that_makes_no_line_of_a_bill_is_for_offices() -> None:
    """ "Quantity 1 · Rate for one unit: $10.00" above "Billed $30.00" reads as a wrong bill (facts 2.4)."""
    lines = [
        line(place, cms("rev_cntr_tot_chrg_amt", "30"), cms("rev_cntr_rate_amt", rate, "submitted"))
        for place, rate in ((1, "10"), (2, "8.50"))
    ]
    story = wording.story(reading(claim(item=lines)))
    assert [row.details for row in story.lines] == [(), ()]
    assert dict(story.more)["Rate for one unit"] == "$10.00 in line 1 and $8.50 in line 2"


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize(
    ("shown", "words"),
    [("Upper right quadrant", "cuarto superior derecho (10)"), ("Front teeth", "Front teeth")],
)
def test_a_quarter_of_the_mouth_is_said_in_spanish_unless_the_plan_named_another(
    shown: str, words: str
) -> None:
    """Published dental claims write the list's own English words beside the code."""
    area = {"coding": [{"system": f"{ADA}AreaOralCavitySystem", "code": "10", "display": shown}]}
    made = line(1, priced("submitted", "480.00"), bodySite=area)
    assert f"En la boca: {words}" in story_of(type=concept(("x", "oral")), item=[made]).lines[0].details


@pytest.mark.usefixtures("spanish")
def test_charges_known_by_a_code_alone_are_asked_about_with_it() -> None:
    """Six charges of a hospital were one in Spanish, cut before its code."""
    charges = [line(number, revenue=concept((REVENUE, code))) for number, code in ((1, "0210"), (2, "0481"))]
    answers = {name: answer for name, _question, answer in story_of(item=charges).checklist}
    assert answers["services"] == "Cargos con los códigos de cargo (revenue codes) 0210 y 0481"


def test_lines_that_are_alike_and_have_no_amounts_are_one_row_that_says_how_many() -> None:
    """M-20: thirteen days of the same care said thirteen times that no amount was shared."""
    lines = [line(number, productOrService=displayed("Hospital visit", "1")) for number in (1, 2, 3)]
    rows = wording.story(reading(claim(priced("submitted", "90"), item=[*lines, line(4)]))).lines
    assert [(row.what, row.details) for row in rows] == [
        ("Hospital visit", ("3 times in the claim",)),
        ("Your plan did not say what this was", ()),
    ]
    priced_lines = [line(number, priced("submitted", "30")) for number in (1, 2)]
    assert len(wording.story(reading(claim(item=priced_lines))).lines) == 2


def test_surfaces_of_one_tooth_stand_together() -> None:
    teeth = [displayed("Upper right quadrant", "UR"), displayed("Occlusal", "O")]
    items = [line(1, bodySite=teeth[0], subSite=teeth[1:])]
    assert wording.story(reading(claim(item=items, kind="oral"))).lines[0].details == (
        "In the mouth: Upper right quadrant, Occlusal",
    )


def test_a_line_whose_total_is_more_than_its_charge_contradicts_it() -> None:
    """3.9: a total of a line (R4 `net`) of $90.00 stood beside a charge of $40.00 without a word."""

    def billed(*nets: float) -> tuple[list[str], list[tuple[str, ...]]]:
        lines = [
            line(number, *money(f"submitted {charge}"), net={"value": net, "currency": "USD"})
            for number, (charge, net) in enumerate(zip((60, 40), nets, strict=True), 1)
        ]
        told = story(stating("submitted 100", item=lines))
        return list(told.receipt[0].others), [one.amounts[0].others for one in told.lines]

    assert billed(60, 90) == (["its line totals come to $150.00"], [(), ("also stated: $90.00",)])
    assert billed(10, 90) == ([], [(), ("also stated: $90.00",)])
    assert billed(50, 40) == ([], [(), ()])


@pytest.mark.parametrize(
    ("charges", "lead", "told"),
    [
        ([], "$160.00 by the line totals", "the claim says $100.00. Its line totals come to $160.00."),
        (
            [50, 60],
            "$160.00 by the line totals and $110.00 as the sum of its lines",
            "the claim says $100.00. Its lines add up to $110.00. Its line totals come to $160.00.",
        ),
    ],
)
def test_totals_of_lines_are_not_called_the_sum_of_what_they_billed(
    charges: list[int], lead: str, told: str
) -> None:
    """3.9: "billed: also $335.57 as the sum of its lines", which state no charge at all."""
    charged = [money(f"submitted {charge}") for charge in charges] or [[], []]
    lines = [
        line(number, *charged[number - 1], net={"value": net, "currency": "USD"})
        for number, net in ((1, 150), (2, 10))
    ]
    said = story(stating("submitted 100", item=lines))
    assert f"what was billed: $100.00, but also {lead}." in said.answer
    assert said.disagreements == (f"For what was billed, {told}",)


def test_a_share_of_a_line_that_is_more_than_its_price_is_remarked() -> None:
    """3.9: a copay of $424.00 stood on a line of $87.00 in all without a word."""

    def is_remarked(amounts: str, net: float | None = None) -> bool:
        total = {"net": {"value": net, "currency": "USD"}} if net is not None else {}
        done = line(1, *money(amounts), **total)
        note = story(stating("submitted 424", item=[done])).lines_note
        return "Line 1: Your share is more than all" in note

    assert is_remarked("copay 424", 87)
    assert is_remarked("submitted 87, copay 424")
    assert is_remarked("submitted 87, memberliability 424")
    assert not is_remarked("submitted 424, copay 424", 87)
    assert not is_remarked("copay 87", 87)
    assert not is_remarked("copay 20", 0)
    assert not is_remarked("copay 20")
    assert not is_remarked("submitted -68.80, memberliability 0")


def test_a_code_of_no_list_is_called_one() -> None:
    """ "1101" stood alone under its line."""
    product = {"coding": [{"code": "1101"}], "text": "Exam"}
    made = claim(item=[line(1, *money("submitted 20"), productOrService=product)])
    assert wording.story(reading(made)).lines[0].code == "Code 1101"


CENTER = "https://bluebutton.cms.gov/x/CLM-REV-CNTR-CD"


@pytest.mark.parametrize(
    ("code", "amounts", "told"),
    [
        ("1", "deductible 9", "The deductible does not apply"),
        ("2", "coinsurance 9", "Coinsurance does not apply"),
        ("3", "coinsurance 9", "Neither deductible nor coinsurance applies"),
        ("3", "deductible 9, coinsurance 0", "Neither deductible nor coinsurance applies"),
        ("1", "coinsurance 9", ""),
        ("2", "deductible 9, coinsurance 0", ""),
        ("0", "deductible 9, coinsurance 9", ""),
        ("4", "submitted 25, deductible 9", "Without a charge of its own"),
        ("4", "submitted 0, deductible 9", ""),
    ],
)
def test_what_a_line_lists_though_it_does_not_apply_is_told_as_both(
    code: str, amounts: str, told: str
) -> None:
    """ "Neither deductible nor coinsurance applies" stood above "Coinsurance $1,193.12"."""
    rule = {"system": "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-DDCTBL-COINSRNC-CD", "code": code}
    revenue = {"coding": [{"system": CENTER, "code": "0250"}, rule]}
    (row,) = story(reading(claim(item=[line(1, *money(amounts), revenue=revenue)]))).lines
    apart = [detail for detail in row.details if "lists some all the same" in detail]
    assert apart == ([f"{told}: your plan says so, and lists some all the same"] if told else [])


@pytest.mark.parametrize(
    ("code", "shown", "modifier"),
    [("A7030NU", "A7030", "NU"), ("73562RT", "73562", "RT"), ("A7030", "A7030", ""), ("D0220", "D0220", "")],
)
def test_a_modifier_written_behind_its_code_is_read_as_one(code: str, shown: str, modifier: str) -> None:
    """Optum's sandbox: "Service or supply with HCPCS code A7030NU", a mask whose words are free."""
    system = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
    (read_line,) = reading(claim(item=[line(1, productOrService=concept((system, code)))])).lines
    assert read_line.what.code == shown
    assert [one.code for one in read_line.modifiers] == [modifier] * bool(modifier)


def test_a_tooth_is_called_one() -> None:
    """Versions of CARIN before 2.0 name it among the facts: "toothnumber 31", as something unheard of."""
    record = reading(claim(supportingInfo=[info("toothnumber", code=concept(("tooth", "31")))]))
    assert dict(wording.story(record).facts)["Tooth"] == "31"
    assert also_sent.rows(record) == ()


def test_m_20_lines_of_nothing_are_folded_into_one() -> None:
    """M-20: a visit of 8,469 px; beside lines of something those of nothing are told by their number."""
    zeros = [line(n, priced("submitted", "0.00"), priced("benefit", "0.00")) for n in range(2, 12)]
    told = wording.story(reading(claim(item=[line(1, priced("submitted", "80.00")), *zeros])))
    assert told.folded_lines == "10 more lines of $0.00"
    assert [row.number for row in told.lines if not row.is_folded] == [1]
    assert wording.story(reading(claim(item=zeros))).folded_lines == ""
    unknown = [line(n) for n in range(2, 12)]
    assert (
        wording.story(reading(claim(item=[line(1, priced("submitted", "80.00")), *unknown]))).folded_lines
        == ""
    )
