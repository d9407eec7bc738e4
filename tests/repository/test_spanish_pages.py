"""No page speaks English to someone who reads Spanish.

Pages without a place in their address are found by themselves. One that needs rows, or a form filled in,
joins by a story in STORIES: a function from a signed-in browser and Alice to the HTML.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver, reverse
from django.utils import translation

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plans.choices import STATES
from apps.plans.models import Plan
from apps.records import projection
from apps.sync import wording
from apps.sync.models import SyncRun, SyncStep, step_types
from tests.accounts.made_passkeys import a_passkey
from tests.both_languages import english_left, texts, told, untranslated
from tests.claims.given import NOW, a_claim

PLAN = "Harborlight Health"
PASSWORD = "a long password of alice"
NAMES = (
    PLAN,
    "Riverside Clinic",
    "Alicia 1",
    "The Plainclaim project",
    "client-metadata.json",
    "jwks.json",
    "security.txt",
)
NAMES += tuple(STATES.values())


def addresses() -> Iterator[str]:
    """Yield the name of every address that needs nothing to be filled in, except the operators'."""

    def within(patterns: list, path: str = "", space: str = "") -> Iterator[str]:
        for pattern in patterns:
            here = path + str(pattern.pattern)
            if here.startswith("admin/"):
                continue
            if not isinstance(pattern, URLPattern):
                yield from within(
                    pattern.url_patterns, here, f"{pattern.namespace}:" if pattern.namespace else ""
                )
            elif "<" not in here and pattern.name:
                yield space + pattern.name

    yield from within(get_resolver().url_patterns)


WITHOUT_PLACES = sorted(set(addresses()))


@pytest.fixture(autouse=True)
def _in_november_2026() -> Iterator[None]:
    """Half an hour after the invented events."""
    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        yield


@pytest.fixture
def world(alice: Member) -> Member:
    """Return Alice with a plan, a claim, an update, a confirmed address and a passkey."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    a_claim(alice)
    plan = alice.connections.get().plan
    plan.states, plan.lines_of_business = ["NY", "TX", "OR", "OH", "ME"], ["employer", "vision"]
    plan.save()
    a_run(alice, SyncRun.State.PARTIAL)
    a_passkey(alice, "Alicia 1")
    return alice


def a_run(member: Member, state: str, *, problem: str = "", step: str = "done") -> SyncRun:
    """Return an update of Alice's plan in this state, with something to say in each step."""
    is_leased = state == SyncRun.State.RUNNING
    run = SyncRun.objects.create(
        member=member, connection=member.connections.get(), state=state, problem=problem, created_at=NOW,
        queued_at=NOW, next_try_at=NOW + timedelta(hours=1), finished_at=NOW,
        lease_until=NOW + timedelta(hours=1) if is_leased else None,
    )  # fmt: skip
    for position, kind in enumerate(step_types()):
        SyncStep.objects.create(
            member=member, run=run, position=position, resource_type=kind, state=step, received=position,
            problem=problem,
            unreadable=position, set_aside=position, misdirected=3 - position, missing=position,
        )  # fmt: skip
    return run


def signed_in(client: Client, member: Member) -> Client:
    """Return the browser with the member in it, who entered the password a moment ago."""
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def page(client: Client, address: str, form: dict[str, str] | None = None) -> str:
    """Return the page an address shows in the end."""
    answer = client.get(address, follow=True) if form is None else client.post(address, form, follow=True)
    return answer.content.decode()


@pytest.mark.parametrize("who", ["a visitor", "a member"])
def test_every_page_is_spanish(who: str, world: Member) -> None:
    def story(name: str, client: Client) -> str:
        answer = (client if who == "a visitor" else signed_in(client, world)).get(reverse(name))
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        return answer.content.decode() if is_page else ""  # "": leads to another page, or is for machines

    left = {}
    for name in WITHOUT_PLACES:
        tell = partial(story, name)
        if told(tell, "es") and (english := english_left(tell, names=NAMES)):
            left[name] = english
    assert left == {}


def plan_page(**changes: object) -> Callable[[Client, Member], str]:
    def story(client: Client, _alice: Member) -> str:
        Plan.objects.update(**changes)
        return page(client, Plan.objects.get().get_absolute_url())

    return story


def run_page(state: str, problem: str = "", *, step: str = "done", claims: bool = True) -> Callable[..., str]:
    def story(client: Client, alice: Member) -> str:
        alice.sync_runs.all().delete()
        if not claims:
            alice.records.all().delete()
            projection.forget()
        return page(client, a_run(alice, state, problem=problem, step=step).get_absolute_url())

    return story


def posted(name: str, /, **form: str) -> Callable[[Client, Member], str]:
    return lambda client, _alice: page(client, reverse(name), form)


def as_visitor(story: Callable[[Client, Member], str]) -> Callable[[Client, Member], str]:
    """Sign out before the story."""

    def told_by_visitor(client: Client, alice: Member) -> str:
        client.logout()
        return story(client, alice)

    return told_by_visitor


def of_passkey(name: str) -> Callable[[Client, Member], str]:
    return lambda client, alice: page(client, reverse(name, args=[Authenticator.objects.get(user=alice).pk]))


def without_address(client: Client, _alice: Member) -> str:
    """The account of a member who came with their plan."""
    client.force_login(Member.objects.create_from_plan(), backend="django.contrib.auth.backends.ModelBackend")
    return page(client, reverse("accounts:account")) + page(client, reverse("account_email"))


def long_after_the_plan(client: Client, alice: Member) -> str:
    """A member who came with their plan an hour ago wants to change how they sign in."""
    without_address(client, alice)
    return page(client, reverse("accounts:add_passkey"))


