"""What compose.yaml and the Dockerfile hand to the processes; neither was ever run here, so they are read."""

import os
import re
import shlex
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from celery.bin.celery import celery
from click import Context
from django.core.management import get_commands, load_command_class
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, dict[str, Any]] = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "plainclaim"]
OF_THE_CONTAINER = {"DATABASE_URL", "EMAIL_URL", "TRUSTED_PROXIES", "DEBUG", "PORT", "VAR_DIR", "STATIC_ROOT"}


@pytest.mark.parametrize("name", OURS)
def test_everything_in_the_env_file_reaches_the_container(name: str) -> None:
    """What is set there besides is the container's own; a setting more here would silence the file's."""
    service = SERVICES[name]
    assert service["env_file"] == ".env"
    assert set(service["environment"]) == OF_THE_CONTAINER


@pytest.mark.parametrize("name", OURS)
def test_what_the_image_fixes_is_the_same_in_compose(name: str) -> None:
    """A VAR_DIR for the desk, left in .env, must not lead a process to a folder that it cannot write."""
    image = (ROOT / "Dockerfile").read_text()
    for setting in ("VAR_DIR", "STATIC_ROOT", "PORT"):
        assert f"{setting}={SERVICES[name]['environment'][setting]}" in image.replace("\n", " ").split()


@pytest.mark.parametrize("name", OURS)
def test_a_process_may_write_only_where_it_has_to(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_limits(name: str) -> None:
    """Database and broker had none, and could take the machine from the others."""
    assert re.fullmatch(r"(\$\{\w+:-)?[1-9]\d*[mg]\}?", str(SERVICES[name]["mem_limit"]))
    assert SERVICES[name]["pids_limit"] > 0


def test_every_command_of_compose_is_one_that_there_is_with_the_options_it_has() -> None:
    """The health checks', too: a word that is none ends a container at its start."""
    told = [SERVICES[name].get("command", []) for name in OURS]
    checks = [SERVICES[name].get("healthcheck", {}).get("test", ["", ""]) for name in OURS]
    told += [shlex.split(" ".join(check[1:])) for check in checks]
    of_django = [words[2:] for words in told if words[:2] == ["python", "manage.py"]]
    of_celery = [words[1:] for words in told if words[:1] == ["celery"]]
    assert (len(of_django), len(of_celery)) == (2, 3)
    for name, *options in of_django:
        command = load_command_class(get_commands()[name], name)
        command.create_parser("manage.py", name).parse_args(options)
    for _option, app, name, *options in of_celery:
        assert app == "config.celery"
        command = celery.commands[name]
        command.make_parser(Context(command)).parse_args(options)
    assert all(find_spec(words[2]) for words in told if words[:2] == ["python", "-m"])


@pytest.mark.parametrize(
    ("bundle", "handed"), [("", []), ("/etc/ours.pem", ["--secret id=ca_bundle,src=/etc/ours.pem"])]
)
def test_make_image_hands_over_the_authorities_of_a_proxy_that_reads_tls(
    bundle: str, handed: list[str]
) -> None:
    told = subprocess.run(
        [ROOT / "bin/image"], env=os.environ | {"BUILDAH": "echo", "CA_BUNDLE": bundle},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert re.findall(r"--secret \S+", told) == handed


def test_whatever_the_image_fetches_goes_by_those_authorities_and_keeps_none_of_them() -> None:
    image = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    fetching = [line for line in image.splitlines() if re.search(r"pip install|apt-get|curl|wget", line)]
    assert fetching
    for line in fetching:
        assert line.startswith("RUN --mount=type=secret,id=ca_bundle,target=/run/secrets/ca_bundle ")
        assert "export PIP_CERT=/run/secrets/ca_bundle;" in line
    assert image.count("ca_bundle") == 4 * len(fetching) + 1, "and the line that says what it is"


def test_the_image_says_which_release_it_is() -> None:
    image, project = (ROOT / "Dockerfile").read_text(), (ROOT / "pyproject.toml").read_text()
    (version,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    assert f'org.opencontainers.image.version="{version}"' in image


def test_a_worker_that_hangs_is_told_from_one_that_works() -> None:
    """The check looks at the file that the worker is told to touch, in a folder that it may write."""
    worker = SERVICES["worker"]
    option, beat = worker["command"][-2:]
    assert option == "--heartbeat"
    assert worker["healthcheck"]["test"] == ["CMD", "python", "-m", "config.healthcheck", beat]
    assert [str(Path(beat).parent)] == worker["tmpfs"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_log_goes_where_days_are_counted(name: str) -> None:
    """The privacy page promises days; Docker's own files are filled in years."""
    assert SERVICES[name]["logging"]["driver"] == "${LOG_DRIVER:-journald}"


def test_the_database_is_not_told_the_keys() -> None:
    """Its container gets its own password and nothing of ours."""
    assert "env_file" not in SERVICES["database"]
    assert all(name.startswith("POSTGRES_") for name in SERVICES["database"]["environment"])


def test_all_that_the_image_copies_is_let_through_by_dockerignore() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    image = re.sub(r"^COPY --from.*$", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    copied = [name for line in re.findall(r"^COPY (.+) \S+$", image, re.MULTILINE) for name in line.split()]
    assert "gunicorn.conf.py" in copied  # without it the server's own log is not masked
    assert [name for name in copied if f"!{name}" not in ignored or not (ROOT / name).exists()] == []
