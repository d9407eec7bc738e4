"""What operators do at a plan or to an account, by a command or a button: looked at first, with a reason,
and with a receipt that is printed and kept in the log."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any, Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import models

from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from apps.audit import trail
from apps.audit.notices import mail_operators, note
from apps.connections import endings, revocations
from apps.connections.models import Connection, Receipt, Revocation
from apps.outbound.errors import ForOperators
from apps.plain_language.capitals import folded_name
from apps.plans import dynamic, held_changes, plan_pause
from apps.plans.choices import Status
from apps.plans.models import HeldChange, Plan
from apps.plans.origins import allowed_origins
from apps.plans.registrations import Registration
from apps.plans.secrets import begin_swap, goes_with_codes_only, insist_on_old
from apps.vault.errors import SealBroken

MOST_BY_BUTTON: Final = 100
"""Members that one press of a button may reach: the page waits for it. The command has no such limit."""
ASKING_SECONDS: Final = 20.0
"""So long a plan is asked to revoke while the operator waits; workers do the rest."""


class ActRefused(ForOperators):
    """It cannot be done so; nothing was. `sentence` is for the operator."""


@dataclass(frozen=True)
class Given:
    """What the operator gave: why, who they are (None: a command), the moment, a text where one is asked,
    and what the page had `seen` of the row (None: no page came before)."""

    reason: str
    by: Any
    now: datetime
    text: str = field(default="", repr=False)
    seen: str | None = None


@dataclass(frozen=True)
class Act:
    """One thing to do to a row of `model`.

    `shown` says what it would do and `done` does it and says what came of it, both in lines without a secret
    or a word about a member; `reach` counts the members it is about. `asks` names the text it needs.
    `undoes` says what of the row it ends: what stood on the page is ended, and nothing decided since.
    """

    title: str
    model: type[models.Model]
    shown: Callable[[Any, Given], list[str]]
    done: Callable[[Any, Given], list[str]]
    reach: Callable[[Any], int] = lambda _row: 0
    asks: str = ""
    undoes: Callable[[Any], str] = lambda _row: ""
    is_secret: bool = False
    may_be_empty: bool = False
    is_noted: bool = False
    """Whether what does it writes to the log and the audit itself."""


@contextmanager
def _in_words() -> Iterator[None]:
    """Say as an act that is refused why a server did not register, change or end our client."""
    try:
        yield
    except dynamic.NotRegistered as error:
        raise ActRefused(error.sentence) from error


def look(act: Act, row: models.Model, order: Given) -> list[str]:
    """The dry run: what it would do, in lines. Raises ActRefused where it could not be done."""
    if order.by is not None and act.reach(row) > MOST_BY_BUTTON:
        raise ActRefused(f"It is about more than {MOST_BY_BUTTON} members: use manage.py operate.")
    if act.asks and not act.is_secret and not order.text.strip():
        raise ActRefused(f"It needs {act.asks}.")
    with _in_words():
        return act.shown(row, order)


def do(act: Act, row: models.Model, order: Given) -> list[str]:
    """Do it and return the receipt, which is kept in the log too. Raises ActRefused."""
    look(act, row, order)
    if act.asks and not act.may_be_empty and not order.text.strip():
        raise ActRefused(f"It needs {act.asks}.")
    if not order.reason.strip():
        raise ActRefused("Give a reason: it is kept in the log for other operators.")
    if order.seen is not None and order.seen != act.undoes(row):
        raise ActRefused(CHANGED)
    before = trail.values_of(row)
    with _in_words():
        receipt = [f"{act.title}. Reason: {order.reason.strip()}", *act.done(row, order)]
    if not act.is_noted:
        note(row, receipt, by=order.by, changes=trail.difference(before, trail.values_of(row)))
    return receipt


def members_of(plan: Plan) -> models.QuerySet[Member]:
    """Whose records of the plan are here or were, as a receipt says; also of suspended accounts."""
    here, were = Connection.objects.filter(plan=plan), Receipt.objects.filter(plan=plan)
    return Member.objects.filter(
        models.Q(pk__in=here.values("member")) | models.Q(pk__in=were.values("member"))
    )


def _connections(plan: Plan) -> str:
    return _counted(Connection.objects.usable().filter(plan=plan).count(), "connection")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _stopped(plan: Plan, order: Given) -> list[str]:
    if not plan_pause.stop(plan, reason=order.reason, now=order.now):
        raise ActRefused("It is paused already.")
    return [f"At rest: {_connections(plan)}; only revocations go on."]


UNOPENED: Final = "No member was ever connected: confirm it in its form, which a second operator accepts."


CHANGED: Final = "It is not paused, or was stopped meanwhile. Look again."


def _pause(plan: Plan) -> str:
    """Return which pause it is in: since when of its own, and what was last noted."""
    last = plan.notes.strip().rpartition("\n")[2]
    return " ".join([plan.get_status_display(), str(plan.client_refused_at or ""), last])


def _would_resume(plan: Plan, order: Given) -> list[str]:
    opens = held_changes.opens_at_once(plan, plan, by=order.by)
    return [
        f"As it stands: {_pause(plan)}",
        f"To go on: {_connections(plan)}.",
        *([] if opens else [UNOPENED]),
    ]


def _resumed(plan: Plan, order: Given) -> list[str]:
    opens = held_changes.opens_at_once(plan, plan, by=order.by)
    if not plan_pause.resume(plan, reason=order.reason, now=order.now, opens=opens):
        raise ActRefused(CHANGED)
    return [f"Going on where it was left: {_connections(plan)}.", *([] if opens else [UNOPENED])]


def _permissions(plan: Plan) -> int:
    """How many have tokens here, also such as wait for a member's choice."""
    waiting = plan.handshakes.exclude(sealed_answer=b"")
    return plan.connections.exclude(sealed_tokens=b"").count() + waiting.count()


