"""Claims of every kind and source: titles, kinds, days and payers say what the data says."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim import standing, unpaid, wording
from apps.plain_language.capitals import calm_name
from apps.plain_language.dates import span_words
from tests.claims.given import NOW, a_claim, all_agreed, an_eob, approvals_of, path_of, save
from tests.claims.made import C4BB, DISCRIMINATOR, claim, cms, concept, line, money, priced, reading
from tests.claims.made_kinds import HCPCS, REVENUE
from tests.claims.test_looked_at import ADA, CPT, told
from tests.claims.twin_pages import page

MEDICARE = "https://bluebutton.cms.gov/resources/variables/"
NO_DRUG = "Prescription at Riverside Clinic"
NDC = "http://hl7.org/fhir/sid/ndc"


def not_paid(code: str, words: str) -> dict[str, Any]:
    """Return Medicare's reason of a claim for not paying."""
    url = f"{MEDICARE}clm_mdcr_non_pmt_rsn_cd"
    return {"url": url, "valueCoding": {"system": url, "code": code, "display": words}}


def test_a_payer_that_stands_where_the_provider_belongs_gives_nobody_care() -> None:
    """It said "Dental visit at XYZ Insurance" and "XYZ Insurance billed $480.00"."""
    both = {"reference": "Organization/2"}
    record = reading(claim(priced("submitted", "480.00"), insurer=both, provider=both),
                     **{"Organization/2": "XYZ Insurance"})  # fmt: skip
    story = wording.story(record)
    assert story.title == "Medical care"
    assert story.answer.startswith("The provider billed $480.00.")
    assert dict(story.facts)["Provider"].startswith("Your plan names itself here")
    at = {"facility": {"display": "South Wing"}}
    ward = reading(claim(priced("submitted", "480.00"), insurer=both, provider=both, **at),
                   **{"Organization/2": "XYZ Insurance"})  # fmt: skip
    assert wording.story(ward).title == "Medical care at South Wing"
    assert wording.story(ward).answer.startswith("The provider billed $480.00.")


def test_a_title_keeps_the_second_of_two_quotes() -> None:
    product = {"text": "Encounter for 'check-up'"}
    made = line(1, priced("submitted", "200.00"), productOrService=product)
    assert wording.story(reading(claim(item=[made]))).title.startswith("Encounter for 'check-up'")


def test_who_insures_and_gives_care_under_one_name_is_named() -> None:
    own = {"display": "Kaiser Permanente"}
    story = told(insurer=own, provider=own)
    assert story.title == "Medical care at Kaiser Permanente"


