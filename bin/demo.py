"""Runs the whole of Plainclaim on loopback: site, worker and demo payer, until Ctrl-C.

Settings: PORT (8000), SITE_HOST (localhost; 127.0.0.1 for a site without passkeys), DEMO_PAYER_PORT (9000),
DEMO_PAYER_DATA (a folder of FHIR JSON), DEMO_PLANS ("all": a plan for every personality of the demo payer,
not only for the main ones), VAR_DIR (var/demo-mirror), DATABASE_URL (an SQLite file in VAR_DIR), EMAIL_URL
(mails are printed here), OUTBOUND_TRUSTED_HOSTS (host:port of further servers here that plans are at).
"""

import base64
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
START_SECONDS = 90
STOP_SECONDS = 10
LOOPBACK = "127.0.0.1"
PAYER = ("manage.py", "demo_payer")
"""Not its module: the command leaves the site's keys out of what the payer is given."""
type Running = dict[str, subprocess.Popen[bytes]]
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
asked_to_stop: list[int] = []
"""The signals that came. They break nothing off, so neither a start nor the stop is ever left half done."""


class Stopped(Exception):
    """A signal came."""


class DemoFailed(Exception):
    """The demo cannot go on; the text says why and what to do."""


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def free_port(name: str, default: int) -> int:
    """Return the port the environment asks for; raise DemoFailed when something already listens on it."""
    text = os.environ.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise DemoFailed(f"{name}={text!r} is not a port number.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, int(text)))
        except OSError:
            raise DemoFailed(f"Port {text} is in use. Choose another: make demo {name}=8123") from None
    return int(text)


def kept_secrets(var: Path) -> dict[str, str]:
    """Return the demo's own secrets, made once and kept beside its data."""
    file = var / "secrets.json"
    if not file.exists():
        secrets_made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "VAULT_KEYS": "demo:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "PACKET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "OPERATOR_PASSWORD": secrets.token_urlsafe(12),
        }
        file.touch(mode=0o600)
        file.write_text(json.dumps(secrets_made))
    kept: dict[str, str] = json.loads(file.read_text())
    return kept


def site_host() -> str:
    """Return this machine's name in the site's address: passkeys need a name, and do not go with a number.

    The site answers at 127.0.0.1 all the same, and members come back there from a plan if they set out there.
    """
    name = os.environ.get("SITE_HOST") or "localhost"
    if name not in {LOOPBACK, "localhost"}:
        raise DemoFailed(f"SITE_HOST is {LOOPBACK} or localhost: the demo is for this machine only.")
    return name


def environment(var: Path, port: int, payer_port: int, kept: dict[str, str]) -> dict[str, str]:
    """Return the surroundings of every process: nothing of the caller's but what the demo lets through."""
    passed = (
        "PATH",
        "HOME",
        "LANG",
        "TZ",
        "TMPDIR",
        "DEMO_PAYER_DATA",
        "EMAIL_URL",
        "DATABASE_URL",
        "LOG_LEVEL",
    )
    trusted = f"{LOOPBACK}:{payer_port},localhost:{payer_port}"
    if others := os.environ.get("OUTBOUND_TRUSTED_HOSTS"):
        trusted += f",{others}"
    return {key: os.environ[key] for key in passed if os.environ.get(key)} | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": kept["SECRET_KEY"],
        "VAULT_KEYS": kept["VAULT_KEYS"],
        "PACKET_KEY": kept.get("PACKET_KEY", ""),
        "SITE_URL": f"http://{site_host()}:{port}",
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
        # Some of the demo's payers sign people in at another host: this machine's other name.
        "OUTBOUND_TRUSTED_HOSTS": trusted,
        "VAR_DIR": str(var),
        "STATIC_ROOT": str(var / "static"),
    }


def write_plans(env: dict[str, str], var: Path, payer_port: int, running: Running) -> Path:
    """Have the payer say under which plans it can be reached; return the file for `load_plans`."""
    option = "--print-all-plans" if os.environ.get("DEMO_PLANS") == "all" else "--print-plan"
    plans = var / "plans.json"
    to_the_end(env, [*PAYER, option, "--port", str(payer_port)], plans, running)
    return plans


def to_the_end(env: dict[str, str], arguments: list[str], printed: Path, running: Running) -> None:
    """Run one program beside the others until it ends; raise DemoFailed with what it or one of them said."""
    errors = printed.with_suffix(".errors")
    with printed.open("wb") as output, errors.open("wb") as complaints:
        process = spawn(env, arguments, output, complaints)
    others, running["preparation"] = dict(running), process
    while process.poll() is None:
        watch(others)
        time.sleep(0.1)
    del running["preparation"]
    if process.returncode:
        said = printed.read_text(errors="replace") + errors.read_text(errors="replace")
        raise DemoFailed(f"{' '.join(arguments[:2])} failed:\n{said}")


