"""The page of a refusal: what is noted on it, the packet, the calendar file, and to whom it opens."""

import re
from io import BytesIO
from time import process_time
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from apps.accounts.models import Member
from apps.appeals import rules
from apps.appeals.models import CheckedRule
from apps.appeals.wording import days_left
from apps.audit.models import AuditEntry
from apps.plans.models import Plan
from apps.records.models import Remark
from tests.claims.given import NOW, a_claim, a_connection, an_eob, save, shown
from tests.claims.made import body, concept, line, money, priced, status, why
from tests.claims.systems import CLAIM_TYPE
from tests.conftest import by_passkey, page

pytestmark = pytest.mark.usefixtures("november_2026")


def refused(number: int = 1, *, code: str = "50", group: str = "PR", **changes: Any) -> dict[str, Any]:
    """Return a claim of September that the plan denied for the reason of this number."""
    item = line(1, status("benefitpaymentstatus", "denied"), why(group, code), priced("benefit", "0.00"))
    return an_eob(number, on="2026-09-09", share="480.00", item=[item]) | changes


def tick(*keys: str, on: str = "2026-11-01") -> None:
    for rule in rules.rules():
        if rule.key in keys:
            looked = {"page": "https://a.gov/", "checked_on": on}
            CheckedRule.objects.create(rule=rule.key, version=rule.version, **looked)


@pytest.fixture
def address(alice: Member) -> str:
    save(a_connection(alice), refused())
    return f"/claims/{shown(alice)[0].id}/appeal/"


def told(html: str, testid: str) -> str:
    match = re.search(rf'data-testid="{testid}">([^<]*)<', html)
    return match[1].strip() if match else ""


def test_from_a_refused_claim_to_its_last_day(alice_client: Client, address: str) -> None:
    claim = address.removesuffix("appeal/")
    shown = page(alice_client, claim)
    assert f'href="{address}"' in shown and 'data-testid="who-helps"' in shown
    html = page(alice_client, address)
    assert "Not seen as medically needed" in html and "looked at again, with your doctor&#x27;s help" in html
    assert "Information, not legal advice." in html
    assert "from 60 days to 6 months" in told(html, "until")
    assert "42 CFR 438.402(c)(2)(ii)" in html and "5 CFR 890.105" in html, "both have their source"
    assert told(html, "rules-of").startswith("Which rules apply depends on where the coverage comes from")
    typed = {"letter_on": "2026-10-01", "kind": "employer"}
    alice_client.post(f"{address}letter/", typed)
    assert "usually have at least 180 days" in told(page(alice_client, address), "until")
    assert alice_client.get(f"{address}day.ics").status_code == 404
    tick("employer-appeal")
    html = page(alice_client, address)
    assert "arrives by March 30, 2027; the date in your letter counts" in told(html, "until")
    assert "125 days are left." in html
    CheckedRule.objects.update(checked_on="2025-11-24")
    assert "usually" in told(page(alice_client, address), "until"), "a tick holds for a year"
    CheckedRule.objects.update(checked_on="2026-11-01", version="other")
    assert "usually" in told(page(alice_client, address), "until"), "and for the row as it was"


def test_one_button_stands_out_on_a_refused_claim_and_on_its_way_on(
    alice_client: Client, address: str
) -> None:
    """ "Compare" stood beside the way on, and "Note both" beside the packet, as if it came next."""
    standing_out = re.compile(
        r'<(?:a|button) class="button(?: button--small)?"[^>]*data-testid="([^"]*)|<button class="button">'
    )
    assert standing_out.findall(page(alice_client, address.removesuffix("appeal/"))) == ["appeal"]
    assert standing_out.findall(page(alice_client, address)) == ["packet"]


