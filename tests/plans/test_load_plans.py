"""load_plans with our own JSON list: upserts, bad rows, and a secret that never shows."""

import json
import logging
import re
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.plans import held_changes, plan_pause
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.registered import secret_of

SECRET = "correct-horse-battery"  # made up


def row(**changes: Any) -> dict[str, Any]:
    return {
        "slug": "acme-health",
        "name": "Acme Health",
        "fhir_base_url": "https://fhir.acme.example.com/r4",
        "client_id": "plainclaim",
        "client_secret": SECRET,
        "token_auth": "client_secret_basic",
        "states": ["CA"],
        "lines_of_business": ["marketplace", "employer"],
        **changes,
    }


def loaded(tmp_path: Path, rows: Any, **options: Any) -> str:
    """Write the rows to a file whose name says nothing, load it, and return what was printed."""
    file = tmp_path / "list.txt"
    file.write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    out = StringIO()
    call_command("load_plans", str(file), stdout=out, **options)
    return out.getvalue()


def test_a_plan_is_loaded_with_its_defaults(db: None, tmp_path: Path) -> None:
    loaded(tmp_path, [row()])
    plan = Plan.objects.get(slug="acme-health")
    assert plan.is_open()
    quirks = plan.quirks
    assert quirks.scopes == ("openid", "fhirUser", "launch/patient", "patient/*.read", "offline_access")
    assert (quirks.pkce, quirks.send_aud, quirks.patient_lookup) == ("always", True, "token")
    assert quirks.page_size is None
    assert plan.audience == "https://fhir.acme.example.com/r4"


