"""G-22: a new version of the policies is told to everybody in time, and a material one asks for a new yes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from apps.accounts import policies
from apps.accounts.actions import agree, withdraw
from apps.accounts.mail_rounds import SOON
from apps.accounts.models import Member, PolicyNotice
from config.policies import newest, versions
from tests.accounts.test_sign_up import DOWN
from tests.conftest import signed_in
from tests.new_policies import NEXT, next_version

WHEN = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WHEN, tick=False) as traveller:
        yield traveller


def confirm(member: Member) -> None:
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)


def news(browser: Client, path: str = "/account/") -> str:
    """Return what a page tells of new policies, "" where it tells nothing."""
    page = browser.get(path).content.decode()
    news_box = page.partition('data-testid="policies-news"')[2]
    return news_box.partition("</div>")[0]


def test_the_first_version_is_told_to_nobody(alice: Member, alice_client: Client, settings: Any) -> None:
    settings.POLICY_VERSIONS = settings.POLICY_VERSIONS[:1]
    confirm(alice)
    assert policies.go_round(now=WHEN) == 0
    assert not news(alice_client)
    assert "You need not do anything" in alice_client.get("/account/policies/").content.decode()


def test_everybody_with_an_address_is_written_to_once_30_days_ahead(
    alice: Member, bob: Member, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G-22: chosen by nobody, in batches, in the reader's language, with nothing that is theirs.

    Who joins afterwards agreed to it then.
    """
    Member.objects.create_from_plan()
    newcomer = Member.objects.create_user("dora@example.com", "a long password of dora")
    Member.objects.filter(pk=newcomer.pk).update(date_joined=WHEN + timedelta(seconds=1))
    confirm(newcomer)
    Member.objects.filter(pk=bob.pk).update(language="es")
    confirm(alice)
    confirm(bob)
    next_version(settings, is_material=True)
    monkeypatch.setattr(policies, "AT_ONCE", 1)
    for seconds in range(0, 60, 5):
        policies.go_round(now=WHEN + timedelta(seconds=seconds))
    policies.go_round(now=WHEN + 3 * DAY)
    told = {sent.to[0]: sent for sent in mail.outbox}
    assert len(mail.outbox) == len(told) == 2
    english, spanish = told[str(alice.email)], told[str(bob.email)]
    assert english.subject == "Plainclaim: new privacy policy and terms"
    assert "in force from April 20, 2027" in english.body and "We <b>ask</b> more." in english.body
    assert "only if you agree" in english.body and "/account/policies/" in english.body
    assert "Pedimos más." in spanish.body and "20 de abril de 2027" in spanish.body
    assert policies.in_force(newest()) - (WHEN + policies.QUEUE).date() >= policies.NOTICE


def test_a_site_that_gets_it_late_tells_its_members_as_long_ahead(alice: Member, settings: Any) -> None:
    version, late = next_version(settings, is_material=True), WHEN + 100 * DAY
    policies.go_round(now=late)
    assert version.in_force < late.date()
    assert policies.in_force(newest()) == (late + policies.NOTICE + policies.QUEUE).date()
    assert not policies.to_agree(now=late + policies.NOTICE)
    page = Client().get("/privacy/").content.decode()
    assert "in force from July 15, 2027" in page


@pytest.mark.django_db
def test_on_a_site_where_nobody_agreed_to_another_it_is_in_force_from_its_day(settings: Any) -> None:
    """Who runs it, and who agreed to it when they came, are told nothing: before a worker's look too."""
    next_version(settings, is_material=True)
    Member.objects.create_superuser("olga@example.com", "a long password of olga")
    newcomer = Member.objects.create_user("dora@example.com", "a long password of dora")
    agree(member=newcomer, version=NEXT, now=WHEN)
    for _look in ("before", "after"):
        assert "March 1, 2027, in force from that day" in Client().get("/privacy/").content.decode()
        assert policies.go_round(now=WHEN) == 0
    assert not PolicyNotice.objects.exists()


@pytest.mark.django_db
def test_who_runs_a_site_and_agreed_to_the_one_before_is_told_as_anybody(settings: Any) -> None:
    operator = Member.objects.create_superuser("olga@example.com", "a long password of olga")
    agree(member=operator, version=newest().version, now=WHEN)
    version = next_version(settings, is_material=True)
    assert policies.in_force(version) == version.in_force
    policies.go_round(now=WHEN)
    assert policies.in_force(version) == version.in_force
    assert PolicyNotice.objects.filter(member=operator).exists()


def test_a_mail_server_that_is_down_loses_no_notice(alice: Member, bob: Member, settings: Any) -> None:
    confirm(alice)
    confirm(bob)
    next_version(settings, is_material=False)
    reachable, settings.MAILERS = settings.MAILERS, DOWN
    assert policies.go_round(now=WHEN) == 0
    settings.MAILERS = reachable
    assert policies.go_round(now=WHEN + SOON) == 2
    assert all("You need not do anything." in sent.body for sent in mail.outbox)


def test_after_a_mail_server_was_down_for_six_days_it_comes_less_than_30_days_ahead_but_comes(
    alice: Member, bob: Member, settings: Any
) -> None:
    """The day stands, as pages tell it from the first; a suspended account is written to by nobody."""
    confirm(alice)
    confirm(bob)
    Member.objects.filter(pk=bob.pk).update(is_active=False)
    late = next_version(settings, is_material=False).in_force + DAY
    begun = datetime.combine(late, time(12), UTC)
    reachable, settings.MAILERS = settings.MAILERS, DOWN
    policies.go_round(now=begun)
    settings.MAILERS = reachable
    policies.go_round(now=begun + 6 * DAY)
    assert [sent.to for sent in mail.outbox] == [[alice.email]]
    ahead = policies.in_force(newest()) - (begun + 6 * DAY).date()
    assert ahead == policies.NOTICE + policies.QUEUE - 6 * DAY