def test_today_counts_days_only_where_they_may_be_told_and_waits_with_the_member(
    alice_client: Client, address: str
) -> None:
    tick("employer-appeal", "employer-next")
    home = page(alice_client, "/home/")
    assert (
        f'href="{address}"' in home
        and "left" not in re.findall(r"Your plan denied this claim\.[^<]*", home)[0]
    )
    alice_client.post(f"{address}letter/", {"letter_on": "2026-10-01", "kind": "employer"})
    assert "125 days are left." in page(alice_client, "/home/")
    alice_client.post(f"{address}progress/", {"sent_on": "2026-11-02"})
    assert address not in page(alice_client, "/home/"), "nothing is to be done before the answer"
    html = page(alice_client, address)
    assert html.index('id="progress"') < html.index('data-testid="done">') < html.index('id="letter"')
    for act in ({"letter_on": "2026-10-01", "kind": "employer"}, {"topic": "letter", "said_at": "none"}):
        way = "undo/" if "topic" in act else "letter/"
        place, _, fragment = alice_client.post(address + way, act).headers["Location"].partition("#")
        assert fragment == "when", "in the fold, which not every browser opens for it"
        assert 'data-testid="done" open>' in page(alice_client, place)
    alice_client.post(
        f"{address}progress/", {"sent_on": "2026-11-02", "answered_on": "2026-11-20", "outcome": "no"}
    )
    html = page(alice_client, address)
    assert 'data-testid="done"' not in html, "the next step takes a letter again"
    assert "by March 20, 2027" in told(html, "until") and "You sent your appeal on November 2, 2026." in html
    assert "115 days are left." in page(alice_client, "/home/")
    assert told(html, "first-line").startswith("Your plan did not say yes to all of it.")
    assert "It says no again." in html and "“the letter” is the plan&#x27;s answer" in html


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ({}, ""),
        (
            {"asked_on": "2026-10-30"},
            "You noted that you asked for the letter or papers on October 30, 2026.",
        ),
        (
            {"asked_on": "2026-10-30", "sent_on": "2026-11-02"},
            "You noted that you sent your appeal on November 2, 2026.",
        ),
        (
            {"sent_on": "2026-11-02", "answered_on": "2026-11-20"},
            "You noted an answer to your appeal, dated November 20, 2026.",
        ),
        (
            {"sent_on": "2026-11-02", "outcome": "no"},
            "You noted that the answer to your appeal says no again.",
        ),
        ({"outcome": "part"}, "You noted that the answer to your appeal says yes to a part."),
        ({"outcome": "paid"}, "You noted that your plan said yes to your appeal."),
        ({"sent_on": "2026-11-02", "is_dropped": "on"}, "You noted that you leave it at that."),
    ],
)
def test_the_page_of_a_claim_says_what_was_noted_last_of_its_appeal_and_leads_there(
    alice_client: Client, address: str, noted: dict[str, str], words: str
) -> None:
    claim = address.removesuffix("appeal/")
    alice_client.post(f"{address}progress/", noted)
    act = page(alice_client, claim).partition('id="act"')[2].partition("claim__reference")[0]
    assert [words] * bool(words) == re.findall(r"You noted [^<]*?\.(?= <)", act)
    assert act.count(f'href="{address}"') == 1, "one way to it"


def test_time_that_is_over_is_said_with_care(alice_client: Client, address: str) -> None:
    tick("advantage-appeal", "employer-next")
    alice_client.post(f"{address}letter/", {"letter_on": "2026-09-10", "kind": "advantage"})
    html = page(alice_client, address)
    assert "the time ended on November 14, 2026. It may be over; some plans accept late requests" in html
    assert "[Only if the time is over: this letter comes late because ...]" in html
    alice_client.post(f"{address}letter/", {"letter_on": "2026-01-10", "kind": "employer"})
    alice_client.post(f"{address}progress/", {"answered_on": "2026-01-20", "outcome": "no"})
    html = page(alice_client, address)
    assert "the time ended on" in html and "comes late" not in html, "that was the time of a next step"


@pytest.mark.parametrize(
    ("letter_on", "words"),
    [
        ("2026-11-26", "This day is still to come."),
        ("2015-11-25", "more than ten years ago. Check the year."),
        ("soon", "This is not a date."),
    ],
)
def test_a_date_that_cannot_be_is_refused_and_nothing_is_lost(
    alice_client: Client, address: str, letter_on: str, words: str
) -> None:
    alice_client.post(f"{address}letter/", {"letter_on": "2026-10-01", "kind": "employer"})
    response = alice_client.post(f"{address}letter/", {"letter_on": letter_on, "kind": "tricare"})
    html = response.content.decode()
    assert response.status_code == 400 and words in html
    assert f'value="{letter_on}"' in html and 'value="tricare" selected' in html
    assert 'value="2026-10-01"' in page(alice_client, address)