@pytest.mark.parametrize(
    ("product", "title"),
    [
        ({"coding": [{"code": "1101"}], "text": "Exam,comp,primary"}, NO_DRUG),
        ({"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "90471"}], "text": "Giving it"},
         NO_DRUG),
        ({"coding": [{"code": "00093104801"}], "text": "Metformin 500 mg"}, "Prescription: Metformin 500 mg"),
        ({"coding": [{"system": "http://plan.test/drugs", "code": "7"}], "text": "Metformin"},
         "Prescription: Metformin"),
        ({"coding": [{"system": "https://www.cms.gov/hcpcs", "code": "J2270", "display": "Morphine"}]},
         "Prescription: Morphine"),
        ({"text": "Metformin"}, "Prescription: Metformin"),
    ],
)  # fmt: skip
def test_what_is_no_drug_is_not_called_one(product: dict[str, Any], title: str) -> None:
    made = line(1, priced("submitted", "480.00"), productOrService=product)
    story = told(type=concept(("x", "pharmacy")), item=[made])
    assert story.title == title
    assert ("Drug" in dict(story.drug)) is (title != NO_DRUG)
    assert product.get("text", "Morphine") in story.lines[0].what


def test_how_many_days_it_lasts_is_told_though_the_product_is_no_drug() -> None:
    supply = {"sequence": 1, "category": concept(("x", "dayssupply")), "valueQuantity": {"value": 14}}
    made = line(1, priced("submitted", "480.00"), productOrService={"coding": [{"code": "1101"}]})
    story = told(type=concept(("x", "pharmacy")), item=[made], supportingInfo=[supply])
    assert dict(story.drug) == {"Lasts for": "14 days"}
    assert {name: question for name, question, _answer in story.checklist}["services"] == (
        "Did you get these services?"
    )


def test_m_05_a_drug_whose_words_are_its_package_is_called_by_its_name() -> None:
    """Its title said Prozac, its line "100 CAPSULE in 1 BOTTLE"."""
    sent = "100 CAPSULE in 1 BOTTLE (0777-3105-02)"
    product = {"coding": [{"system": NDC, "code": "0777-3105-02", "display": sent}]}
    made = line(1, priced("submitted", "480.00"), productOrService=product)
    story = told(type=concept(("x", "pharmacy")), item=[made])
    assert story.title == "Prescription: Prozac"
    assert story.lines[0].what == dict(story.drug)["Drug"] == f"Prozac (Oral Pill), {sent}"


@pytest.mark.parametrize("code", ["A", "W", "E"])
def test_m_03_another_payers_turn_is_no_refusal_that_a_plan_changes_its_mind_about(code: str) -> None:
    """Medicare said that workers' compensation covers it; the page said "It can change its mind"."""
    record = reading(claim(
        priced("submitted", "480.00"), priced("benefit", "0.00"), priced("eligible", "447.00"),
        priced("noncovered", "33.00", system=C4BB), priced("memberliability", "20.00", system=C4BB),
        extension=[not_paid(code, "Covered worker's compensation (Obsolete)")],
    ))  # fmt: skip
    steps = wording.story(record).steps
    assert steps is not None
    assert steps.meaning == (
        "Your plan did not pay a part because it thinks another insurer should. "
        "Ask which one, and tell the provider."
    )
    assert unpaid.apart(record) == "other_payer"
    assert standing.state(record) == "partly_refused"


@pytest.mark.parametrize("code", ["A", "B", "N"])
def test_a_reason_for_paying_nothing_refuses_no_part_of_what_was_paid(code: str) -> None:
    """5.3: "Your plan refused a part", by Medicare's reason for paying nothing of a stay that it paid."""
    figures = money("submitted 480, benefit 400, noncovered 33, memberliability 20")
    story = wording.story(reading(claim(*figures, extension=[not_paid(code, "Covered elsewhere")])))
    assert story.badge is not None
    assert (story.badge.words, story.steps) == ("Paid by your plan", None)
    told = (
        "it pays nothing stands on this claim. The claim states a payment of $400.00 all the same. Ask your "
    )
    assert told in story.notices[0]
    item = [line(1, *money("submitted 480, benefit 700"))]
    apart = wording.story(
        reading(claim(*figures, item=item, extension=[not_paid(code, "Covered elsewhere")]))
    )
    assert apart.notices == (), "which of the payments is right is asked already"


@pytest.mark.parametrize("code", ["22", "109", "120"])
def test_m_03_a_reason_that_names_another_plan_says_to_ask_which_one(code: str) -> None:
    """Beside "A managed care plan covers you for this." (120) it only said that you can ask to check."""
    reason = {"category": concept(("x", "denialreason")), "reason": concept(("x", f"CO{code}"))}
    made = line(1, *money("submitted 25.00, noncovered 24.00, benefit 1.00"), reason)
    steps = wording.story(
        reading(claim(*money("submitted 25.00, noncovered 24.00, benefit 1.00"), item=[made]))
    ).steps
    assert steps is not None
    assert "Ask which one, and tell the provider." in steps.meaning


def test_a_plan_in_capitals_is_written_as_people_write() -> None:
    story = told(insurer={"display": "INSURANCE COMPANY OF OHIO"})
    assert (story.payer, dict(story.facts)["Plan"]) == ("Insurance Company of Ohio",) * 2
    assert told(insurer={"display": "INSURANCE COMPANY XYZ"}).payer == "Insurance Company XYZ"
    assert told(insurer={"display": "medicare"}).payer == "Medicare"
    assert calm_name("eHealth") == "eHealth"


@pytest.mark.django_db
def test_people_whom_a_plan_names_in_capitals_are_called_as_people_write(
    alice_client: Client, first: Connection
) -> None:
    """Pages were headed "March 9, 2026 · MRS ANNABEL MARIE DEMO"."""
    for number, name in ((1, "MRS ANNABEL DEMO"), (2, "MR OTIS DEMO")):
        save(first, an_eob(number, patient={"reference": f"Patient/{number}", "display": name}))
    all_agreed(first.member)
    with time_machine.travel(NOW):
        for path in ("/claims/", path_of(first, 1), "/home/", "/money/"):
            page = alice_client.get(path, follow=True).content.decode()
            assert ("Annabel Demo" in page, "DEMO" in page) == (True, False), path


def test_what_a_line_is_for_begins_with_a_capital() -> None:
    product = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "27", "display": "antitoxin"}]}
    assert (
        told(item=[line(1, priced("submitted", "480.00"), productOrService=product)]).lines[0].what
        == "Antitoxin"
    )