def test_the_client_secret_is_sealed_and_never_printed(
    db: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        printed = loaded(
            tmp_path, [row(), row(slug="bad", client_secret=[SECRET]), row(slug="worse", pkce=SECRET * 9)]
        )
    plan = Plan.objects.get(slug="acme-health")
    assert secret_of(plan) == SECRET
    assert SECRET.encode() not in bytes(Registration.objects.get().sealed_client_secret or b"")
    assert f"{SECRET}'" not in printed.replace(SECRET * 9, "")
    assert SECRET not in caplog.text
    assert "row 2 (bad): not used: client_secret must be a text" in printed


def test_a_second_load_changes_nothing(db: None, tmp_path: Path) -> None:
    loaded(tmp_path, [row()])
    before = Plan.objects.values().get()
    assert "0 created, 0 updated, 1 unchanged" in loaded(tmp_path, [row()])
    assert Plan.objects.values().get() == before


def test_a_row_without_credentials_keeps_the_operators(db: None, tmp_path: Path) -> None:
    loaded(tmp_path, [row()])
    without = row(name="Acme Health of California")
    del without["client_id"], without["client_secret"]
    loaded(tmp_path, [without])
    loaded(tmp_path, [row(client_id=None, client_secret=None, name="Acme Health of California")])
    loaded(tmp_path, [row(client_id="", client_secret="", name="Acme Health of California")])
    plan = Plan.objects.get()
    assert plan.name == "Acme Health of California"
    assert plan.client_id == "plainclaim"
    assert secret_of(plan) == SECRET


def test_fields_a_row_does_not_speak_of_stay_and_null_means_the_default(db: None, tmp_path: Path) -> None:
    loaded(tmp_path, [row(page_size=50, website="https://acme.example.com", send_aud=False)])
    loaded(tmp_path, [row(page_size=None, scopes=None)])
    plan = Plan.objects.get()
    assert plan.quirks.page_size is None
    assert plan.website == "https://acme.example.com"
    assert plan.own_quirks["send_aud"] is False
    assert plan.quirks.scopes[0] == "openid"


def test_a_plan_names_a_profile_and_overrides_what_it_wants_to(db: None, tmp_path: Path) -> None:
    loaded(
        tmp_path,
        [
            row(
                profile="1uphealth",
                token_auth=None,
                scope_style="types_v1",
                confirmed_origins=["https://login.acme.example.com"],
                have_ready=["Your card"],
                member_note="Medicaid only.",
            )
        ],
    )
    plan = Plan.objects.get()
    quirks = plan.quirks
    assert (quirks.token_auth, quirks.back_link, quirks.page_size) == ("client_secret_post", "prior", 100)
    assert (quirks.scope_style, quirks.have_ready) == ("types_v1", ("Your card",))
    assert plan.member_note == "Medicaid only."


def test_loading_an_address_ends_the_alarm_about_it(db: None, tmp_path: Path) -> None:
    without = {"client_secret": None, "token_auth": "none"}  # with one, it would wait (S-01)
    loaded(tmp_path, [row(**without)])
    drift = {"token_url": "https://new.example.net/t", "jwks_uri": "https://keys.example.net/k"}
    Plan.objects.update(drift=drift)
    loaded(tmp_path, [row(token_url="https://new.example.net/t", **without)])
    assert Plan.objects.get().drift == {"jwks_uri": "https://keys.example.net/k"}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"clientid": "x"}, "unknown key: clientid"),
    ({"zeta": 1, "alpha": 2}, "unknown keys: alpha, zeta"),
    ({"name": ""}, "missing: name"),
    ({"name": " \u200b"}, "name: no letter and no digit"),
    ({"slug": "Not A Slug"}, "slug:"),
    ({"fhir_base_url": "http://fhir.acme.example.com"}, "fhir_base_url: not https"),
    ({"token_url": "https://10.0.0.1/token"}, "token_url: private or local host"),
    ({"issuer": "https://u:p@acme.example.com"}, "issuer: user info in URL"),
    ({"token_auth": "basic"}, "token_auth: not known; one of client_secret_post, client_secret_basic,"),
    ({"pkce": "sometimes"}, "pkce: not known; one of always, never"),
    ({"patient_lookup": "ask"}, "patient_lookup: not known; one of token, userinfo, search"),
    ({"profile": "1up"}, "profile: not known; one of standard, 1uphealth, blue-button,"),
    ({"status": "new"}, "status: not known; one of unconfirmed, confirmed, paused"),
    ({"redirect": "mine"}, "redirect: not known; one of auto, own, shared"),
    ({"send_response_type": "no"}, "send_response_type must be true or false"),
    ({"have_ready": "Your card"}, "have_ready must be a list of texts"),
    ({"confirmed_origins": ["https://l.example.com/a"]}, "confirmed_origins: must be origins"),
    ({"confirmed_origins": ["https://10.0.0.1"]}, "confirmed_origins: private or local host"),
    ({"scopes": ["openid fhirUser"]}, "scopes: must hold one scope per item"),
    ({"back_link": "x" * 21}, "back_link:"),
    ({"send_aud": "yes"}, "send_aud must be true or false"),
    ({"authorize_parameters": "prompt=consent"}, "authorize_parameters must be a list of texts"),
    ({"authorize_parameters": ["prompt"]}, "authorize_parameters: must be name=value: prompt"),
    ({"authorize_parameters": ["a b=c"]}, "authorize_parameters: must be name=value: a b"),
    (
        {"authorize_parameters": ["prompt=consent", "prompt=login"]},
        "authorize_parameters: names prompt twice",
    ),
    ({"authorize_parameters": ["state=x"]}, "authorize_parameters: state is ours to send"),
    ({"authorize_parameters": ["request_uri=https://x"]}, "authorize_parameters: request_uri is not"),
    ({"page_size": "50"}, "page_size must be a whole number"),
    ({"page_size": 0}, "page_size: "),
    ({"page_size": 10**30}, "page_size: "),
    ({"page_size": True}, "page_size must be a whole number"),
    ({"scopes": "openid"}, "scopes must be a list of texts"),
    ({"states": ["ZZ"]}, "states: not known: ZZ"),
    ({"lines_of_business": ["pets"]}, "lines_of_business: not known: pets"),
    ({"states": ["ME", "ME"]}, "states: names something twice"),
    ({"name": "a\x00b"}, "name must be a text"),
    ({"name": "a\ud800b"}, "name must be a text"),
    ({"other_names": ["a\ud800b"]}, "other_names must be a list of texts"),
    ({"name": "x" * 201}, "name:"),
    ({"client_secret": None}, "token_auth: client_secret_basic needs a client secret"),
]


def test_each_bad_row_is_reported_and_does_not_stop_the_others(db: None, tmp_path: Path) -> None:
    rows = [row(**{"slug": f"bad-{number}", **bad}) for number, (bad, _) in enumerate(BAD, start=1)]
    printed = loaded(tmp_path, [*rows, row(slug="good-one")])
    for number, (_, reason) in enumerate(BAD, start=1):
        (said,) = re.findall(rf"^row {number} \(.*", printed, re.M)
        assert f"not used: {reason}" in said
    assert list(Plan.objects.values_list("slug", flat=True)) == ["good-one"]