def test_pages_tell_it_for_30_days_from_the_next_visit(
    alice: Member, settings: Any, clock: time_machine.Traveller
) -> None:
    """Without an address too; who joined later, or agreed on the way to a plan, reads nothing of it."""
    next_version(settings, is_material=False)
    policies.go_round(now=WHEN)
    visit = WHEN + 200 * DAY
    for after, is_told in ((0 * DAY, True), (29 * DAY, True), (30 * DAY, False)):
        clock.move_to(visit + after)
        browser = signed_in(alice)
        assert bool(news(browser)) is is_told
    newcomer = Member.objects.create_user("dora@example.com", "a long password of dora")
    browser.force_login(newcomer, backend="django.contrib.auth.backends.ModelBackend")
    policies.go_round(now=visit + 31 * DAY)
    assert not news(browser)


def test_a_material_change_is_told_until_the_member_answers(
    alice: Member, settings: Any, clock: time_machine.Traveller
) -> None:
    agree(member=alice, version=versions()[0].version, now=WHEN)
    next_version(settings, is_material=True)
    policies.go_round(now=WHEN)
    browser = signed_in(alice)
    assert "change on April 20, 2027" in news(browser)
    assert not policies.must_agree(alice, now=WHEN)
    clock.move_to(datetime(2027, 4, 20, 16, 0, tzinfo=UTC))
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert "until you agree" in news(browser)
    browser.post("/account/policies/", {"agree": versions()[0].version})
    assert "until you agree" in news(browser), "an old page's yes is to an old policy"
    page = browser.get("/account/policies/").content.decode()
    assert "We &lt;b&gt;ask&lt;/b&gt; more." in page and f'value="{NEXT}"' in page
    browser.post("/account/policies/", {"agree": NEXT})
    assert not news(browser)
    assert alice.consents.standing().filter(policy_version=NEXT, plan="", language="en").count() == 1


def test_who_agreed_to_a_later_version_agreed_to_the_material_one_before(
    alice: Member, settings: Any
) -> None:
    next_version(settings, is_material=True)
    policies.go_round(now=WHEN)
    settings.POLICY_VERSIONS = (*versions(), type(newest())("2027-06-01", date(2027, 8, 1), False, {}, {}))
    in_force = WHEN + 60 * DAY
    agree(member=alice, version=versions()[0].version, now=WHEN)
    assert policies.must_agree(alice, now=in_force)
    agree(member=alice, version="2027-06-01", now=in_force)
    assert not policies.must_agree(alice, now=in_force)


def test_who_is_two_versions_behind_is_told_all_that_changed_and_the_day_that_concerns_them(
    alice: Member, settings: Any, clock: time_machine.Traveller
) -> None:
    """A site that upgrades seldom gets several at once; one that was not announced holds with the next."""
    confirm(alice)
    agree(member=alice, version=versions()[0].version, now=WHEN)
    first = next_version(settings, is_material=True)
    policies.go_round(now=WHEN)
    changes = {"en": "We also count.", "es": "También contamos."}
    middle = type(first)("2027-04-01", date(2027, 5, 10), False, changes, {})
    last = type(first)("2027-04-02", date(2027, 6, 1), True, changes | {"en": "We keep less."}, {})
    settings.POLICY_VERSIONS = (*versions(), middle, last)
    now = datetime(2027, 4, 21, 16, 0, tzinfo=UTC)
    clock.move_to(now)
    mail.outbox.clear()
    policies.go_round(now=now + 2 * SOON)
    (message,) = mail.outbox
    assert "We <b>ask</b> more. We also count. We keep less." in str(message.body)
    assert policies.in_force(middle) == policies.in_force(last) > policies.in_force(first)
    assert policies.in_force(versions()[0]) == versions()[0].in_force
    told = policies.news_of(policies.since_agreed(alice), now=now)
    assert told.is_paused and told.in_force == policies.in_force(first) == date(2027, 4, 20)
    agree(member=alice, version=middle.version, now=now)
    told = policies.news_of(policies.since_agreed(alice), now=now)
    assert (told.changes, told.is_paused, told.in_force) == ("We keep less.", False, policies.in_force(last))


def test_a_change_that_is_not_material_pauses_nobody(alice: Member, settings: Any) -> None:
    agree(member=alice, version=versions()[0].version, now=WHEN)
    next_version(settings, is_material=False)
    policies.go_round(now=WHEN)
    assert policies.in_force(newest())
    assert policies.to_agree(now=WHEN + 60 * DAY) == frozenset()
    assert not policies.must_agree(alice, now=WHEN + 60 * DAY)


def test_a_yes_that_was_taken_back_is_none(alice: Member, settings: Any) -> None:
    next_version(settings, is_material=True)
    policies.go_round(now=WHEN)
    agree(member=alice, version=NEXT, now=WHEN)
    assert not policies.must_agree(alice, now=WHEN + 60 * DAY)
    withdraw(member=alice, plan=None, now=WHEN)
    assert policies.must_agree(alice, now=WHEN + 60 * DAY)


def test_who_agreed_before_their_mail_was_due_gets_none(alice: Member, bob: Member, settings: Any) -> None:
    confirm(alice)
    confirm(bob)
    next_version(settings, is_material=True)
    agree(member=alice, version=NEXT, now=WHEN)
    assert policies.go_round(now=WHEN) == 1
    assert [message.to for message in mail.outbox] == [[bob.email]]
