"""The packet for a payer's reviewer: the asker's order, nothing invented, each answer proved, and signed."""

import base64
import hashlib
import io
import json
import re
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.html import escape

from apps.accounts.models import Member
from apps.listing import published
from apps.listing.admin import findings
from apps.listing.askers import Asker, everyone
from apps.listing.documents import PUBLIC, documents, shipped
from apps.listing.face import face
from apps.listing.gathered import keep
from apps.listing.models import NOBODY, AppListing, SignedAnswer
from apps.listing.packet import MANIFEST, VERIFY, archive, packet, sheets
from apps.listing.policies import POLICIES
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.conftest import ROOT, by_passkey
from tests.listing.conftest import SECRET
from tests.listing.filled import filled, sign

ON = date(2026, 11, 28)


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def test_the_cover_has_the_askers_fields_in_its_own_order_and_blanks_are_the_operators(at_1up: Plan) -> None:
    """Company, officer, placeholder addresses and who signs are the operator's: nothing is invented."""
    made = packet(sheets()[0], face(), on=ON)
    assert made.asker.name == "1upHealth"
    asked = [line.ask for line in made.cover.lines]
    assert asked[:4] == ["Access type, API product", "App name", "Redirect URIs", "Company, legal entity"]
    blank = {line.ask for line in made.cover.blanks}
    assert {"Company, legal entity", "Support e-mail", "Demonstration, recording"} <= blank
    assert not {"App name", "Privacy policy", "Description"} & blank
    listing = AppListing.objects.for_editing()
    listing.operator, listing.company_address, listing.support_email = (
        "Acme Apps LLC",
        "1 Main St",
        "h@acme.org",
    )
    listing.save()
    made = packet(sheets()[0], face(), on=ON)
    answers = {line.ask: line.answer for line in made.cover.lines}
    assert answers["Company, legal entity"] == "Acme Apps LLC, 1 Main St"
    assert answers["Support e-mail"] == "h@acme.org"


