"""The site does not start with keys that do not fit its database, and says which files others can read."""

import os
import stat
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test import Client

from apps.accounts.models import Member
from apps.vault import checks
from apps.vault.boxes import box_for, house_box
from apps.vault.errors import WrapperFailed
from apps.vault.models import DataKey
from apps.vault.rings import unwrapped

ROOT = Path(__file__).resolve().parents[2]
KEY = f"a:{'A' * 43}="
OTHER = f"b:{'B' * 43}="
SAME_NAME = f"a:{'C' * 43}="


def test_d_08_each_lost_or_wrong_key_is_named_once_and_the_rest_is_well(alice: Member, settings: Any) -> None:
    settings.VAULT_KEYS = [KEY]
    box_for(alice)
    settings.VAULT_KEYS = [OTHER, KEY]
    house_box()
    assert checks.lost_keys() == []
    settings.VAULT_KEYS = [OTHER]
    (line,) = checks.lost_keys()
    assert "'a'" in line
    settings.VAULT_KEYS = [SAME_NAME]
    assert ["'a'" in line or "'b'" in line for line in checks.lost_keys()] == [True, True]


def test_d_08_a_wrapper_that_does_not_answer_just_now_is_no_lost_key(
    alice: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    box_for(alice)

    def silent(row: DataKey) -> bytes:
        raise WrapperFailed(f"vault.datakey {row.pk}", "no answer")

    monkeypatch.setattr(checks, "unwrapped", silent)
    assert checks.lost_keys() == []
    assert "no answer" in caplog.text


def test_d_08_the_deploy_check_and_readyz_say_so(alice: Member, client: Client, settings: Any) -> None:
    settings.VAULT_KEYS = [KEY]
    box_for(alice)
    assert client.get("/readyz").status_code == 200
    settings.VAULT_KEYS = [OTHER]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"a key of the vault is missing\n")
    for options in ({"deploy": True}, {"databases": ["default"]}):
        with pytest.raises(SystemCheckError, match=r"vault\.E001"):
            call_command("check", stdout=StringIO(), stderr=StringIO(), **options)


def test_d_16_files_that_others_can_read_are_named_at_start(tmp_path: Path, settings: Any) -> None:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    (tmp_path / ".env").touch(mode=0o640)
    database = folder / "plainclaim.sqlite3"
    database.touch(mode=0o604)
    journals = [folder / f"{database.name}-{ending}" for ending in ("wal", "shm", "journal")]
    for journal in journals:
        journal.touch(mode=0o644)
    settings.BASE_DIR, settings.VAR_DIR = tmp_path, folder
    files = {str(database), *map(str, journals), str(folder)}
    for engine, its_files in (("postgresql", set()), ("sqlite3", files)):  # the name of another is no file
        settings.DATABASES = {"default": {"ENGINE": f"django.db.backends.{engine}", "NAME": str(database)}}
        named = {line.split(" can be read by others")[0] for line in checks.open_files()}
        assert named == its_files | {str(tmp_path / ".env")}
    assert "vault.W001" in {message.id for message in run_checks(tags=["security"])}
    folder.chmod(0o700)
    for path in (database, *journals, tmp_path / ".env"):
        path.chmod(0o600)
    assert checks.open_files() == []


def manage(folder: Path, *command: str, keys: str = KEY, **environment: str) -> Any:
    """Run a command of an installation of its own in *folder*."""
    env = {
        **os.environ,
        "VAULT_KEYS": keys,
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/plainclaim.sqlite3",
        **environment,
    }
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


MAKE_A_KEY = """
import django; django.setup()
from apps.vault.boxes import house_box
house_box()
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an installation with tables and one key of the house."""
    folder = tmp_path_factory.mktemp("installation") / "var"
    done = manage(folder, "manage.py", "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    assert manage(folder, "-c", MAKE_A_KEY).returncode == 0
    return folder


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (("-c", "import config.wsgi"), SAME_NAME),
        (("manage.py", "sync_worker"), OTHER),
        (("-m", "celery", "-A", "config.celery", "worker"), OTHER),
    ],
    ids=["wsgi", "worker", "celery"],
)
def test_d_08_with_a_lost_or_wrong_key_nothing_starts_and_nothing_is_written(
    installation: Path, command: tuple[str, ...], keys: str
) -> None:
    before = (installation / "plainclaim.sqlite3").read_bytes()
    done = manage(installation, *command, keys=keys)
    assert done.returncode != 0
    assert "The vault's keys do not fit the database" in done.stderr
    assert "AAAA" not in done.stderr + done.stdout
    assert "CCCC" not in done.stderr + done.stdout
    assert (installation / "plainclaim.sqlite3").read_bytes() == before


def test_d_08_with_its_key_the_site_starts(installation: Path) -> None:
    done = manage(installation, "-c", "import config.wsgi", keys=f"{OTHER},{KEY}")
    assert (done.returncode, done.stderr) == (0, "")


def test_before_there_are_tables_the_site_starts_and_no_collector_walks_the_code_it_loaded(
    tmp_path: Path,
) -> None:
    told = "import gc, config.wsgi; print(gc.get_freeze_count() > 10_000, gc.get_threshold()[0])"
    done = manage(tmp_path / "new", "-c", told)
    assert (done.returncode, done.stdout.split()) == (0, ["True", "10000"])


def test_d_16_the_database_its_journals_and_their_folder_are_private(installation: Path) -> None:
    assert stat.S_IMODE(installation.stat().st_mode) == 0o700
    look = (
        "import django; django.setup()\n"
        "from django.db import connection; connection.ensure_connection()\n"
        "from apps.vault.models import DataKey; DataKey.objects.update(number=1)\n"
        "import pathlib, os, stat\n"
        "folder = pathlib.Path(os.environ['VAR_DIR'])\n"
        "print(sorted((one.name, oct(stat.S_IMODE(one.stat().st_mode))) for one in folder.iterdir()))\n"
    )
    said = manage(installation, "-c", look).stdout
    for ending in ("", "-wal", "-shm"):
        assert f"('plainclaim.sqlite3{ending}', '0o600')" in said


def test_d_16_a_start_says_so_in_the_log(installation: Path) -> None:
    database = installation / "plainclaim.sqlite3"
    database.chmod(0o644)
    try:
        done = manage(installation, "-c", "import config.wsgi")
        assert f"{database} can be read by others: chmod 600 {database}" in done.stderr
        assert done.returncode == 0
    finally:
        database.chmod(0o600)


def test_d_10_no_key_is_in_the_database_or_in_the_debug_page(
    alice: Member, client: Client, settings: Any, rf: Any
) -> None:
    """D-10: canary keys; also with DEBUG, where Django shows settings and the variables of frames."""
    from django.views.debug import SafeExceptionReporterFilter  # noqa: PLC0415

    settings.VAULT_KEYS = [KEY]
    box_for(alice)
    shown = str(SafeExceptionReporterFilter().get_safe_settings())
    assert "VAULT_KEYS" in shown
    assert "A" * 43 not in shown
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM vault_datakey")
        held = b"".join(
            bytes(value) for row in cursor.fetchall() for value in row if isinstance(value, bytes)
        )
    rows = DataKey.objects.all()
    assert len(rows) == 2
    assert [key for key in (bytes(32), *map(unwrapped, rows)) if key in held] == []
