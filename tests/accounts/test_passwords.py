"""S-05, W-21: passwords that are known, follow a pattern or lie at hand are refused; others are not."""

import random
import re
import string
import time
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from apps.plans.models import Plan

pytestmark = pytest.mark.django_db
ROSA = Member(email="rosa.quill@mail.example")


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa", "123456789012", "plainclaim123", "PlainClaim2026!", "098765432109", "abcabcabcabc",
        "qwertyuiop12", "1qaz2wsx3edc", "asdfghjkl;123", "Password1234!", "passwordpassword", "abcdefghijkl",
        "rosa.quill1234", "quillquillquill", "rosaquill2026", "1111222233334444", "contraseña2026",
        "iloveyou1234", "welcome12345", "trustno1trustno1", "letmein123456", "mail.example12",
        "healthinsurance", "Medicaid2026!", "P@ssword2026", "M3d1c@re$2026", "r0$aquill2026",
        "bluecross123", "Summer2026!!", "Blue Cross 2026", "blue-cross-123", "B1u3Cr0ss123", "!!5umm3r2026",
        "bluecrossblueshield", "Aetna2026!!!!", "unitedhealthcare", "January012026", "SUMMER2026summer",
        "October10171998", "otoño 2026 !!", "Primavera2026", "médicoFarmacia", "deductible123",
        "hospital 5550 1987", "health plan 12", "sunshine2026", "Jennifer1987!", "trustno12026",
        "20261129202611", "f00tb@ll2026!", "20-letmein-26", "summer sunshine 1", "obamacare2026",
        "lliuq.asor.2026", "elpmaxe.liam1", "LetMeInPlease",
        "dragondragon12", "ILoveMyDog123!", "2026-kittenkitten!", "aallyahaallyah12", "000WEBHOST4EVER",
        "chelsea2012chelsea", "marigold!1987!Marigold",
    ],
)  # fmt: skip
def test_s_05_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, ROSA)
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    [
        "nine slow paper boats", "correct lamp river onion", "Tr0ub4dor&3xylo", "gY7#kQ2!pLw9zR",
        "aaa plum tractor 7", "lluvia mesa caballo azul", "Rosa tiene siete gatos", "üöäßñ漢字かな交じり文字",
        "plum tractor kiteplum tractor kite", "summer plum doctor kite", "winter-8k!Tq2xWz7",
        "kite-9-kites-flow-over", "lamp 7 lamp river onion",
    ],
)  # fmt: skip
def test_s_05_a_password_of_words_or_of_chance_is_taken(password: str) -> None:
    validate_password(password, ROSA)


@pytest.mark.parametrize(
    "password", ["harborlight1", "harborlight12", "1-H4rb0rl1ght!!", "Harborlight 2026", "harborlight-health"]
)
def test_s_05_a_plans_name_with_figures_and_signs_is_a_word_at_hand(db: None, password: str) -> None:
    """Members think of their plan: the plans here are in everybody's directory."""
    validate_password(password, ROSA)
    Plan.objects.create(slug="any", name="Harborlight Health", fhir_base_url="https://payer.example/fhir")
    with pytest.raises(ValidationError):
        validate_password(password, ROSA)
    validate_password("harborlight moved my kite", ROSA)


@pytest.mark.parametrize("password", ["kestrelview2026!", "2026-K3str3lV13w", "kestrelview-health"])
def test_s_05_the_name_of_the_site_itself_is_a_word_at_hand(password: str, settings: Any) -> None:
    """Whoever runs it under a name of their own has members who think of that one first."""
    validate_password(password, ROSA)
    settings.SITE_URL = "https://records.kestrelview.example"
    with pytest.raises(ValidationError):
        validate_password(password, ROSA)


WORDS = [
    "acorn", "badge", "cabin", "dense", "eagle", "fable", "gloom", "hasty", "igloo", "jolly", "kayak",
    "ladle", "mango", "nutty", "onion", "patio", "quilt", "raven", "salad", "taper", "umbra", "vowel",
    "waltz", "yeast", "zebra", "anthem", "summer", "doctor", "battery", "dragon", "marching", "sunday",
]  # fmt: skip


@pytest.mark.parametrize("between", [" ", "-", ".", ""])
def test_s_05_four_drawn_words_and_what_a_manager_draws_are_always_taken(between: str) -> None:
    """Also where two of the words are at hand, or some of the four are on lists by themselves."""
    drawn = random.Random(between)  # noqa: S311 - not secret
    signs = string.ascii_letters + string.digits
    for _ in range(100):
        validate_password(between.join([*drawn.sample(WORDS[:-7], 2), *drawn.sample(WORDS, 2)]), ROSA)
        for alphabet in (
            signs,
            signs + "!@#$%^&*-_",
            string.ascii_lowercase + string.digits,
            "0123456789abcdef",
        ):
            validate_password("".join(drawn.choices(alphabet, k=drawn.randint(14, 24))), ROSA)


def test_s_05_the_form_says_what_is_wrong_and_makes_no_account(db: None, client: Client) -> None:
    page = client.post(
        reverse("account_signup"), {"email": "rosa@mail.example", "password1": "rosa rosa 1234"}
    )
    assert "This is easy to guess" in page.content.decode()
    page = client.post(reverse("account_signup"), {"email": "rosa@mail.example", "password1": "iloveyou1234"})
    assert "This password is on lists of stolen passwords" in page.content.decode()
    page = client.post(reverse("account_signup"), {"email": "rosa@mail.example", "password1": "123"})
    assert "easy to guess" not in page.content.decode(), "too short says enough"
    assert Member.objects.count() == 0


@pytest.mark.parametrize(
    ("password", "email", "words"),
    [
        ("aaaaaaaaaaaa", "", "stolen|guess"),
        ("short", "", "12"),
        ("margarita.lopez99", "margarita.lopez@example.com", "guess"),
        ("ann.lee@post.example", "ann.lee@post.example", "guess"),
        ("annlee-annlee-26", "ann.lee@post.example", "guess"),
        ("salad.ladle.eagle.mango", "dee.gallagher@mail.example", "^Good"),
        ("seven mild owls in a wet barn", "", "^Good"),
        ("seven-mild-owls-barn", "a@seven_mild_owls_barn", "guess"),
        ("seven-mild-owls-barn", f"{'a' * 300}@seven_mild_owls_barn", "^Good"),
    ],
)
def test_s_05_while_it_is_typed_the_rules_of_the_form_are_told(
    client: Client, db: None, password: str, email: str, words: str
) -> None:
    """S-05: item 7; nothing is kept, and too many questions get no answer."""
    path = reverse("accounts:password_strength")
    told = client.post(path, {"password1": password, "email": email}).json()
    assert re.search(words, told["words"]), told
    assert told["is_good"] is words.startswith("^")
    if told["is_good"]:
        answers = [client.post(path, {"password1": password}).json()["words"] for _ in range(60)]
        assert answers[-1] == ""
    assert not Member.objects.exists()


def test_a_password_of_20_000_characters_is_judged_as_fast_as_any(client: Client, db: None) -> None:
    """Whoever signs up with one must not keep a process busy for a minute: what it repeats is sought far."""
    drawn = random.Random(1)  # noqa: S311 - not secret
    password = "".join(drawn.choice("acegikmoqsuwy024!?") for _ in range(20_000))
    began = time.process_time()
    answer = client.post("/account/signup/", {"email": "long@example.com", "password1": password})
    assert (answer.status_code, Member.objects.filter(email="long@example.com").exists()) == (302, True)
    assert time.process_time() - began < 3