def test_the_packet_has_no_redirect_address_without_tls_and_the_longest_description_fits(
    at_1up: Plan, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    listing = AppListing.objects.for_editing()
    listing.tagline, listing.description = "t" * 160, "d" * 1000
    listing.full_clean()
    listing.save()
    sheet = sheets()[0]
    open_one, closed = (
        "http://127.0.0.1:8000/connections/callback",
        "https://app.example/connections/callback",
    )
    here = [f"https://{host}/connections/callback" for host in ("localhost:8000", "127.0.0.1", "[::1]")]
    for uris, left in (([open_one, *here, closed], [closed]), ([open_one], [])):
        monkeypatch.setattr(type(sheet), "redirect_uris", uris)
        made = packet(sheet, face(), on=ON)
        files = unpacked(archive(made))
        assert json.loads(files["client-metadata.json"])["redirect_uris"] == left
        assert not [name for name, text in files.items() if b"http://127.0.0.1:8000/connections" in text]
    answers = {line.ask: line.answer for line in made.cover.lines}
    assert answers["Description"] == "d" * 1000


def test_what_nobody_signed_is_a_blank_and_old_answers_stay(at_1up: Plan) -> None:
    (elevance,) = [shape for shape in shipped().documents if shape.slug == "elevance"]
    ask = elevance.rows[0].ask
    for number, answer in enumerate(("No.", "No, never."), start=1):
        SignedAnswer.objects.create(
            questionnaire="elevance",
            question=ask,
            answer=answer,
            signer="Olga",
            signed_on=date(2026, 11, number),
        )
    SignedAnswer.objects.create(questionnaire="acme", question="A new one?", answer="Yes.", signer="Olga")
    made = {each.slug: each for each in documents(face().listing, face().site)}
    line, *others = made["elevance"].lines
    assert (line.answer, line.is_blank) == ("No, never.", False)
    assert "Before (Olga, 2026-11-01): No." in line.said
    assert all(other.is_blank for other in others)
    assert (line.text, line.proofs) == ("", ()), "they prove the software's own answer, not this one"
    assert made["answers-1"].title == "acme"
    sign("elevance", ask, elevance.rows[0].answer)
    (made_anew,) = [each for each in documents(face().listing, face().site) if each.slug == "elevance"]
    assert made_anew.lines[0].text and made_anew.lines[0].proofs
    assert {"risks", "incident"} == {slug for slug in ("risks", "incident", "carin") if made[slug].blanks}


def test_what_a_cover_asks_and_the_software_cannot_know_is_signed_and_the_packet_ends_complete(
    at_1up: Plan,
) -> None:
    """Blue Button's form asks when and for how many; where the software knows, nobody overrules it here."""
    ask, name = everyone().fields["release"], everyone().fields["client_name"]
    Registration.objects.update(asker="bb")
    before = {line.ask: line for line in packet(sheets()[0], face(), on=ON).cover.lines}
    assert before[ask].is_blank
    for question in (ask, name):
        SignedAnswer.objects.create(
            questionnaire="cover", question=question, answer="In May, for 200.", signer="Olga", signed_on=ON
        )
    made = packet(sheets()[0], face(), on=ON)
    after = {line.ask: line for line in made.cover.lines}
    assert (after[ask].answer, after[ask].is_blank) == ("In May, for 200.", False)
    assert after[ask].said == "required, In an older guide. Signed by Olga, 2026-11-28."
    assert after[name] == before[name]
    assert "cover" not in {annex.title for annex in made.annexes}
    assert "bluebutton" in {annex.slug for annex in made.annexes}
    Registration.objects.update(asker="1up")
    others = packet(sheets()[0], face(), on=ON).annexes
    assert "bluebutton" not in {annex.slug for annex in others}, "the rules of a form that is not theirs"


def test_a_form_of_an_askers_own_is_blank_until_somebody_signed_for_that_asker(at_1up: Plan) -> None:
    """1upHealth's and Elevance's forms are not known here: what others were told is no answer to them."""
    form, attested = everyone().fields["risk_analysis"], everyone().fields["attestation"]

    def cover(asker: str) -> dict[str, str]:
        Registration.objects.update(asker=asker)
        lines = packet(sheets()[0], face(), on=ON).cover.lines
        return {line.ask: "" if line.is_blank else line.answer for line in lines}

    filled(packet(sheets()[0], face(), on=ON))  # for 1upHealth
    assert (cover("1up")[form], cover("1up")[attested]) == ("Yes.", "Yes.")
    for question in (form, attested):
        sign("cover", question, "For all.")
    assert (cover("elv")[form], cover("elv")[attested]) == ("", "")
    assert (cover("bb")[form], cover("bb")[attested]) == ("The annexes Risk analysis and Controls", "")
    assert (cover("car")[form], cover("bsc")[form]) == ("", ""), "an assessor's, and a checklist of their own"
    (elevance,) = [shape for shape in shipped().documents if shape.slug == "elevance"]
    for row in elevance.rows:
        assert cover("elv")[attested] == ""
        sign("elevance", row.ask)
    assert cover("elv")[attested] == f"The annex {elevance.title}, each answer signed"
    assert cover("elv")[form] == ""


def test_the_risk_analysis_is_none_before_likelihood_and_acceptance_are_signed(at_1up: Plan) -> None:
    """A name and a day alone judge nothing."""
    ask = everyone().fields["risk_analysis"]
    Registration.objects.update(asker="bb")
    filled(packet(sheets()[0], face(), on=ON))
    for question in (*to_sign(), ""):
        lines = {line.ask: line for line in packet(sheets()[0], face(), on=ON).cover.lines}
        assert lines[ask].is_blank is (question != to_sign()[0])
        SignedAnswer.objects.filter(questionnaire="risks", question=question).delete()


def to_sign() -> tuple[str, ...]:
    (risks,) = [shape for shape in shipped().documents if shape.slug == "risks"]
    return risks.to_sign


@pytest.mark.parametrize("asker", everyone().askers, ids=lambda asker: asker.key)
def test_an_asker_is_sent_its_own_questionnaire_alone_and_the_packet_ends_complete(
    at_1up: Plan, asker: Asker
) -> None:
    Registration.objects.update(asker=asker.key)
    for other in ("1up", "bb", "somebody"):
        sign(other, "A question of theirs?", f"Told to {other}.")
    made = filled(packet(sheets()[0], face(), on=ON))
    assert made.blanks == []
    assert json.loads(unpacked(archive(made))["release.json"])["complete"] is True
    assert any("“somebody”" in sentence for sentence in findings(face()))
    alone = everyone().fields["attestation"]
    assert not any(alone in sentence for sentence in findings(face()))
    sign("cover", alone)
    assert any(alone in sentence for sentence in findings(face())), (
        "no cover has it, so who signed it is told"
    )
    own = {annex.questionnaire for annex in made.annexes} - {""}
    assert own <= asker.questionnaires
    text = b"".join(unpacked(archive(made)).values()).decode("utf-8", "ignore")
    assert set(re.findall(r"Told to (\w+)\.", text)) == {asker.key} & {"1up", "bb"}


@pytest.mark.parametrize("asker", everyone().askers, ids=lambda asker: asker.key)
def test_what_only_the_operator_can_say_keeps_every_askers_packet_incomplete(
    at_1up: Plan, asker: Asker
) -> None:
    """Also where the asker's own form does not ask for it; a number that few have only where it does."""
    Registration.objects.update(asker=asker.key)
    filled(packet(sheets()[0], face(), on=ON))
    names = ("operator", "company_address", "accountable_officer", "risk_owner", "incident_owner", "duns")
    for name, value in AppListing.objects.values(*names).get().items():
        AppListing.objects.update(**{name: NOBODY if name == "operator" else ""})
        is_needed = name != "duns" or "duns" in {field.key for field in asker.fields}
        assert bool(packet(sheets()[0], face(), on=ON).blanks) is is_needed, name
        AppListing.objects.update(**{name: value})
    assert packet(sheets()[0], face(), on=ON).blanks == []


@pytest.mark.parametrize("asker", ["car", "eld", "bsc"])
def test_contacts_are_an_officer_by_name_and_an_address_that_is_read(at_1up: Plan, asker: str) -> None:
    Registration.objects.update(asker=asker)
    ask = everyone().fields["contacts"]
    for officer, address, told in (
        ("", "h@acme.org", ""),
        ("Olga", "support@plainclaim.example", ""),
        ("Olga", "h@acme.org", "Olga, h@acme.org"),
    ):
        values = {"accountable_officer": officer, "support_email": address}
        AppListing.objects.update_or_create(pk=1, defaults=values)
        (line,) = [line for line in packet(sheets()[0], face(), on=ON).cover.lines if line.ask == ask]
        assert (line.answer, line.is_blank) == (told, not told)


def test_a_cover_says_how_far_r4_was_shown(at_1up: Plan) -> None:
    def told() -> str:
        cover = packet(sheets()[0], face(), on=ON).cover
        return next(line.answer for line in cover.lines if line.ask == everyone().fields["fhir_r4"])

    assert "none was asked from this site yet" in told()
    keep(payer="Acme", environment="sandbox", seen={"types": []}, now=timezone.now())
    assert told().endswith("with invented people: Acme.")


def test_each_criterion_of_accessibility_that_is_supported_names_what_judges_it() -> None:
    judged = shipped().accessibility.supports
    assert all(judged.values())
    assert len(set(judged.values())) > 5, "each criterion by what judges it"


def test_the_archive_is_signed_and_its_own_commands_check_it(
    at_1up: Plan, tmp_path: Path, settings: Any, client: Client
) -> None:
    settings.PACKET_KEY = base64.b64encode(b"k" * 32).decode()
    data = archive(packet(sheets()[0], face(), on=ON))
    assert data == archive(packet(sheets()[0], face(), on=ON)), "the same contents give the same bytes"
    files = unpacked(data)
    assert SECRET.encode() not in b"".join(files.values())
    assert json.loads(files["release.json"])["complete"] is False
    assert json.loads(files["client-metadata.json"])["token_endpoint_auth_method"] == "client_secret_post"
    assert json.loads(files["sbom.json"])["bomFormat"] == "CycloneDX"
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert client.get("/app/packet-key.pem").content == files["packet-key.pem"]
    for command in VERIFY:
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "00-cover.md").write_text("Another cover.")
    assert subprocess.run(VERIFY[1].split(), cwd=tmp_path, check=False, capture_output=True).returncode
    sums = files[MANIFEST].decode().replace(hashlib.sha256(files["00-cover.md"]).hexdigest(), "0" * 64)
    (tmp_path / MANIFEST).write_text(sums)
    assert subprocess.run(VERIFY[0].split(), cwd=tmp_path, check=False, capture_output=True).returncode


