"""Starting and stopping, as `manage.py demo_payer` and from Python."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from apps.demo_payer import options
from apps.demo_payer.demo_process import NotStarted, start
from tests.demo_payer import sample
from tests.demo_payer.member import CALLBACK, Member


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Return a small folder of records."""
    return sample.write(tmp_path / "records")


def test_print_plan_prints_what_load_plans_takes() -> None:
    """The addresses follow the port."""
    line = [sys.executable, "manage.py", "demo_payer", "--port", "9123", "--print-plan"]
    done = subprocess.run(line, cwd=options.ROOT, capture_output=True, text=True, check=True)
    plan = json.loads(done.stdout)[0]
    assert plan["slug"] == "harborlight-health"
    assert plan["fhir_base_url"] == "http://127.0.0.1:9123/fhir/r4"
    assert plan["authorize_url"] == "http://127.0.0.1:9123/oauth2/authorize"
    assert (plan["client_id"], plan["pkce"]) == ("plainclaim-demo", "always")


def test_the_command_serves_and_stops_cleanly(records: Path, tmp_path: Path) -> None:
    """It prints the address and the sign-ins, and ends with status 0, as on SIGTERM below."""
    line = [sys.executable, "manage.py", "demo_payer", "--port", "0", "--var", str(tmp_path / "var")]
    with subprocess.Popen(
        line,
        cwd=options.ROOT,
        env=os.environ | {"DEMO_PAYER_DATA": str(records)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(5)]
        given = Path(f"/proc/{process.pid}/environ")
        known = given.read_bytes() if given.exists() else b""
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=20)
    assert b"SECRET_KEY" not in known
    assert b"VAULT_KEYS" not in known
    assert said[0].startswith("Harborlight Health is at http://127.0.0.1:")
    assert "ana  (Ana Moss: 45 claims, 1 coverage)" in "".join(said) + rest
    assert errors == ""
    assert process.returncode == 0


def test_a_taken_port_is_said_in_one_line(records: Path, tmp_path: Path) -> None:
    """Not a traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NotStarted, match=f"demo_payer: Port {port} is taken") as caught:
            start(port=port, records=records, var=tmp_path / "var", redirect_uris=[CALLBACK])
    assert "Traceback" not in str(caught.value)


def test_its_folder_is_closed_to_others_and_holds_its_own_keys(records: Path, tmp_path: Path) -> None:
    """The signing key is the payer's secret; it outlives a restart, as tokens do."""
    var, token = tmp_path / "var", ""
    for _ in range(2):
        with start(records=records, var=var, redirect_uris=[CALLBACK]) as payer:
            token = token or Member(payer).tokens()["access_token"]
            assert Member(payer).get("Patient/ana", token).status_code == 200
            assert payer.stop() == 0
        kept = {path.name: path.read_bytes() for path in (var / "secret.key", var / "signing.pem")}
    assert {oct((var / name).stat().st_mode & 0o777) for name in kept} == {"0o600"}


def test_it_holds_nothing_of_the_sites_environment() -> None:
    """The payer is another company: it must not know the site's keys."""
    assert not {"SECRET_KEY", "VAULT_KEYS", "DATABASE_URL"} & set(options.clean_environment())


def test_its_migrations_match_its_tables(tmp_path: Path) -> None:
    """A changed model without a migration fails here."""
    environment = options.clean_environment() | {"DEMO_PAYER_VAR": str(tmp_path)}
    line = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "harborlight"]
    done = subprocess.run(
        line, cwd=options.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