def _would_end(plan: Plan, _order: Given) -> list[str]:
    permissions = _counted(_permissions(plan), "permission")
    lines = [f"To be ended: {permissions}; the plan is asked to revoke each. Records stay."]
    if not plan.is_paused:
        lines.append("The plan is not paused: members can connect again at once.")
    return lines


def _ended(plan: Plan, order: Given) -> list[str]:
    begun = endings.end_at_plan(plan=plan, now=order.now)
    give_up_at = time.monotonic() + ASKING_SECONDS
    for row in begun:
        if row.state == Revocation.State.WAITING and time.monotonic() < give_up_at:
            revocations.ask(row, now=order.now)
    rows = Revocation.objects.filter(pk__in=[row.pk for row in begun])
    counts = Counter((row.get_state_display(), row.get_proof_display(), row.problem) for row in rows)
    lines = [
        f"{count} of them: {'; '.join(filter(None, words))}"
        for words, count in sorted(counts.items(), key=str)
    ]
    if left := _permissions(plan):
        why = "given meanwhile or sealed under a key that is not at hand"
        lines.append(f"Still here: {_counted(left, 'permission')}, {why}.")
    return [f"Ended here: {_counted(len(begun), 'permission')}.", *lines]


AT_REST: Final = "Until the next sign-in nothing is asked of its plans but revocations."


def _would_swap(registration: Registration, order: Given) -> list[str]:
    try:
        insist_on_old(registration)
    except SealBroken as error:
        raise ActRefused("No old one opens: look where it may go, then write the new one.") from error
    plans = ", ".join(sorted(registration.plans.values_list("slug", flat=True))) or "no plan"
    works = "The old secret goes on working until each plan that has members gave tokens for the new one."
    again = [f"{plan.slug} is asked again." for plan in _shut_by_refusals(registration, order)]
    return [f"For {plans}.", _goes_to(registration.origins), works, *again, *_ends_by_hand(registration)]


def _goes_to(origins: Iterable[str]) -> str:
    return f"It may go to {', '.join(sorted(origins)) or 'nothing yet'}."


def _swapped(registration: Registration, order: Given) -> list[str]:
    begin_swap(registration, order.text.strip())
    kept = "The new client secret is kept; the old one works until the plans have given tokens for it."
    lines = [kept]
    for plan in _shut_by_refusals(registration, order):
        try:  # where another one was faster the swap stands, and its note with it
            again = do(ACTS["resume_plan"], plan, replace(order, seen=None))[1:]
        except ActRefused as error:
            again = [f"not asked again. {error.sentence}"]
        lines += [f"{plan.slug}: {line}" for line in again]
    return [*lines, *_ends_by_hand(registration)]


def _shut_by_refusals(registration: Registration, order: Given) -> models.QuerySet[Plan]:
    """What paused itself because it did not take us: a paused plan is asked nothing that could prove more.

    None for who may not change plans.
    """
    if order.by is not None and not order.by.has_perm("plans.change_plan"):
        return registration.plans.none()
    return registration.plans.filter(status=Status.PAUSED, client_refused_at__isnull=False)


def _ends_by_hand(registration: Registration) -> list[str]:
    """What an operator does where no renewal of a permission tries the new secret."""
    slugs = [plan.slug for plan in registration.plans.order_by("slug") if goes_with_codes_only(plan)]
    by_hand = "end the old secret there, and the next sign-in takes the new one"
    return [f"{slug} gives no lasting access: {by_hand}." for slug in slugs]


def _would_register(registration: Registration, _order: Given) -> list[str]:
    place, sent = dynamic.place_of(registration), dynamic.to_send(registration)
    if registration.client_id:
        raise ActRefused("It has a client id already.")
    origins = {*registration.origins, *chain.from_iterable(map(allowed_origins, registration.plans.all()))}
    lines = _exchanged(place.url, sent, origins)
    return lines if "contacts" in sent else [*lines, "No contacts: write yours into the listing first."]