def test_m_01_lines_of_zero_beside_other_figures_of_the_claim_are_said_to_be_not_split() -> None:
    """Ten lines said "Plan paid $0.00" of a claim that the plan paid 80.00 for."""
    lines = [line(n, priced("submitted", "240.00"), priced("benefit", "0.00"),
                  priced("memberliability", "0.00", system=C4BB)) for n in (1, 2)]  # fmt: skip
    sent = priced("submitted", "480.00"), priced("benefit", "80.00")
    note = (
        "Your plan wrote $0.00 on every line for what it paid. For the whole claim it states another figure."
    )
    assert told(*sent, item=lines).lines_note == note
    assert told(priced("submitted", "480.00"), priced("benefit", "0.00"), item=lines).lines_note == ""
    liable = priced("memberliability", "20.00", system=C4BB)
    assert told(*sent, liable, item=lines).lines_note == (
        "Your plan wrote $0.00 on every line for what it paid and your share. "
        "For the whole claim it states other figures."
    )
    nobody = [line(1, priced("submitted", "480.00"), priced("priorpayerpaid", "0.00", system=C4BB))]
    by_others = told(*sent, priced("priorpayerpaid", "60.00", system=C4BB), item=nobody)
    assert by_others.lines_note == note.replace("what it paid", "what others paid")


@pytest.mark.parametrize(("dear", "which"), [((1,), "Line 1"), ((1, 2, 3), "Lines 1 to 3"), ((), "")])
def test_shares_above_what_their_lines_come_to_are_told_once(dear: tuple[int, ...], which: str) -> None:
    """Of Medicare's made-up data each line said so."""
    every = [
        line(n, *money(f"submitted 10, benefit 0, memberliability {20 if n in dear else 5}"))
        for n in (1, 2, 3)
    ]
    story = told(*money("submitted 30, benefit 0"), item=every)
    text = f"{which}: Your share is more than all that the line comes to: ask your plan why before you pay."
    assert story.lines_note == (text if dear else "")
    assert not any("before you pay" in detail for row in story.lines for detail in row.details)


@pytest.mark.parametrize("code", ["93000", "70450", "99213", "99243", "80061"])
def test_m_22_a_claim_is_called_the_same_in_both_languages(code: str) -> None:
    """Spanish said "Visita médica" of a heart test at an office: its word for a test sounds like "exam"."""
    place = concept((f"{MEDICARE}line_place_of_srvc_cd", "11"))
    made = line(1, priced("submitted", "480.00"), locationCodeableConcept=place,
                productOrService=concept(("http://www.ama-assn.org/go/cpt", code)))  # fmt: skip
    record = reading(claim(priced("submitted", "480.00"), item=[made]))
    english = wording.story(record)
    with translation.override("es"):
        assert wording.story(record).kind == translation.gettext(english.kind)
        subject = english.title.partition(" at ")[0]
        assert wording.story(record).title.startswith(translation.gettext(subject))


@pytest.mark.usefixtures("spanish")
def test_days_of_one_month_name_it_once_in_spanish() -> None:
    assert span_words("2011-05-23", "2011-05-25") == "23 al 25 de mayo de 2011"
    assert span_words("2011-05-23", "2011-06-02") == "23 de mayo al 2 de junio de 2011"


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


@pytest.mark.django_db
def test_an_approval_belongs_to_the_room_of_claims(alice_client: Client, first: Connection) -> None:
    """No room was marked while an approval was read."""
    save(first, an_eob(1, use="preauthorization"))
    [approval] = approvals_of(first)
    page = alice_client.get(f"/claims/approvals/{approval.id}/").content.decode()
    assert re.search(r'href="/claims/" aria-current="page"', page)


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


def test_a_line_that_was_paid_in_part_is_not_said_to_be_paid_nothing() -> None:
    """Of a line 24.00 was not covered and 26.00 paid: "Your plan paid nothing for a part"."""
    url = f"{MEDICARE}rev_cntr_1st_ansi_cd"
    reason = {"category": concept((DISCRIMINATOR, "denialreason")), "reason": concept((url, "CO50"))}
    amounts = [*money("submitted 50.00, benefit 26.00, noncovered 24.00"), reason]
    record = reading(claim(total=None, item=[line(1, *amounts)]))
    steps = wording.story(record).steps
    assert (standing.state(record), steps is not None) == ("partly_paid", True)
    record = reading(claim(priced("noncovered", "24.00", system=C4BB), item=[line(1, *amounts[-2:])]))
    steps = wording.story(record).steps
    assert standing.state(record) == "partly_refused"
    assert steps is not None
    assert steps.meaning == "Your plan refused a part of this claim. You can ask it to check."


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
    assert f"En la boca: {words}" in told(type=concept(("x", "oral")), item=[made]).lines[0].details


@pytest.mark.parametrize(
    ("place", "title"),
    [("41", "Ambulance ride with Riverside Clinic"), ("12", "Visit at home by Riverside Clinic")],
)
def test_care_that_comes_to_the_member_is_not_at_its_provider(place: str, title: str) -> None:
    where = concept((f"{MEDICARE}line_place_of_srvc_cd", place))
    made = line(1, priced("submitted", "480.00"), locationCodeableConcept=where)
    assert told(item=[made]).title == title


