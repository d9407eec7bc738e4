"""What machines read: metrics, whether workers are here, and log lines as objects."""

import json
import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from apps.accounts.models import Member
from apps.connections.models import Attempt, Connection
from apps.outbound.trace import traced
from apps.sync import scheduler
from apps.sync.models import Beat
from config.logs import LineFormatter, Masking
from tests.desk.conftest import a_plan, connected
from tests.desk.test_page import a_troubled_fleet

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a token of forty characters, made at random"


def scraped(client: Client) -> dict[tuple[str, ...], float]:
    """Return each sample by its name and labels."""
    text = client.get("/metrics").content.decode()
    families = text_string_to_metric_families(text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.usefixtures("well")
def test_metrics_say_what_the_desk_says_by_plan_and_no_finer(client: Client, alice: Member) -> None:
    a_troubled_fleet(alice)
    told = scraped(client)
    assert told["plainclaim_connections", "quiet", "active"] == 1
    assert told["plainclaim_attempts", "quiet", "started"] == 11
    assert told["plainclaim_attempts", "quiet", "first_claim"] == 9
    assert told["plainclaim_attempts_failed", "failing", "plan"] == 7
    assert told["plainclaim_plan_down", "down"] == 1
    assert told["plainclaim_plan_refuses_client", "refused"] == 1
    assert told["plainclaim_plan_drift", "moved"] == 1
    assert told["plainclaim_stuck_connections", "late"] == 1
    assert told["plainclaim_longest_wait_seconds", "late"] > 4 * 3600
    assert told["plainclaim_plan_light", "quiet"] == 0
    assert told["plainclaim_backup_age_seconds",] < 60
    assert told["plainclaim_house_light", "disk"] == 0
    answer = client.get("/metrics")
    assert answer["Cache-Control"] == "no-store", "nor for everybody: proxies keep nothing of it"
    assert client.post("/metrics").status_code == 405
    text = answer.content.decode()
    assert set(re.findall(r"(\w+)=\"", text)) == {"plan", "status", "stage", "side", "what"}
    assert "alice" not in text


@pytest.mark.usefixtures("well")
def test_the_dashboard_asks_for_metrics_labels_and_values_that_there_are(
    client: Client, alice: Member
) -> None:
    """Else a panel stays empty for ever, and looks as if all were well."""
    a_troubled_fleet(alice)
    families = text_string_to_metric_families(client.get("/metrics").content.decode())
    labels = {sample.name: {*sample.labels} for family in families for sample in family.samples}
    labels["plainclaim_queue_oldest_seconds"] = set()  # nothing waits here
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text())
    targets = [target for panel in dashboard["panels"] for target in panel.get("targets", ())]
    known = {"stage": Attempt.Stage.values, "status": Connection.Status.values}
    for target in targets:
        names = set(re.findall(r"plainclaim_\w+", target["expr"]))
        assert names and names <= labels.keys(), target
        chosen = re.findall(r"(\w+)=\"(\w+)\"", target["expr"])
        assert [pair for pair in chosen if pair[1] not in known[pair[0]]] == []
        groups = [set(group.split(", ")) for group in re.findall(r"by \(([^)]*)\)", target["expr"])]
        asked = set().union({label for label, _value in chosen}, *groups)
        shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        there = set.intersection(*(labels[name] for name in names))
        assert asked <= there, target
        assert shown <= (min(groups, key=len) if groups else {"instance"}), target  # Prometheus adds the host
    assert len({name for target in targets for name in re.findall(r"plainclaim_\w+", target["expr"])}) >= 12