def start_payer(env: dict[str, str], var: Path, payer_port: int) -> subprocess.Popen[bytes]:
    """Start the demo payer."""
    options = ["--port", str(payer_port), "--var", str(var / "payer")]
    return spawn(env, [*PAYER, *options, "--redirect-uri", f"{env['SITE_URL']}/connections/callback"])


def start_site(env: dict[str, str], port: int) -> Running:
    """Start the worker and the site."""
    site = [
        "-m",
        "gunicorn",
        "config.wsgi",
        "--bind",
        f"{LOOPBACK}:{port}",
        "--workers",
        "1",
        "--threads",
        "8",
    ]
    site += ["--log-level", "warning", "--graceful-timeout", "3"]
    commands = {"worker": ["manage.py", "sync_worker"], "site": site}
    return {name: spawn(env, arguments) for name, arguments in commands.items()}


def spawn(
    env: dict[str, str],
    arguments: list[str],
    output: IO[bytes] | None = None,
    errors: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, so that Ctrl-C is ours to pass on."""
    return subprocess.Popen(
        [PYTHON, *arguments], cwd=ROOT, env=env, start_new_session=True, stdout=output, stderr=errors
    )


def wait_until_ready(running: Running, urls: list[str]) -> None:
    """Return when every URL answers 200; raise DemoFailed when a process ends or time is up."""
    deadline = time.monotonic() + START_SECONDS
    for url in urls:
        while True:
            watch(running)
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - loopback, built above
                    break
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise DemoFailed(f"{url} did not answer within {START_SECONDS} seconds.") from None
                time.sleep(0.1)


def watch(running: Running) -> None:
    """Raise Stopped after a signal, DemoFailed when one of the processes has ended."""
    if asked_to_stop:
        raise Stopped
    for name, process in running.items():
        if process.poll() is not None:
            raise DemoFailed(f"The {name} ended with code {process.returncode}; its last lines are above.")


def stop(running: Running) -> None:
    """End every process: politely first, then for good, with all that it has started."""
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left in its group
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def banner(port: int, payer_port: int, operator_password: str, link: str) -> str:
    """Return what a newcomer needs to know, the URL first."""
    return f"""
Plainclaim is ready:  http://{site_host()}:{port}/

  1. Create an account. Mails are printed here: your code appears in this window.
     Or come in without one: step 2 offers to sign in with the plan.
  2. Find the plan "Harborlight Health" and connect it. Its sisters ask the way real payers do:
     "Harborlight Basic" like 1upHealth, "Harborlight Seniors" like Blue Button, and so on.
  3. Sign in there as one of its invented members (password: demo). They are listed on its sign-in page
     and at http://{LOOPBACK}:{payer_port}/

Operators: {link}
           signs you in once, within half an hour, to make a passkey; with it you open
           http://{site_host()}:{port}/admin/  operator@example.com  {operator_password}
Ctrl-C stops everything. The data stays in VAR_DIR (var/demo-mirror); delete it to start afresh.
"""


def heed_signals() -> None:
    """Note the signals that end a program; one that whoever started us has switched off (nohup) stays off."""
    for number in ENDING:
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda came, _frame: asked_to_stop.append(came))


def run(running: Running) -> None:
    """Start everything, say where it is, and go on until a signal or a failure."""
    port, payer_port = free_port("PORT", 8000), free_port("DEMO_PAYER_PORT", 9000)
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var" / "demo-mirror").resolve()
    var.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = kept_secrets(var)
    env = environment(var, port, payer_port, kept)
    say("Preparing the database, the demo plan and the demo payer ...")
    payer = f"http://{LOOPBACK}:{payer_port}/"
    running["demo payer"] = start_payer(env, var, payer_port)
    plans = write_plans(env, var, payer_port, running)
    operators = env | {"DJANGO_SUPERUSER_PASSWORD": kept["OPERATOR_PASSWORD"]}
    to_the_end(operators, ["bin/prepare_demo.py", str(plans), payer], var / "prepare.log", running)
    running |= start_site(env, port)
    wait_until_ready(running, [payer, f"http://{LOOPBACK}:{port}/readyz"])
    link = (var / "prepare.log").read_text().split()[-1]
    say(banner(port, payer_port, kept["OPERATOR_PASSWORD"], link))
    while True:
        watch(running)
        time.sleep(0.5)


def main() -> int:
    """Run until a signal or a failure, stop all of it; return the exit code."""
    running: Running = {}
    heed_signals()
    try:
        run(running)
    except Stopped:
        say("\nStopping.")
    except DemoFailed as failure:
        say(f"\n{failure}")
        return 1
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)  # a handler of ours would be gone before Python is
        stop(running)
    return 0


if __name__ == "__main__":
    sys.exit(main())