def test_what_is_no_object_and_a_slug_that_comes_twice_are_reported(db: None, tmp_path: Path) -> None:
    printed = loaded(tmp_path, [3, None, row(), row(name="Again")])
    assert "row 1 (?): not used: is not an object with keys" in printed
    assert "row 4 (acme-health): not used: the slug stands in row 3 already" in printed
    assert Plan.objects.get().name == "Acme Health"


def test_a_bad_change_leaves_the_plan_as_it_was(db: None, tmp_path: Path) -> None:
    loaded(tmp_path, [row()])
    with pytest.raises(CommandError):
        loaded(tmp_path, [row(name="New name", token_url="http://acme.example.com")])
    assert Plan.objects.get().name == "Acme Health"


def test_nothing_usable_fails_and_a_bad_row_beside_others_does_not(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="1 of 1 rows were not used"):
        loaded(tmp_path, [row(what=1)])
    loaded(tmp_path, [row(what=1), row()])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[{", "not valid JSON"),
        ('{"slug": "a"}', "not a list of plans"),
        ("[" * 100_000, "nested too deeply"),
        ("name,url\nAcme,https://x", "neither a JSON list"),
        ("", "neither a JSON list"),
    ],
)
def test_a_file_that_is_no_list_says_so(db: None, tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        loaded(tmp_path, content)


def test_a_file_that_cannot_be_read_says_so(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_plans", str(tmp_path / "absent.json"))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe[\x00")
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("load_plans", str(tmp_path / "bytes"))


def test_control_characters_of_a_file_do_not_reach_the_terminal(db: None, tmp_path: Path) -> None:
    printed = loaded(tmp_path, [row(slug="a\x1b[2Jb"), row(**{"slug": "c", "\x1b]0;x": 1}), row(slug="good")])
    assert "\x1b" not in printed


def test_a_key_that_lost_its_effect_is_taken_and_said_once(db: None, tmp_path: Path) -> None:
    """Lists of earlier versions stay good, whatever the key said."""
    rows = [
        row(slug=f"plan-{number}", window_by=value) for number, value in enumerate(("created", "x", None))
    ]
    printed = loaded(tmp_path, rows)
    assert printed.count("window_by has no effect any more: leave it out\n") == 1
    assert "3 created, 0 updated" in printed
    assert "window_by" not in loaded(tmp_path, [row()])


def test_s_03_a_list_that_is_loaded_every_night_ends_no_stop_of_an_operator(db: None, tmp_path: Path) -> None:
    loaded(tmp_path, [row(status="confirmed")])
    plan_pause.stop(Plan.objects.get(), reason="it was broken into", now=timezone.now())
    loaded(tmp_path, [row(status="confirmed", name="Acme Health of Texas", notes="Call Ann.")])
    plan = Plan.objects.get()
    assert (plan.status, plan.name) == ("paused", "Acme Health of Texas")
    assert "it was broken into" in plan.notes, "why it is paused is not the list's to write over"
    printed = loaded(tmp_path, [row(status="confirmed", name="Acme Health of Texas")])
    assert "1 unchanged" in printed
    assert "(acme-health): look at it: stays paused" in printed and '--reason "..."' in printed


@pytest.mark.parametrize("refusals", [1, 2], ids=["one refusal", "paused by itself"])
def test_s_03_a_pause_that_a_list_gives_is_a_stop_that_no_answer_of_the_server_ends(
    db: None, tmp_path: Path, now: datetime, refusals: int
) -> None:
    """S-03: an older refusal would make it a pause of the plan's own, which the next token answer lifts."""
    loaded(tmp_path, [row()])
    for _ in range(refusals):
        plan_pause.note_refused(Plan.objects.get(), now=now)
    assert "1 updated" in loaded(tmp_path, [row(status="paused")])
    assert "1 unchanged" in loaded(tmp_path, [row(status="paused")])
    plan_pause.note_accepted(Plan.objects.get(), now=now)
    assert Plan.objects.get().is_paused


def test_s_03_a_stop_while_another_operator_saves_the_plan_outlasts_that(plan: Plan, now: datetime) -> None:
    """S-03: what the other read before would write the status of before."""
    read_before = Plan.objects.get()
    plan_pause.stop(Plan.objects.get(), reason="stolen", now=now)
    read_before.name = "Acme Health of Texas"
    held_changes.save(read_before, by=None, now=now)
    row = Plan.objects.get()
    assert (row.status, row.name) == ("paused", "Acme Health of Texas")