def codes_again(client: Client, alice: Member) -> str:
    """The page of codes, looked at a second time."""
    posted("mfa_generate_recovery_codes")(client, alice)
    return page(client, reverse("mfa_view_recovery_codes"))


def from_the_mail(client: Client, _alice: Member) -> str:
    """The link that chooses a new password."""
    page(client, reverse("account_reset_password"), {"email": "alice@example.com"})
    link = re.search(r"http://\S+(/account/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert link
    return page(client, link[1])


def wrong_code(client: Client, _alice: Member) -> str:
    """A code on paper that is none."""
    page(client, reverse("account_login"), {"login": "alice@example.com", "password": PASSWORD})
    return page(client, reverse("mfa_authenticate"), {"code": "00000000"})


def disconnected(client: Client, alice: Member) -> str:
    """An update of a plan that was disconnected, its records kept."""
    connection = alice.connections.get()
    Connection.objects.filter(pk=connection.pk).update(
        status=Connection.Status.KEPT, ended_at=NOW, sealed_tokens=b""
    )
    return page(client, alice.sync_runs.get().get_absolute_url())


STORIES: dict[str, Callable[[Client, Member], str]] = {
    "plan": plan_page(),
    "plan to connect": plan_page(status="confirmed"),
    "plan that is paused": plan_page(status="paused"),
    "plans, none fits": lambda client, _alice: page(client, "/plans/?q=zzz"),
    "plans, a part not understood": lambda client, _alice: page(client, "/plans/?state=XX&kind=YY"),
    **{f"update {state}": run_page(state) for state in SyncRun.State.values},
    "update running, nothing yet": run_page("running", step="doing", claims=False),
    "update waiting to try again": run_page("waiting", "busy", claims=False),
    "update waiting to try again, with claims": run_page("waiting", "busy"),
    "update of a plan disconnected": disconnected,
    **{f"update failed: {code}": run_page("failed", code, step="problem") for code in wording.PROBLEMS},
    "sign-up refused": as_visitor(posted("account_signup", email="no address", password1="short")),
    "sign-up, the password like the address": as_visitor(
        posted("account_signup", email="charlie@example.com", password1="charlie@example.com")
    ),
    "sign-up, a common password": as_visitor(
        posted("account_signup", email="charlie@example.com", password1="123456789012")
    ),
    "sign-up, empty": as_visitor(posted("account_signup")),
    "sign-up, the code": as_visitor(
        posted("account_signup", email="dana@example.com", password1="nine slow paper boats")
    ),
    "sign-in refused": as_visitor(posted("account_login", login="alice@example.com", password="wrong")),
    "sign-in, the passkey": as_visitor(posted("account_login", login="alice@example.com", password=PASSWORD)),
    "new password asked": as_visitor(posted("account_reset_password", email="alice@example.com")),
    "new password asked, no address": as_visitor(posted("account_reset_password", email="nobody")),
    "an old link": as_visitor(lambda client, _alice: page(client, "/account/password/reset/key/1-x/")),
    "password change refused": posted(
        "account_change_password", oldpassword="wrong", password1="short", password2="other"
    ),
    "address refused": posted("account_email", action_add="", email="alice@example.com"),
    "address added": posted("account_email", action_add="", email="dana@example.com"),
    "passkey to rename": of_passkey("mfa_edit_webauthn"),
    "passkey to remove": of_passkey("accounts:remove_passkey"),
    "without an address": without_address,
    "without an address, a password": long_after_the_plan,
    "new codes": posted("mfa_generate_recovery_codes"),
    "codes that were shown before": codes_again,
    "a link that works": as_visitor(from_the_mail),
    "sign-up with an address that is known": as_visitor(
        posted("account_signup", email="alice@example.com", password1="nine slow paper boats")
    ),
    "passkey refused": posted("accounts:add_passkey", name="", credential="{}"),
    "sign-in with a code, refused": as_visitor(wrong_code),
    "signed out": posted("account_logout"),
    "language chosen by a stranger": lambda client, _alice: page(client, "/language/?next=/plans/"),
    "nothing there": lambda client, _alice: page(client, "/nothing/there/"),
}


def test_every_story_ends_in_spanish(world: Member) -> None:
    """Each from the same beginning: what a story does is rolled back (`told`)."""

    def end(title: str, client: Client) -> str:
        member = Member.objects.get(pk=world.pk)
        return STORIES[title](signed_in(client, member), member)

    left = {title: english_left(partial(end, title), names=NAMES) for title in STORIES}
    assert {title: english for title, english in left.items() if english} == {}


@pytest.mark.parametrize(
    "template",
    [
        *("400.html", "403.html", "403_csrf.html", "404.html", "429.html", "account/signup_closed.html"),
        *("account/verified_email_required.html", "account/verification_sent.html"),
    ],
)
@pytest.mark.django_db  # the name of the app
def test_every_page_of_a_refusal_is_spanish(template: str) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    pages = []
    for language in ("en", "es"):
        with translation.override(language):
            pages.append(texts(render_to_string(template, request=request)))
    assert untranslated(*pages) == []


def test_what_is_left_in_english_is_found() -> None:
    assert untranslated(["Your plan", "Plainclaim"], ["Your plan", "Plainclaim"]) == ["Your plan"]
    assert untranslated(["3 claims and 4 more"], ["3 reclamaciones and 4 more"]) == [
        "3 reclamaciones and 4 more"
    ]
    assert (
        untranslated(["Claims of Acme Health"], ["Reclamaciones de Acme Health"], names=["Acme Health"]) == []
    )
    assert texts('<p title="Hello">One <svg>no</svg><b lang="en">no</b> two</p>') == ["Hello", "One", "two"]
