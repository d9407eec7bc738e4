"""Attempts to connect: how far each came and why it ended, by plan, without saying who tried."""

import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count
from django.utils.module_loading import import_string

from apps.connections.errors import ConnectionFailed
from apps.connections.models import Attempt
from apps.outbound.trace import new_trace
from apps.plain_language.language import _, said
from apps.plain_language.other_language import speaking
from apps.plans.models import Plan

log = logging.getLogger("plainclaim.connections")

KEPT_FOR: Final = timedelta(days=400)  # a year and a bit: this month can be compared with the same one before
STAGES: Final = [stage.value for stage in Attempt.Stage]
LANGUAGES = ("en", "es")
WENT_WELL = said("Connecting your plan went well.")
LEFT = said("Connecting your plan was begun and not finished. Nothing was changed. You can start again.")


def start(*, plan: Plan, purpose: str, now: datetime) -> Attempt:
    """Note that somebody began, under a number that is its alone."""
    reference = new_trace()
    log.info("plan %s attempt %s began, %s", plan.slug, reference, purpose)
    return Attempt.objects.create(plan=plan, reference=reference, purpose=purpose, started_at=now)


def trace_of(attempt: Attempt | None) -> str:
    """The id that log lines of this attempt, and of all that comes of it, carry (C-12); "" without one."""
    return attempt.reference if attempt else ""


def advance(attempt: Attempt | None, stage: Attempt.Stage) -> None:
    """Note that it came this far: never backwards, also when two workers write at once; again for free."""
    if attempt is None or attempt.stage == stage:
        return
    earlier = STAGES[: STAGES.index(stage)]
    if Attempt.objects.filter(pk=attempt.pk, stage__in=earlier).update(stage=stage):
        attempt.stage = stage
        log.info("attempt %s is %s", attempt.reference, stage)


def remark(attempt: Attempt | None, detail: str) -> None:
    """Note, in our own words, what operators should look at although it went well."""
    if attempt is not None:
        attempt.detail = detail
        attempt.save(update_fields=["detail"])


def fail(attempt: Attempt | None, error: ConnectionFailed, *, now: datetime) -> None:
    """Note why it ended, by the name of the error and our own words about it, here and in the log."""
    error.attempt = attempt
    if attempt is None:
        return
    text = ". ".join(filter(None, (str(error), error.hint)))
    attempt.failure, attempt.detail = type(error).__name__, text[:200]
    level = logging.WARNING if error.hint else logging.INFO
    log.log(
        level,
        "plan %s attempt %s failed, %s, %s",
        attempt.plan.slug,
        attempt.reference,
        attempt.failure,
        text,
    )
    attempt.fault, attempt.ended_at = error.fault, now
    attempt.save(update_fields=["failure", "detail", "fault", "ended_at"])


def forget_old(*, now: datetime) -> None:
    """Delete attempts of more than 400 days ago."""
    Attempt.objects.filter(started_at__lt=now - KEPT_FOR).delete()


@dataclass(frozen=True)
class Step:
    """How many came at least this far; `share` is of those who started, in whole per cent."""

    label: str
    count: int
    share: int


@dataclass(frozen=True)
class Failure:
    """How many ended for this reason: the name of the error class, and whose side it looks like."""

    name: str
    fault: str
    count: int

    @property
    def words(self) -> str:
        """What the page that a member meets calls it."""
        return in_words(self.name)


@dataclass(frozen=True)
class Funnel:
    """One plan's attempts, from the first click to the first claim; `failures` the most frequent first."""

    plan: str
    plan_id: uuid.UUID
    steps: list[Step]
    failures: list[Failure] = field(default_factory=list)

    @property
    def started(self) -> int:
        """All attempts."""
        return self.steps[0].count

    @property
    def failed(self) -> int:
        """Those that ended with a reason; who just walked away leaves none."""
        return sum(failure.count for failure in self.failures)


def funnels(*, since: datetime, purpose: str = "") -> list[Funnel]:
    """One funnel per plan with attempts since then, the busiest plan first; two queries for any number."""
    asked = Attempt.objects.filter(started_at__gte=since)
    if purpose:
        asked = asked.filter(purpose=purpose)
    failures: dict[uuid.UUID, list[Failure]] = {}
    ended = asked.exclude(failure="").values("plan_id", "failure", "fault").annotate(n=Count("pk"))
    for row in ended.order_by("-n", "failure"):
        fault = str(Attempt.Fault(row["fault"]).label) if row["fault"] else ""
        failures.setdefault(row["plan_id"], []).append(Failure(row["failure"], fault, row["n"]))
    counts: dict[tuple[str, uuid.UUID], dict[str, int]] = {}
    for stage_count in asked.values("plan__name", "plan_id", "stage").annotate(n=Count("pk")).order_by():
        counts.setdefault((stage_count["plan__name"], stage_count["plan_id"]), {})[stage_count["stage"]] = (
            stage_count["n"]
        )
    funnels = [
        Funnel(name, key, _steps(stages), failures.get(key, [])) for (name, key), stages in counts.items()
    ]
    return sorted(funnels, key=lambda funnel: (-funnel.started, funnel.plan))


def together(funnels: Iterable[Funnel]) -> list[Step]:
    """The steps of all plans added up."""
    totals: dict[str, int] = {}
    for funnel in funnels:
        for step in funnel.steps:
            totals[step.label] = totals.get(step.label, 0) + step.count
    most = max(totals.values(), default=0)
    return [Step(label, count, _share(count, most)) for label, count in totals.items()]


def _steps(reached: dict[str, int]) -> list[Step]:
    """Each stage includes the later ones: who has a claim on screen also came back."""
    stages = list(Attempt.Stage)
    least = [sum(reached.get(later, 0) for later in stages[place:]) for place in range(len(stages))]
    return [
        Step(str(stage.label), count, _share(count, least[0]))
        for stage, count in zip(stages, least, strict=True)
    ]


def _share(count: int, of: int) -> int:
    return round(100 * count / of) if of else 0


def reply(attempt: Attempt) -> str:
    """What happened, whether anything is lost and what to do: a paragraph for each language.

    Once the plan is connected, the pages of its updates name this number too: then it is about the last one.
    """
    failure = next((kind for kind in _failures() if kind.__name__ == attempt.failure), None)
    if failure:
        return in_each_language((failure.sentence, failure.lost, failure.next_step))
    if attempt.stage not in {Attempt.Stage.CONNECTED, Attempt.Stage.FIRST_CLAIM}:
        return in_each_language((LEFT,))
    of_update: str = import_string(settings.CONNECTIONS_UPDATE_REPLY)(attempt)
    return of_update or in_each_language((WENT_WELL,))


def in_words(failure: str) -> str:
    """What the page that a member meets calls this kind of failure; one of an older release, by its name."""
    return next((kind.title for kind in _failures() if kind.__name__ == failure), failure)


def in_each_language(sentences: Sequence[str]) -> str:
    """The sentences as the member's pages say them, a paragraph for each language."""
    paragraphs = []
    for language in LANGUAGES:
        with speaking(language):
            paragraphs.append(" ".join(_(sentence) for sentence in sentences))
    return "\n\n".join(paragraphs)


def _failures(
    kind: type[ConnectionFailed] = ConnectionFailed,
) -> Iterator[type[ConnectionFailed]]:
    """Every way in which an attempt fails."""
    yield kind
    for narrower in kind.__subclasses__():
        yield from _failures(narrower)