def _would_change(registration: Registration, _order: Given) -> list[str]:
    uri, sent = dynamic.managed_at(registration), dynamic.to_send(registration)
    return _exchanged(uri, sent, registration.origins)


def _exchanged(url: str, sent: Mapping[str, Any], origins: Iterable[str]) -> list[str]:
    """What leaves, and where a secret that comes back may go: of a first one no seal tells (S-01)."""
    lines = [f"{name}: {_shown(value)}" for name, value in sent.items()]
    return [f"Sent to {url}:", *lines, f"A client secret that comes back is kept. {_goes_to(origins)}"]


def _would_end_client(registration: Registration, _order: Given) -> list[str]:
    uri = dynamic.managed_at(registration)
    return [f"The client {registration.client_id} ends at {uri}; its id and secret are forgotten here."]


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _message(plan: Plan, order: Given) -> tuple[str, str]:
    """Subject (the first line) and text; ActRefused where they would tell which plan somebody has."""
    subject, _, text = order.text.strip().partition("\n")
    if not text.strip():
        raise ActRefused("The message needs a subject in its first line, and a text below.")
    words = f" {folded_name(order.text)} "
    for name in (plan.name, *plan.other_names, plan.slug):
        if folded_name(name) and f" {folded_name(name)} " in words:
            raise ActRefused("The message names the plan: whose plan it is would be readable on the way.")
    return " ".join(subject.split()), f"{text.strip()}\n\n{settings.SITE_URL}"


def _would_mail(plan: Plan, order: Given) -> list[str]:
    subject, text = _message(plan, order)
    count = members_of(plan).exclude(email=None).count()
    goes = f"This goes to {_counted(count, 'member')}, each alone:"
    return [_out_of_reach(plan), goes, subject, *text.splitlines()]


def _mailed(plan: Plan, order: Given) -> list[str]:
    subject, text = _message(plan, order)
    sent = failed = 0
    for address in members_of(plan).exclude(email=None).values_list("email", flat=True):
        try:
            sent += send_mail(subject, text, None, [str(address)])
        except OSError:  # of one address, or of the server: the others get theirs
            failed += 1
    mail_operators(
        f"Members of {plan.slug} were written to", [f"By: {order.by or 'a command'}.", subject, text]
    )
    return [f"{_counted(sent, 'mail')} left, {failed} did not.", _out_of_reach(plan), f"Subject: {subject}"]


def _out_of_reach(plan: Plan) -> str:
    return (
        "Without an e-mail address, to be told in another way: "
        f"{members_of(plan).filter(email=None).count()}."
    )


def _held(plan: Plan, _order: Given) -> list[str]:
    change = HeldChange.objects.filter(plan=plan).first()
    if change is None:
        raise ActRefused("Nothing waits there.")
    return held_changes.lines_of(change)


def _held_no_more(plan: Plan, order: Given) -> list[str]:
    lines = _held(plan, order)
    held_changes.stop(plan=plan, seen=None, by=order.by, reason=order.reason.strip())
    return lines


ACTS: Final[Mapping[str, Act]] = {
    "stop_plan": Act(
        "Stop asking this plan",
        Plan,
        lambda plan, _: [f"To rest within seconds: {_connections(plan)}."],
        _stopped,
    ),
    "resume_plan": Act("Ask this plan again", Plan, _would_resume, _resumed, undoes=_pause),
    "end_permissions": Act("End all permissions at this plan", Plan, _would_end, _ended, _permissions),
    "swap_secret": Act(
        "Swap the client secret",
        Registration,
        _would_swap,
        _swapped,
        asks="the new client secret",
        is_secret=True,
    ),
    "register_client": Act(
        "Register us at its server (RFC 7591)",
        Registration,
        _would_register,
        lambda registration, order: dynamic.register(registration, initial_token=order.text.strip()),
        asks="the initial access token, where the server's people gave one",
        is_secret=True,
        may_be_empty=True,
    ),
    "update_client": Act(
        "Send our metadata anew (RFC 7592)",
        Registration,
        _would_change,
        lambda registration, _: dynamic.update(registration),
    ),
    "end_client": Act(
        "End our client at its server (RFC 7592)",
        Registration,
        _would_end_client,
        lambda registration, _: dynamic.end(registration),
    ),
    "mail_members": Act(
        "Write to the members of this plan",
        Plan,
        _would_mail,
        _mailed,
        lambda plan: members_of(plan).count(),
        asks="a message: the subject in its first line, then the text",
    ),
    "stop_change": Act("Stop the change that waits", Plan, _held, _held_no_more, is_noted=True),
    "end_sessions": Act(
        "End every session of this account",
        Member,
        lambda member, _: [f"Browsers signed in: {member.open_sessions.count()}.", AT_REST],
        lambda member, _: [f"Browsers signed out: {sign_out(member=member)}.", AT_REST],
    ),
}
"""By the names they have on the command line."""