def test_the_page_and_the_letter_name_the_refused_line_and_quote_its_note_alone(
    alice: Member, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = line(1, status("benefitpaymentstatus", "paid"), *money("submitted 90.00, benefit 80.00"))
    denied = line(2, status("benefitpaymentstatus", "denied"), why("CO", "50"), priced("benefit", "0.00"))
    items = [
        paid | {"productOrService": {"text": "Scan of the back"}, "noteNumber": [1]},
        denied | {"productOrService": {"text": "Scan of the hip"}, "noteNumber": [2]},
    ]
    notes = [{"number": 1, "text": "Paid as agreed."}, {"number": 2, "text": "No need was found."}]
    save(a_connection(alice), body(an_eob(1, on="2026-09-09", item=items, processNote=notes)))
    html = page(alice_client, f"/claims/{shown(alice)[0].id}/appeal/")
    assert "Your plan said no to a part: the way from here" in html
    assert told(html, "about") == "It is about: Scan of the hip."
    draft = re.findall(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[0]
    assert "It is about: Scan of the hip. The whole claim: " in draft and "Scan of the back" not in draft
    assert "You wrote:\n- “No need was found.”" in draft and "Paid as agreed." not in draft
    for most, last, is_cut in ((2, "2. Scan of the hip", False), (1, "1 more line is on the page", True)):
        monkeypatch.setattr("apps.appeals.refused.MOST_LINES", most)
        packet = alice_client.post(f"/claims/{shown(alice)[0].id}/appeal/packet/", {"text": "Dear plan"})
        sheet = " ".join(texts(packet.content)[2].split())
        assert last in sheet and ("2. Scan" not in sheet, "more line" in sheet) == (is_cut, is_cut)
        assert "Billed $90.00" in sheet and "not shared" not in sheet, "what is known is printed"


def test_the_packet_holds_cover_letter_claim_reasons_and_papers(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    eob = refused(insurer={"display": "Zdrowie & Söhne <img src='http://x'>"}, identifier=[])
    eob["total"] = [{"category": total["category"], "amount": {"value": 480.0, "currency": "CAD"}}
                    for total in eob["total"]]  # fmt: skip
    save(connection, eob)
    address = f"/claims/{shown(alice)[0].id}/appeal/"
    html = page(alice_client, address)
    draft = re.findall(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[0]
    for words in (
        "[from the plan&#x27;s letter]",
        "Billed: CAD 480.00.",
        "code PR 50",
        "[date on the letter]",
    ):
        assert words in draft, words
    assert "legal advice" not in draft
    response = alice_client.post(
        f"{address}packet/", {"text": "Dear plan,\r\n\r\nŁódź — Ñandú\r\n[Signature]"}
    )
    assert response.headers["Content-Type"] == "application/pdf"
    assert "no-store" in response.headers["Cache-Control"]
    pages = [page.extract_text() for page in PdfReader(BytesIO(response.content)).pages]
    assert len(pages) == 4
    cover, letter, claim, papers = pages
    assert "Zdrowie & Söhne" in cover and "Made on" in cover, "whoever finds it knows where it belongs"
    assert "Not yet checked on the official page." in cover, "no time without its source"
    assert "Information, not legal advice." in cover and "Who helps free of charge" in cover
    assert "legal advice" not in letter
    lines = [one.strip() for one in letter.splitlines()]
    assert {"Dear plan,", "Łódź — Ñandú", "[Signature]"} <= set(lines), "each on a line of its own"
    assert "CAD 480.00" in claim and "medically necessary" in claim and "<img" in claim
    assert "A letter of the doctor" in papers
    assert "Łódź — Ñandú" in page(alice_client, address), "what was printed is kept"


def test_the_last_day_is_said_to_be_it() -> None:
    assert days_left(NOW.date(), NOW.date()) == "Today is the last day."


def test_a_letter_is_kept_filled_anew_and_taken_back(alice_client: Client, address: str) -> None:
    assert alice_client.post(f"{address}text/", {"text": "x" * 30_001}).status_code == 400
    alice_client.post(f"{address}text/", {"text": "My own words"})
    html = page(alice_client, address)
    assert "My own words" in html
    anew = page(alice_client, f"{address}?fill=1&urgent=1")
    assert "My own words" not in anew and "This is urgent" in anew
    [(topic, moment)] = re.findall(
        r'name="topic" value="(appeal_text)"><input[^>]*name="said_at" value="([^"]*)"', html
    )
    alice_client.post(f"{address}undo/", {"topic": topic, "said_at": moment})
    assert "My own words" not in page(alice_client, address)
    assert not Remark.objects.exists()


def test_no_letter_keeps_the_site_busy(alice_client: Client, address: str) -> None:
    for text in ("a\n" * 6000, "a\n" * 600 + "a"):
        response = alice_client.post(f"{address}packet/", {"text": text})
        assert response.status_code == 400 and "more than 600 lines" in response.content.decode()
    assert alice_client.post(f"{address}packet/", {"text": "a\n" * 600}).status_code == 200
    began = process_time()
    for one_line in ("&" * 29_900, "a\u00ad" * 5_000):
        assert alice_client.post(f"{address}packet/", {"text": one_line}).status_code == 200
    assert process_time() - began < 2, "a long line of any signs takes a moment"
    alice_client.post(f"{address}text/", {"text": "one\ttwo" + "\x01" * 29_900})
    assert "one\ttwo<" in page(alice_client, address), "kept without control characters"


def test_no_claim_keeps_the_site_busy(alice: Member, alice_client: Client) -> None:
    """A plan may send any number of reasons for one line: all are printed, in time that grows as they do."""
    took: dict[int, float] = {}
    for reasons in (100, 400):
        words = [{"text": f"{'word ' * 70}{number}."} for number in range(reasons)]
        whys = [why("PR", "50") | {"reason": reason} for reason in words]
        connection = a_connection(alice, plan=f"Plan {reasons}")
        save(connection, refused(item=[line(1, status("benefitpaymentstatus", "denied"), *whys)]))
        address = f"/claims/{connection.records.get().pk}/appeal/packet/"
        began = process_time()
        response = alice_client.post(address, {"text": "Dear plan"})
        took[reasons] = process_time() - began
    assert took[400] < 8 * took[100], "four times as many: as their square it would be sixteen times"
    printed = " ".join(" ".join(texts(response.content)).split())
    assert all(f" {number}." in printed for number in (0, 200, 399)), "a sheet may end between the words"


def test_nobody_signs_a_sheet_with_nothing_else_on_it(alice_client: Client, address: str) -> None:
    """Whatever the letter's length is, its last sentence stands where the signature does."""
    end = "Please write to me before you decide.\n\nSincerely,\n\n\n[Signature]\n[Printed name]"
    for length in range(35, 51):
        text = "\n".join([*["A line of the letter."] * length, "", end])
        response = alice_client.post(f"{address}packet/", {"text": text})
        (sheet,) = [page for page in texts(response.content) if "[Signature]" in page]
        assert "Please write to me" in sheet, length


def texts(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def test_packets_are_counted(alice_client: Client, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.appeals.views.MOST_PACKETS", 1)
    assert alice_client.post(f"{address}packet/", {"text": "x"}).status_code == 200
    response = alice_client.post(f"{address}packet/", {"text": "Still here"})
    assert (response.status_code, response.headers["Retry-After"]) == (429, "600")
    assert "Still here" in response.content.decode() and "Wait ten minutes" in response.content.decode()


def test_the_calendar_file_names_a_day_and_nothing_else(alice_client: Client, address: str) -> None:
    tick("employer-appeal")
    alice_client.post(f"{address}letter/", {"letter_on": "2026-10-01", "kind": "employer"})
    response = alice_client.get(f"{address}day.ics")
    text = response.content.decode()
    assert "DTSTART;VALUE=DATE:20270330\r\n" in text and "SUMMARY:A day to keep\r\n" in text
    assert text.startswith("BEGIN:VCALENDAR\r\n") and text.endswith("END:VCALENDAR\r\n")
    for word in ("appeal", "claim", "Harborlight", "Riverside", "plain http", "CLM"):
        assert word.casefold() not in text.casefold().replace("plainclaim", ""), word


def test_a_refusal_that_is_the_providers_or_none_leads_back_to_the_claim(
    alice: Member, alice_client: Client
) -> None:
    fine = a_claim(alice, 7)
    save(alice.connections.get(), refused(8, group="CO") | {"total": []})
    [providers] = [one.id for one in shown(alice) if one.id != fine.pk]
    for pk in (fine.pk, providers):
        response = alice_client.get(f"/claims/{pk}/appeal/")
        assert (response.status_code, response.headers["Location"]) == (302, f"/claims/{pk}/")


def test_nobody_else_comes_near_it(bob_client: Client, address: str) -> None:
    for client, answer in ((bob_client, 404), (Client(), 302)):
        assert client.get(address).status_code == answer
        assert client.get(f"{address}day.ics").status_code == answer
        for action in ("letter", "text", "packet", "progress", "undo"):
            sent = {"text": "x", "letter_on": "2026-10-01", "kind": "employer", "topic": "letter"}
            assert client.post(f"{address}{action}/", sent).status_code == answer, action
    assert not Remark.objects.exists()


def test_a_kind_is_asked_once_for_a_connection_and_only_suggested_by_the_directory(
    alice: Member, alice_client: Client, address: str
) -> None:
    Plan.objects.update(lines_of_business=["medicare_advantage"])
    tick("advantage-appeal")
    alice_client.post(f"{address}letter/", {"letter_on": "2026-10-01"})
    assert "It looks like this: Medicare Advantage" in told(page(alice_client, address), "until")
    assert told(page(alice_client, address), "rules-of").endswith("If so, this applies.")
    Plan.objects.update(lines_of_business=["chip"])
    html = page(alice_client, address)
    assert re.match(r"It looks like this: .*\. If so, this applies\. Usually: ", told(html, "until"))
    Plan.objects.update(lines_of_business=["medicare_advantage"])
    save(alice.connections.get(), refused(2))
    alice_client.post(f"{address}letter/", {"letter_on": "2026-10-01", "kind": "advantage"})
    other = [f"/claims/{one.id}/appeal/" for one in shown(alice) if str(one.id) not in address]
    html = page(alice_client, other[0])
    assert "Tell us the date on the letter" in told(html, "until") and "423.582(b)" not in html
    before = {one.id for one in shown(alice)}
    save(alice.connections.get(), refused(3, type=concept((CLAIM_TYPE, "pharmacy"))))
    [drug] = [one.id for one in shown(alice) if one.id not in before]
    assert "423.582(b)" in page(alice_client, f"/claims/{drug}/appeal/"), "of a drug Part D decides"


def test_a_time_that_we_do_not_count_has_its_source_too(alice_client: Client, address: str) -> None:
    alice_client.post(f"{address}letter/", {"letter_on": "2026-10-01", "kind": "medicaid_state"})
    html = page(alice_client, address)
    assert "at most 90 days" in told(html, "until") and "(42 CFR 431.221(d). As others quote it: " in html


def test_the_page_speaks_spanish_and_offers_the_letter_in_english(alice_client: Client, address: str) -> None:
    html = alice_client.get(address, HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert "No se vio como médicamente necesario" in html
    assert "No es asesoramiento legal." in html
    assert "Apelo su decisión" in html
    anew = alice_client.get(f"{address}?fill=1&english=1", HTTP_ACCEPT_LANGUAGE="es").content.decode()
    assert "I appeal your decision not to pay this claim." in anew and "Apelo" not in anew
    packet = alice_client.post(f"{address}packet/", {"text": "Carta"}, HTTP_ACCEPT_LANGUAGE="es")
    assert PdfReader(BytesIO(packet.content)).root_object["/Lang"] == "es", "so that it is read aloud as such"


def test_an_operator_ticks_a_row_and_the_audit_tells_it(db: None) -> None:
    operator = Member.objects.create_superuser("operator@example.com", "a long password of the operator")
    client = by_passkey(operator)
    form = {"rule": "tricare-appeal", "page": "https://tricare.mil/appeals", "checked_on": "2026-11-25"}
    later = client.post("/admin/appeals/checkedrule/add/", form | {"checked_on": "2026-11-26"})
    assert "still to come" in later.content.decode()
    assert client.post("/admin/appeals/checkedrule/add/", form).status_code == 302
    assert CheckedRule.objects.keys(today=NOW.date()) == {"tricare-appeal"}
    assert AuditEntry.objects.filter(action="added", subject__startswith="appeals.checkedrule").count() == 1
    assert "61 of 62 rules are not checked" in client.get("/admin/appeals/checkedrule/").content.decode()