def test_what_is_read_first_names_every_text_and_every_blank_and_each_address_once(at_1up: Plan) -> None:
    """A reviewer found a dozen files with no word of which to open, and a count of blanks that named none."""
    made = packet(sheets()[0], face(), on=ON)
    files = {name: text.decode() for name, text in unpacked(archive(made)).items() if name.endswith(".md")}
    listed = re.findall(r"^- (.+)$", files.pop("README.md"), re.M)
    named = [line.partition(": ") for line in listed if ".md: " in line]
    assert {name: title for name, _, title in named} == {
        name: text.splitlines()[0].removeprefix("# ") for name, text in files.items()
    }
    assert named[0][0] == "00-cover.md"
    blanks = [f"{title}: {line.ask}" for title, line in made.blanks]
    assert [line for line in listed if ".md: " not in line] == blanks != []
    for text in files.values():
        assert not re.search(r"^(\S+)\n\nText: <\1>$", text, re.M)


def test_one_page_has_every_answer_with_its_tests_and_the_policies_and_fetches_nothing(at_1up: Plan) -> None:
    """A reviewer with the archive alone could not read the policies that the answers name."""
    made = packet(sheets()[0], face(), on=ON)
    page = unpacked(archive(made))["packet.html"].decode()
    title = escape(made.cover.title)
    assert [f"<{tag}>{title}</{tag}>" in page for tag in ("title", "h1")] == [True, True]
    lines = [line for sheet in (made.cover, *made.annexes) for line in sheet.lines]
    said = [text for line in lines for text in (line.ask, line.answer, line.said, *line.proofs)]
    assert [text for text in said if escape(text) not in page] == []
    for policy in POLICIES:
        shown = Client().get(f"/{policy}/").content.decode().partition("</h1>")[2].partition("</main>")[0]
        shown = re.sub(r'<details.*?data-testid="versions".*?</details>', "", shown, flags=re.S)
        shown = shown.replace('href="/', f'href="{made.face.site}/')
        paragraphs = re.findall(r"<(h2|li|p)\b[^>]*>(.*?)</\1>", shown, re.S)
        assert len(paragraphs) > 5
        assert [text for _tag, text in paragraphs if text not in page] == [], policy
    assert page.count("<h2>") == len(made.annexes) + len(POLICIES), (
        "what a policy is made of stands below its name"
    )
    assert [
        to for to in re.findall(r'href="(.*?)"', page) if not to.startswith(("http", "mailto:", "#"))
    ] == []
    assert not re.search(r"<(script|link|img|iframe|object|form)\b|\bsrc=|url\(|@import|{%|{{", page)
    assert "display: none" not in page, "what is not seen is heard"