@pytest.mark.usefixtures("well")
def test_no_panel_of_the_dashboard_is_empty_where_all_is_well(client: Client, alice: Member) -> None:
    """Most said "No data" on a healthy site, as they do where nobody answers: 0 was not told, or left out."""
    connected(a_plan("quiet"), alice)
    families = text_string_to_metric_families(client.get("/metrics").content.decode())
    samples = [sample for family in families for sample in family.samples]

    def has_series(expression: str) -> bool:
        chosen = re.findall(r"(plainclaim_\w+)(?:{(\w+)=\"(\w+)\"})?", expression)
        divisors = re.findall(r"plainclaim_\w+", expression.partition(" / ")[2])  # 0 by 0 is no line
        is_sure = all(sample.value for sample in samples if sample.name in divisors)
        return (
            is_sure
            and bool(chosen)
            and " > " not in expression
            and all(
                any(sample.name == name and sample.labels.get(label, "") == value for sample in samples)
                for name, label, value in chosen
            )
        )

    panels = json.loads((ROOT / "docs" / "grafana.json").read_text())["panels"]
    assert len(panels) == 12
    assert [
        panel["title"]
        for panel in panels
        if not any(has_series(target["expr"]) for target in panel["targets"])
    ] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "10.0.0.7"}, 404),
        ("", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ("", {"HTTP_FORWARDED": "for=127.0.0.1"}, 404),
        ("", {"REMOTE_ADDR": ""}, 404),
        (TOKEN, {}, 404),
        (TOKEN, {"HTTP_AUTHORIZATION": "Bearer another"}, 404),
        (TOKEN, {"HTTP_AUTHORIZATION": f"Basic {TOKEN}"}, 404),
        (TOKEN, {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}", "REMOTE_ADDR": "10.0.0.7"}, 200),
    ],
)
def test_only_this_machine_or_the_token_reads_them(
    client: Client, settings: Any, token: str, sent: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", **sent).status_code == status  # type: ignore[arg-type]
    settings.TRUSTED_PROXIES = 1  # a proxy that says nothing of for whom it asks
    assert client.get("/metrics", **sent).status_code == (status if token else 404)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_readyz_knows_workers_and_says_503_where_it_is_asked(client: Client) -> None:
    """Pages are served without workers too, so the load balancer's question stays 200."""
    assert (client.get("/readyz").status_code, client.get("/readyz?workers").status_code) == (200, 503)
    scheduler.start_due(now=timezone.now())
    assert client.get("/readyz?workers").status_code == 200
    Beat.objects.update(at=timezone.now() - timedelta(minutes=4))
    answer = client.get("/readyz?workers")
    assert (answer.status_code, answer.content) == (503, b"ready\nNo worker was here for 4 minutes.\n")


@pytest.mark.django_db
def test_readyz_says_that_the_database_does_not_answer_and_no_more(client: Client) -> None:
    """W-42: the words of the database, which name its host, are not passed on; /healthz asks it nothing."""

    def is_away(*_: object) -> None:
        raise OperationalError("connection to db.internal failed")

    with connection.execute_wrapper(is_away):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.content) == (503, b"database does not answer\n")
        assert client.get("/healthz").content == b"alive\n"


def test_a_line_is_in_utc_with_the_id_of_its_work_and_may_be_an_object(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LineFormatter, "is_json", True)
    with traced("7KQM-2XWR"):
        made = logging.getLogRecordFactory()
        record = made("plainclaim.sync", logging.INFO, "", 1, "plan %s for a@b.example", ("x",), None)
    record.created = 1764300000.5
    Masking().filter(record)
    said = json.loads(LineFormatter().format(record))
    assert said.pop("process")
    assert said == {
        "at": "2025-11-28T03:20:00.500+00:00", "level": "INFO", "logger": "plainclaim.sync",
        "says": "plan x for [masked]", "trace": "7KQM-2XWR",
    }  # fmt: skip
    monkeypatch.setattr(LineFormatter, "is_json", False)
    line = "2025-11-28T03:20:00.500+00:00 INFO plainclaim.sync plan x for [masked] [7KQM-2XWR]"
    assert LineFormatter().format(record) == line, "in UTC too: gunicorn's first process has another zone"


def test_w_33_nothing_in_an_object_begins_a_line_or_steers_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """W-33: as in a plain line; programs that read objects line by line know more ends of a line than one."""
    monkeypatch.setattr(LineFormatter, "is_json", True)
    message = "plan a\nb\u2028c\x85d \x9b31m\x1b[2J\x7f é"
    said = LineFormatter().format(
        logging.LogRecord("plainclaim.sync", logging.INFO, "", 1, message, (), None)
    )
    assert (said.isprintable(), json.loads(said)["says"]) == (True, message)


def test_an_error_in_an_object_keeps_frames_and_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LineFormatter, "is_json", True)
    try:
        raise ValueError("Rosa Quill")
    except ValueError as error:
        given = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("plainclaim.sync", logging.ERROR, "", 1, "stopped", (), given)
    said = LineFormatter().format(record)
    assert "Rosa" not in said
    assert json.loads(said)["raised"].endswith("ValueError")
    assert "\n" not in said
