"""Alarms: what is wrong is told to operators by mail and webhook, once, and once more when it is over.

A worker does this, so a site without one tells nobody of that: `/readyz?workers` does.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from apps.audit.notices import tell_operators
from apps.desk import house, outside
from apps.desk.findings import Finding, Level
from apps.desk.fleet import plan_states
from apps.desk.looks import ON_THE_DESK, look
from apps.outbound.addresses import origin_of
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import OutboundError
from apps.sync.models import Beat

log = logging.getLogger("plainclaim.alarms")
EVERY: Final = timedelta(minutes=1)
MAIL_EVERY: Final = timedelta(minutes=10)
OVER_AFTER: Final = timedelta(minutes=10)
"""What comes and goes within so long is one alarm, and is not over yet."""
ALSO: Final = frozenset({"drift", "misdirected", "stuck"})
"""Told although the light is yellow: members wait for an operator, or their records went to others."""
PREFIX: Final = "alarm:"
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
MOST_BYTES: Final = 64 * 1024


def look_after() -> None:
    """What a worker does every few seconds (the setting SYNC_ALSO_ASKS): mostly, it only looks."""
    now = timezone.now()
    if _is_due("alarms", EVERY, now=now):
        if house.sends_mail() and _is_due(house.MAIL_TRIED, MAIL_EVERY, now=now):
            _try_mail(now)
        if outside.has_certificate() and _is_due(outside.BEATS[1], outside.CERTIFICATE_EVERY, now=now):
            outside.note_certificate(now)
        if _is_due(outside.LINKS_TRIED, outside.LINKS_EVERY, now=now):
            outside.note_links()
        ring(now=now)


def ring(*, now: datetime) -> None:
    """Tell what is new and what is over; noted only when somebody was told, or there is nobody to tell."""
    states = plan_states(now=now)
    findings = look(ON_THE_DESK, now=now)
    findings += [finding for state in states for finding in state.findings]
    slugs = [state.plan.slug for state in states]
    wrong = {
        _name(problem): problem
        for problem in findings
        if problem.level == Level.WRONG or problem.code in ALSO
    }
    rows = dict(Beat.objects.filter(name__startswith=PREFIX).values_list("name", "at"))
    Beat.objects.filter(name__in=wrong).update(at=now)
    new = [finding for name, finding in wrong.items() if name not in rows]
    over = [name for name, at in rows.items() if name not in wrong and now - at > OVER_AFTER]
    for finding in new:
        log.error("alarm %s", finding.line)
    if (new or over) and _tell(new, [_words_of(name, slugs) for name in over]):
        Beat.objects.bulk_create([Beat(name=_name(alarm), at=now) for alarm in new], ignore_conflicts=True)
        Beat.objects.filter(name__in=over).delete()


def _tell(new: Sequence[Finding], over: Sequence[str]) -> bool:
    """Write to operators and to the webhook; False where neither worked."""
    lines = [*(finding.line for finding in new), *(f"over    {words}" for words in over)]
    wrong = f"{len(new)} new alarm{'s'[: len(new) != 1]}" if new else "Alarms over: " + ", ".join(over)
    heard = tell_operators(wrong[:120], lines)
    posted = _post(new, over, lines) if settings.ALARM_WEBHOOK_URL else None
    return bool(heard) or bool(posted) or (heard is None and posted is None)


def _post(new: Iterable[Finding], over: Sequence[str], lines: Sequence[str]) -> bool:
    """Send them through the door that plans are asked through; `text` is what chat programs show."""
    url = settings.ALARM_WEBHOOK_URL
    alarms = [
        {
            "code": alarm.code,
            "plan": alarm.plan,
            "level": alarm.level.word,
            "says": alarm.says,
            "remedy": alarm.remedy,
        }
        for alarm in new
    ]
    body = {"text": "\n".join(lines), "site": settings.SITE_URL, "alarms": alarms, "over": list(over)}
    try:
        with open_session(plan="alarms", origins=[origin_of(url)], max_bytes=MOST_BYTES) as session:
            headers = {"Content-Type": "application/json"}
            answer = fetch(session, url, method="POST", headers=headers, data=json.dumps(body))
    except OutboundError as error:
        log.warning("the webhook of alarms was not reached: %s", type(error).__name__)
        return False
    if answer.status >= 300:
        log.warning("the webhook of alarms answers %d", answer.status)
    return answer.status < 300


def _try_mail(now: datetime) -> None:
    if problem := house.mail_problem():
        log.warning("the mail server does not take our sign-in: %s", problem)
    else:
        Beat.objects.update_or_create(name=house.MAIL, defaults={"at": now})


def _is_due(name: str, every: timedelta, *, now: datetime) -> bool:
    """Whether it is our turn, of all workers, to do it now."""
    beat, _is_new = Beat.objects.get_or_create(name=name, defaults={"at": LONG_AGO})
    if timedelta(0) <= now - beat.at < every:
        return False
    return bool(Beat.objects.filter(pk=beat.pk, at=beat.at).update(at=now))


def _name(finding: Finding) -> str:
    """Under what it is noted: the code, and a digest of the plan's name, which may be longer than a row's."""
    return f"{PREFIX}{finding.code}:{_digest(finding.plan)}"


def _digest(slug: str) -> str:
    return hashlib.sha256(slug.encode()).hexdigest()[:16] if slug else ""


def _words_of(name: str, slugs: Iterable[str]) -> str:
    """What an alarm that is over was about: the code, and the plan where it is still in use."""
    code, _, digest = name.removeprefix(PREFIX).partition(":")
    slug = next((slug for slug in slugs if _digest(slug) == digest), "a plan" if digest else "")
    return f"{code} {slug}".strip()
