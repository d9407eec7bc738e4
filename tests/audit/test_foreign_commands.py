"""What commands that are not ours write is told as well (W-35)."""

import hashlib
import json
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.core.serializers.base import DeserializationError
from django.db.models.signals import post_save

from apps.accounts.models import Member
from apps.audit import trail
from apps.audit.foreign_commands import Told
from apps.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
TOLD = {"loaddata", "remove_stale_contenttypes", "account_unsetmultipleprimaryemails"}
UNTOLD = {
    "reads, or writes files of the source": (
        "check collectstatic compilemessages diffsettings dumpdata findstatic inspectdb makemessages "
        "makemigrations optimizemigration runserver sendtestemail showmigrations sqlflush sqlmigrate "
        "sqlsequencereset squashmigrations startapp startproject"
    ),
    "of a database made for it": "test testserver",
    "makes and takes away what is over, or tables": (
        "clearsessions createcachetable db_worker migrate prune_db_task_results"
    ),
    "whoever has it works on the database itself: the chain is what shows it": "dbshell shell",
}


def test_w_35_each_command_that_is_not_ours_is_told_or_writes_no_rows_of_ours() -> None:
    commands = get_commands()
    told = {
        name
        for name, app in commands.items()
        if not isinstance(app, str)
        or (app == "apps.audit" and isinstance(load_command_class(app, name), Told))
    }
    foreign = {name for name, app in commands.items() if isinstance(app, str) and not app.startswith("apps.")}
    assert told == TOLD
    assert foreign == {name for names in UNTOLD.values() for name in names.split()}


def test_w_35_a_file_that_is_loaded_is_named_with_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "boss.json"
    fields = {"email": "boss@example.com", "password": "x", "is_superuser": True, "is_staff": True}
    file.write_text(json.dumps([{"model": "accounts.member", "fields": fields}]))
    call_command("loaddata", str(file), stdout=StringIO())
    assert Member.objects.get().is_superuser
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (trail.MACHINE, "loaddata")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert json.loads(entry.changes) == {str(file): [None, digest]}
    assert "boss@example.com" not in entry.changes
    file.write_text("[{}]")
    with pytest.raises(DeserializationError):
        call_command("loaddata", str(file), stdout=StringIO())
    assert AuditEntry.objects.count() == 1, "what loaded nothing is no act"


def test_w_35_the_digest_is_of_the_very_bytes_that_were_loaded(tmp_path: Path) -> None:
    file = tmp_path / "boss.json"
    loaded = b'[{"model": "accounts.member", "fields": {"email": "boss@example.com"}}]'
    file.write_bytes(loaded)

    def replace_it(**_: object) -> None:
        file.write_text("[]")

    post_save.connect(replace_it, sender=Member)
    try:
        call_command("loaddata", str(file), stdout=StringIO())
    finally:
        post_save.disconnect(replace_it, sender=Member)
    assert file.read_text() == "[]"
    digest = hashlib.sha256(loaded).hexdigest()
    assert json.loads(AuditEntry.objects.get().changes) == {str(file): [None, digest]}


def test_w_35_what_comes_through_standard_input_has_a_digest_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = b'[{"model": "accounts.member", "fields": {"email": "boss@example.com", "password": "x"}}]'
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(sent)))
    call_command("loaddata", "-", format="json", stdout=StringIO())
    assert Member.objects.filter(email="boss@example.com").exists()
    assert json.loads(AuditEntry.objects.get().changes) == {"-": [None, hashlib.sha256(sent).hexdigest()]}


def test_w_35_of_a_pipe_that_is_named_twice_each_reading_has_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe gives other bytes each time; the second digest alone would tell of the harmless ones."""
    first = b'[{"model": "accounts.member", "fields": {"email": "boss@example.com"}}]'
    second = first.replace(b"boss", b"clerk")
    file, sent = tmp_path / "pipe.json", iter((first, second))
    file.touch()
    monkeypatch.setattr(Path, "read_bytes", lambda _: next(sent))
    call_command("loaddata", str(file), str(file), stdout=StringIO())
    told = [hashlib.sha256(content).hexdigest() for content in (first, second)]
    assert json.loads(AuditEntry.objects.get().changes) == {str(file): [None, ", ".join(told)]}


def test_w_35_no_command_empties_a_site() -> None:
    member = Member.objects.create(email="alice@example.com")
    with pytest.raises(CommandError, match="empty database"):
        call_command("flush", interactive=False, stdout=StringIO())
    assert Member.objects.get() == member


@pytest.mark.parametrize("command", sorted(TOLD - {"loaddata"}))
def test_w_35_others_leave_an_entry(command: str) -> None:
    call_command(command, stdout=StringIO(), **({"interactive": False} if "stale" in command else {}))
    assert AuditEntry.objects.get().action == command