def test_the_archive_has_the_pictures_that_are_there_and_says_where_there_are_none(
    at_1up: Plan, tmp_path: Path, settings: Any
) -> None:
    """A reviewer got words alone, though the dozen of the repository and the recording lay beside them."""
    files = unpacked(archive(packet(sheets()[0], face(), on=ON)))
    kept = (ROOT / "docs/screenshots/en/light/390/home.webp").read_bytes()
    assert files["pictures/en/light/390/home.webp"] == kept
    assert ": pictures" in files["README.md"].decode()
    settings.BASE_DIR = tmp_path
    files = unpacked(archive(packet(sheets()[0], face(), on=ON)))
    assert "no pictures of the app in it" in files["README.md"].decode()
    (tmp_path / "var/recording").mkdir(parents=True)
    (tmp_path / "var/recording/01.png").write_bytes(b"a picture")
    files = unpacked(archive(packet(sheets()[0], face(), on=ON)))
    assert files["recording/01.png"] == b"a picture"
    assert "with invented people, is in: recording." in files["README.md"].decode()


@pytest.mark.parametrize(
    ("commit", "link"), [("abc", "(https://src.example/app/blob/abc/tests/"), ("", "`tests/")]
)
def test_tests_are_linked_where_the_commit_is_known(
    at_1up: Plan, tmp_path: Path, settings: Any, commit: str, link: str
) -> None:
    """In an image that nobody told its commit, each led to `blob/not known/`."""
    settings.COMMIT, settings.BASE_DIR = commit, tmp_path
    AppListing.objects.create(source_url="https://src.example/app")
    published.commit.cache_clear()
    try:
        cover = unpacked(archive(packet(sheets()[0], face(), on=ON)))["00-cover.md"].decode()
    finally:
        published.commit.cache_clear()
    assert link in cover and "blob/not known" not in cover