def test_figures_that_come_from_nowhere_have_no_note_to_open(alice: Member, alice_client: Client) -> None:
    """Of a claim without amounts it opened and was empty."""
    unpriced, known = (a_claim(alice, number, share=share) for number, share in ((1, None), (2, "5.00")))
    assert 'data-testid="sources"' not in page(alice_client, f"/claims/{unpriced.pk}/")
    assert 'data-testid="sources"' in page(alice_client, f"/claims/{known.pk}/")


@pytest.mark.usefixtures("spanish")
def test_charges_known_by_a_code_alone_are_asked_about_with_it() -> None:
    """Six charges of a hospital were one in Spanish, cut before its code."""
    charges = [line(number, revenue=concept((REVENUE, code))) for number, code in ((1, "0210"), (2, "0481"))]
    answers = {name: answer for name, _question, answer in told(item=charges).checklist}
    assert answers["services"] == "Cargos con los códigos de cargo (revenue codes) 0210 y 0481"


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ((("99396", "Yearly check-up", "285"),), "Yearly check-up at Riverside Clinic"),
        ((("99396", None, "285"),), "Check-up at Riverside Clinic"),
        ((("99213", "Office visit", "190"),), "Office visit at Riverside Clinic"),
        ((("90686", "Flu vaccine", "46"), ("90471", "Giving it", "49")), "Flu vaccine at Riverside Clinic"),
        ((("90471", None, "49"),), "Giving a vaccine at Riverside Clinic"),
    ],
)
def test_a_check_up_says_more_than_its_place_and_a_product_more_than_giving_it(
    lines: tuple[tuple[str, str | None, str], ...], title: str
) -> None:
    office = concept((f"{MEDICARE}line_place_of_srvc_cd", "11"))
    made = [
        line(number, priced("submitted", amount), locationCodeableConcept=office,
             productOrService={"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": code}],
                               "text": words})
        for number, (code, words, amount) in enumerate(lines, 1)
    ]  # fmt: skip
    assert wording.title(reading(claim(item=made))) == title


def test_a_claims_page_says_from_which_element_each_figure_came(alice: Member, alice_client: Client) -> None:
    """Each amount of the receipt has its place among what the plan sent, or is said to be worked out."""
    html = page(alice_client, f"/claims/{a_claim(alice).pk}/")
    receipt, sources = html.split('data-testid="receipt"')[1].split('data-testid="sources"')
    known = [row for row in receipt.split("<tr ") if '<td role="cell" class="money"' in row]
    labels = [re.sub("<[^>]+>", "", re.search(r"__label\">(.*?)<(?:span|/span|/a)", row)[1]) for row in known]
    told = dict(re.findall(r"<dt>([^:<]*): [^<]*</dt><dd>(.*?)</dd>", sources))
    assert "Billed" in labels and "Your share" in labels
    for label in labels:
        assert re.search(r"your plan sent it in .*\(entry \d\)|We worked it out", told[label]), label


def test_a_pharmacy_is_called_one_wherever_it_is_asked(alice: Member, alice_client: Client) -> None:
    """ "Ask the provider first", who "can tell you what they mean", of a drug."""
    bought = {"item": [line(1, productOrService=concept((NDC, "748856")))], "provider": {}}
    html = page(alice_client, f"/claims/{a_claim(alice, kind='pharmacy', **bought).pk}/")
    assert "Ask the pharmacy first, then your plan" in html
    assert "the pharmacy can tell you what they mean" in html
    assert "Is it from the same pharmacy?" in html
    assert not re.search(r"[Aa]sk the provider|the provider can|same provider", html)
    plan = {"display": "XYZ Insurance"}
    own = reading(an_eob(1, kind="pharmacy", insurer=plan, provider=plan))
    [asked] = [told for name, _question, told in wording.story(own).checklist if name == "provider"]
    assert asked == "Your plan names itself here; it did not say which pharmacy it was."


@pytest.mark.parametrize(
    ("done", "under"), [((CPT, "99213"), "Diagnósticos"), ((HCPCS, "J2270"), "Línea por línea")]
)
def test_why_names_of_codes_are_english_stands_where_they_are(
    alice: Member, alice_client: Client, done: tuple[str, str], under: str
) -> None:
    """In Spanish it stood under "Su plan no dijo qué fue esto", of a diagnosis far below."""
    ill = {"sequence": 1, "diagnosisCodeableConcept": concept(("http://hl7.org/fhir/sid/icd-10-cm", "I10"))}
    shown = a_claim(alice, item=[line(1, productOrService=concept(done))], diagnosis=[ill])
    answer = alice_client.get(f"/claims/{shown.pk}/", headers={"accept-language": "es"})
    before, _note = answer.content.decode().split('data-testid="english-note"')
    assert re.findall(r"<h2[^>]*>\s*(?:<[^>]*>)?\s*([^<]*)", before)[-1].startswith(under)