def test_packets_are_for_operators_and_annexes_for_anybody(
    at_1up: Plan, client: Client, alice: Member
) -> None:
    key = sheets()[0].key
    pages = ("/app/packet/", f"/app/packet/{key}/", f"/app/packet/{key}.zip")
    oscar = Member.objects.create_user("oscar@example.com", "a long password of oscar", is_staff=True)
    for browser in (client, _signed_in(alice), _signed_in(oscar)):
        assert all(browser.get(page).status_code in {302, 404} for page in pages)
    assert [by_passkey(oscar).get(page).status_code for page in pages] == [403] * 3, "without the right"
    olga = by_passkey(Member.objects.create_superuser("olga@example.com", "a long password of olga"))
    index, page, file = (olga.get(each) for each in pages)
    assert [index.status_code, page.status_code, file.status_code] == [200, 200, 200]
    assert 'href="/app/packet/"' in olga.get("/admin/plans/registration/").content.decode()
    assert olga.get(f"/app/packet/{alice.pk}/").status_code == 404, "of no registration"
    assert "Incomplete" in page.content.decode()
    assert "our-client" in page.content.decode()
    assert "words, not a bill" not in page.content.decode(), "what members' pages print"
    alike = re.findall(r"answers__where.*?</a>|<summary>\d+ tests?.*?</summary>", page.content.decode())
    assert alike, "what stands under many questions"
    assert not [words for words in alike if not re.search(r">: [^<]+</span>", words)], (
        "each heard with its own"
    )
    assert "It is NOT SIGNED" in unpacked(file.content)["README.md"].decode()
    assert client.get("/app/packet-key.pem").status_code == 404
    for slug in PUBLIC:
        assert "our-client" not in client.get(f"/app/annex/{slug}/").content.decode()
        assert f"/app/annex/{slug}/" in client.get("/app/").content.decode()
    assert client.get("/app/annex/risks/").status_code == 404


def test_the_privacy_notice_is_read_in_spanish_and_packed_in_english(at_1up: Plan) -> None:
    (notice,) = [shape for shape in shipped().documents if shape.slug == "notice"]
    assert all(row.es for row in notice.rows)
    told = Client(headers={"accept-language": "es"}).get("/app/annex/notice/").content.decode()
    assert '<h1 lang="es">Aviso de privacidad modelo' in told and "¿se vende?" in told
    assert '<dl class="answers" lang="es">' in told and "is it sold?" not in told
    assert (
        '<h1 lang="en">'
        in Client(headers={"accept-language": "es"}).get("/app/annex/carin/").content.decode()
    )
    with translation.override("es"):
        files = unpacked(archive(packet(sheets()[0], face(), on=ON)))
    assert "# Model Privacy Notice" in files["01-notice.md"].decode()


def _signed_in(member: Member) -> Client:
    browser = Client()
    browser.force_login(member)
    return browser
