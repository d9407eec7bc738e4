"""The site refuses to start with settings that are not safe, and names each (S-09, W-28, W-43)."""

import base64
import hashlib
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from string import ascii_letters, ascii_lowercase, digits, punctuation
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.vault import backups
from config.environment import Environment
from config.safe_secrets import KEY_LENGTH, MAKES_ONE, TOKEN_LENGTH, guessable

ROOT = Path(__file__).resolve().parents[2]
ZERO = f"build:{'A' * 43}="
RANDOM = f"one:{base64.b64encode(bytes((n * n * 7 + 13 * n) % 251 for n in range(32))).decode()}"
SAFE = {
    "SECRET_KEY": hashlib.sha256(b"for a test").hexdigest(),
    "VAULT_KEYS": RANDOM,
    "SITE_URL": "https://plainclaim.example",
    "ALLOWED_HOSTS": "plainclaim.example",
    "OUTBOUND_TRUSTED_HOSTS": "",
    "TRUSTED_PROXIES": "1",
    "DEBUG": "false",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "DATABASE_URL": "sqlite:///:memory:",
}

MAKES_PACKET_KEY = 'python -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'
REMEDIES = {"VAULT_KEYS": "python -m apps.vault", "PACKET_KEY": MAKES_PACKET_KEY}
"""The commands that make another; of all other secrets it is one of Python's own."""

UNSAFE = [
    ("SITE_URL", "http://plainclaim.example"),
    ("SITE_URL", "http://192.168.1.7:8000"),
    ("SITE_URL", "https://plainclaim.example/app"),
    ("SITE_URL", "HTTPS://plainclaim.example"),
    ("SITE_URL", "https://user:pass@plainclaim.example"),
    ("SITE_URL", "plainclaim.example"),
    ("SITE_URL", "https://plainclaim.example?"),
    ("SITE_URL", "https://plainclaim.example#"),
    ("SITE_URL", ""),
    ("SECRET_KEY", "a"),
    ("SECRET_KEY", "a" * 60),
    ("SECRET_KEY", "abcdefghijklm" * 5),
    ("SECRET_KEY", "for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH"),
    ("SECRET_KEY", "django-insecure-" + SAFE["SECRET_KEY"]),
    ("SECRET_KEY", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("SECRET_KEY", "your-secret-key-here-of-at-least-fifty-characters-in-length"),
    ("SECRET_KEY_FALLBACKS", "a"),
    ("AUDIT_KEYS", "a"),
    ("AUDIT_KEYS", f"{SAFE['SECRET_KEY']},a"),
    ("VAULT_KEYS", ZERO),
    ("VAULT_KEYS", f"one:{base64.b64encode(bytes(range(32))).decode()}"),
    ("VAULT_KEYS", f"one:{base64.b64encode(b'plainclaim-vault-key-production!').decode()}"),
    ("VAULT_KEYS", f"one:{base64.b64encode(hashlib.sha256(b'k').digest()[:16] * 2).decode()}"),
    ("VAULT_KEYS", f"one:{base64.b64encode(bytes(20) + hashlib.sha256(b'k').digest()[:12]).decode()}"),
    ("VAULT_KEYS", "one:short"),
    ("VAULT_KEYS", ""),
    ("PACKET_KEY", base64.b64encode(b"k" * 32).decode()),
    ("PACKET_KEY", base64.b64encode(b"plainclaim-packet-key-production").decode()),
    ("PACKET_KEY", base64.b64encode(hashlib.sha256(b"k").digest()[:16]).decode()),
    ("PACKET_KEY", "no key, but a sentence"),
    ("METRICS_TOKEN", "a"),
    ("METRICS_TOKEN", "prometheusprometheusprometheus123"),
    ("METRICS_TOKEN", "changeme-" + SAFE["SECRET_KEY"]),
    ("METRICS_TOKEN", "whoever reads this token is a friend"),
    ("METRICS_TOKEN", "correct-horse-battery-staple-again"),
    ("METRICS_TOKEN", "Plainclaim-Metrics-Token-Of-Production-2026"),
    ("METRICS_TOKEN", "to be or not to be that is the question"),
    ("SECRET_KEY", "nobody can guess this sentence of ours since it is really very long"),
    ("AUDIT_KEYS", "EstaEsLaClaveSecretaDeNuestroServidorQueNadiePuedeAdivinar"),
    ("SECRET_KEY", "qwertyuiopasdfghjklzxcvbnm1234567890QWERTYUIOPASDFGHJKL"),
    ("SECRET_KEY", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p1QAZ2WSX3EDC4RFV"),
    ("SECRET_KEY", "zaq12wsxcde34rfvbgt56yhnmju78ik,.lo90p;/ZAQ!@WSXCDE#$"),
    ("SECRET_KEY", "asdlkfjasldkfjaslkdfjalskdfjalskdjflaksdjflaksdjf2384"),
    ("METRICS_TOKEN", "FacadeDecade1AddedFaced2AbacabDeaf3BeadedCabbed"),
    ("METRICS_TOKEN", "AddedFacadeFacedDecadeBeaded9081726354"),
    ("SECRET_KEY", "faceddecadeadded1beadeddeafbad2cedefacadebede3cabbed"),
    ("METRICS_TOKEN", "facade-decade-added-faced-deaf-beaded-cab"),
    ("SECRET_KEY", "purple monkey dishwasher likes quiet lamp and yellow truck"),
    ("SECRET_KEY", "correct7horse3battery9staple4again2window5garden1table8"),
    ("SECRET_KEY", "W3 h0ld th3s3 truth5 t0 b3 s3lf-3vid3nt th4t 4ll m3n 4r3"),
    ("AUDIT_KEYS", "poiuytrewqlkjhgfdsamnbvcxz0987654321POIUYTREWQLKJHG"),
    ("METRICS_TOKEN", "qwertyuiop[]asdfghjkl;'zxcvbnm,./"),
    ("METRICS_TOKEN", "seven mild owls in one very wet barn"),
    ("DEBUG", "true"),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "plainclaim.example,.example"),
    ("OUTBOUND_TRUSTED_HOSTS", "169.254.169.254:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "127.0.0.1:9000"),
    ("OUTBOUND_TRUSTED_HOSTS", "localhost:9000"),
    ("OUTBOUND_TRUSTED_HOSTS", "[::ffff:169.254.169.254]:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "2130706433:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "0.0.0.0:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "127.1:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "0177.0.0.1:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "169.254.0xa9fe:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "[fe80::1%eth0]:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "[::a9fe:a9fe]:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "[64:ff9b::a9fe:a9fe]:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "[2002:a9fe:a9fe::]:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "[fd00:ec2::254]:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "168.63.129.16:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "Metadata.google.internal.:80"),
    ("OUTBOUND_TRUSTED_HOSTS", "*:*"),
    ("OUTBOUND_TRUSTED_HOSTS", "payer.internal:*"),
    ("OUTBOUND_TRUSTED_HOSTS", "payer.internal"),
    ("ALARM_WEBHOOK_URL", "https://169.254.169.254/hook"),
    ("ALARM_WEBHOOK_URL", "https://[fe80::1]/hook"),
    ("ALARM_WEBHOOK_URL", "https://metadata.google.internal/hook"),
    ("ALARM_WEBHOOK_URL", "https://2130706433/hook"),
    ("ALARM_WEBHOOK_URL", "https://[::ffff:169.254.169.254]/hook"),
    ("ALARM_WEBHOOK_URL", "https://127.0.0.1/hook"),
    ("ALARM_WEBHOOK_URL", "https://user:pass@chat.example/hook"),
    ("ALARM_WEBHOOK_URL", "http://chat.example/hook"),
    ("ALARM_WEBHOOK_URL", "https://[::1/hook"),
    ("ALARM_WEBHOOK_URL", "chat.example/hook"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "1000"),
    ("FORWARDED_ALLOW_IPS", "*"),
    ("FORWARDED_ALLOW_IPS", "10.0.0.1,0.0.0.0/0"),
    ("FORWARDED_ALLOW_IPS", "0.0.0.0/0.0.0.0"),
    ("FORWARDED_ALLOW_IPS", "0.0.0.0/1, 128.0.0.0/1"),
    ("FORWARDED_ALLOW_IPS", "::/00"),
    ("GUNICORN_CMD_ARGS", "--threads 4 --forwarded-allow-ips=*"),
    ("CACHE_URL", "dummycache://"),
    ("CACHE_URL", "locmemcache://"),
    ("CACHE_URL", "filecache:///tmp/limits"),
    ("EMAIL_URL", "consolemail://"),
    ("EMAIL_URL", "filemail:///tmp/mails"),
    ("EMAIL_URL", "dummymail://"),
    ("ACCOUNT_EMAIL_VERIFICATION", "mandatroy"),
    ("CELERY_BROKER_URL", "http://broker"),
    ("SESSION_HOURS", "8760"),
    ("SESSION_IDLE_MINUTES", "0"),
    ("OPERATOR_IDLE_MINUTES", "180"),
    ("OPERATOR_HOURS", "0.1"),
    ("SESSION_KEPT_DAYS", "365"),
    ("BACKUP_RECORDS_DAYS", "0"),
    ("BACKUP_RECORDS_DAYS", "6"),
    ("BACKUP_RECORDS_DAYS", "181"),
    ("OUTBOUND_READ_SECONDS", "100000"),
    ("OUTBOUND_CONNECT_SECONDS", "0"),
    ("OUTBOUND_MAX_BYTES", "-1"),
    ("SESSION_HOURS", "nan"),
    ("SYNC_LANES", "4 lanes"),
    ("EMAIL_URL", "smtp+tls://user:s3cr3t#5@mail.example:587"),
    ("CACHE_URL", "redis://:s3cr3t[@cache.example:6379/1"),
    ("CELERY_BROKER_URL", "amqp://user:s3cr3t[@broker.example"),
    ("SITE_URL", "https://[plainclaim.example"),
]


type Start = Callable[..., str]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return what reads the settings as a server would, and gives its refusal ("": it starts)."""

    def start(**changed: str) -> str:
        for name in {*os.environ} - {"PATH", "HOME"}:
            monkeypatch.delenv(name)
        for name, value in (SAFE | {"VAR_DIR": str(tmp_path)} | changed).items():
            monkeypatch.setenv(name, value)
        try:
            runpy.run_path(str(ROOT / "config" / "settings.py"))
        except ImproperlyConfigured as refusal:
            return str(refusal)
        return ""

    return start


def test_s_09_safe_settings_start(started: Start) -> None:
    """S-09: else every other test here would pass for the wrong reason."""
    random = {"PACKET_KEY": RANDOM.removeprefix("one:"), "METRICS_TOKEN": SAFE["SECRET_KEY"][:32]}
    own = {"ALARM_WEBHOOK_URL": "http://chat.lan:8065/h", "OUTBOUND_TRUSTED_HOSTS": "chat.lan:8065"}
    assert started() == started(**random) == started(**own) == ""
    assert started(ALARM_WEBHOOK_URL="https://chat.example/hook") == ""


def of(signs: str, *, group: int = 0) -> Callable[[Random, int], str]:
    """Return what draws a secret of so many characters, or a little longer where they stand in groups."""

    def draw(drawn: Random, length: int) -> str:
        if not group:
            return "".join(drawn.choices(signs, k=length))
        return "-".join("".join(drawn.choices(signs, k=group)) for _ in range(0, length, group))

    return draw


def uuids(drawn: Random, length: int) -> str:
    return "-".join(str(UUID(int=drawn.getrandbits(128), version=4)) for _ in range(0, length, 36))


def octets(drawn: Random, length: int) -> str:
    return drawn.randbytes(length // 2).hex(":")


@pytest.mark.parametrize(
    ("draw", "count"),
    [
        (of("0123456789abcdef"), 20_000),
        (of("0123456789ABCDEF"), 20_000),
        (uuids, 20_000),
        (octets, 20_000),
        (of(digits), 2_000),
        (of(digits, group=6), 2_000),
        (of(ascii_lowercase + digits), 2_000),
        (of(ascii_letters), 2_000),
        (of(ascii_letters + digits + "-_"), 2_000),
        (of(ascii_lowercase + digits + "!@#$%^&*(-_=+)"), 2_000),
    ],
)
def test_s_09_no_random_secret_is_refused(draw: Callable[[Random, int], str], count: int) -> None:
    """S-09: of hexadecimal tokens one in ten thousand was; a server that starts by luck is no server."""
    drawn = Random(20261129)  # noqa: S311 - the same ones each time
    for length, name in ((TOKEN_LENGTH, "METRICS_TOKEN"), (KEY_LENGTH, "SECRET_KEY")):
        for _ in range(count):
            secret = draw(drawn, length)
            assert guessable(secret, length=length) == "", (name, secret)


def test_s_09_no_process_starts_and_no_traceback_hides_why(tmp_path: Path) -> None:
    """S-09: the whole way, as an operator sees it; the last line has every name."""
    env = (
        os.environ
        | SAFE
        | {"VAR_DIR": str(tmp_path), "SECRET_KEY": "a", "SITE_URL": "http://plain.example", "CACHE_URL": ""}
    )
    command = [sys.executable, "-c", "import config.wsgi"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith(": SITE_URL, SECRET_KEY")


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_s_09_each_unsafe_setting_stops_the_start_and_is_the_one_named(
    name: str, value: str, started: Start
) -> None:
    """S-09: nothing else is blamed, and what was set is not repeated where it may be a secret."""
    said = started(**{name: value})
    assert said.splitlines()[-1].endswith(f": {name}")
    assert "s3cr3t" not in said
    if name.endswith(("KEY", "KEYS", "FALLBACKS", "TOKEN")) and len(value) > 1:
        assert value not in said
        assert REMEDIES.get(name, "secrets.token_urlsafe(50)") in said


def test_s_09_the_example_has_the_same_remedy_as_the_refusal() -> None:
    assert MAKES_PACKET_KEY in (ROOT / ".env.example").read_text()
    assert f"`SECRET_KEY`: `.venv/bin/{MAKES_ONE}`" in (ROOT / "docs" / "operations.md").read_text()


def test_s_09_the_readme_says_which_settings_stop_the_start() -> None:
    """S-09: an operator who upgrades looks there first."""
    said = (ROOT / "README.md").read_text().partition("stops the start")[2].partition("\n\n")[0]
    assert {name for name, _ in UNSAFE if f"`{name}`" not in said} == set()


def test_s_09_all_that_is_wrong_is_said_at_once(started: Start) -> None:
    """S-09: an operator puts a file right in one go, not line by line."""
    wrong = {
        "SITE_URL": "http://plainclaim.example", "SECRET_KEY": "a", "VAULT_KEYS": ZERO, "DEBUG": "true",
        "ALLOWED_HOSTS": "*", "OUTBOUND_TRUSTED_HOSTS": "169.254.169.254:80", "TRUSTED_PROXIES": "-1",
        "FORWARDED_ALLOW_IPS": "*", "PACKET_KEY": "a", "METRICS_TOKEN": "a",
    }  # fmt: skip
    said = started(**wrong)
    assert [name for name in wrong if f"  {name} " not in said] == []


@pytest.mark.parametrize("site", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_s_09_a_site_of_this_machine_alone_starts_as_it_is(site: str, started: Start) -> None:
    """S-09: the demo, the tests and the building of the image."""
    desk = {"SECRET_KEY": "a", "VAULT_KEYS": ZERO, "DEBUG": "true", "OUTBOUND_TRUSTED_HOSTS": "127.0.0.1:*"}
    hosts = "127.0.0.1,localhost,[::1]"
    assert started(SITE_URL=site, ALLOWED_HOSTS=hosts, **desk) == ""
    assert "SECRET_KEY is not set" in started(SITE_URL=site, ALLOWED_HOSTS=hosts, **desk | {"SECRET_KEY": ""})


@pytest.mark.parametrize(
    "changed",
    [
        {"SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": "localhost,plainclaim.example"},
        {"SITE_URL": "http://localhost.plainclaim.example", "ALLOWED_HOSTS": "localhost"},
        {"SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": "localhost,records", "DEBUG": "true"},
        {"SITE_URL": "https://localhost:8443", "ALLOWED_HOSTS": "localhost", "DEBUG": "true"},
    ],
)
def test_s_09_no_site_passes_for_one_of_this_machine(changed: dict[str, str], started: Start) -> None:
    """S-09: a host name that others can call, or https with DEBUG, is no desk."""
    assert started(**changed)


def test_s_09_an_older_key_that_is_not_random_goes_on_opening(started: Start) -> None:
    """S-09: else nobody could get away from it by `rotate_keys`."""
    assert started(VAULT_KEYS=f"{RANDOM},{ZERO}") == ""


@pytest.mark.parametrize("days", [backups.KEYS_KEPT.days, 180])
def test_d_09_records_of_a_backup_are_kept_as_long_as_its_keys_and_no_longer_than_half_a_year(
    days: int, started: Start
) -> None:
    assert started(BACKUP_RECORDS_DAYS=str(days)) == ""


@pytest.mark.parametrize("name", ["SECRET_KEY_FALLBACKS", "AUDIT_KEYS"])
def test_s_09_a_passphrase_of_before_goes_on_checking_what_it_signed(name: str, started: Start) -> None:
    """S-09: else nobody could get away from it; what it checks was signed when nothing refused it."""
    passphrase = "correct-horse-battery-staple-again-and-again-and-so-on"
    assert started(**{name: f"{SAFE['SECRET_KEY']},{passphrase}"}) == ""
    assert "SECRET_KEY reads like words" in started(SECRET_KEY=passphrase)


def test_s_09_a_few_letters_among_other_signs_are_no_sentence() -> None:
    """S-09: one pair of letters decided over fifty random signs."""
    drawn = Random(20261129)  # noqa: S311 - the same ones each time
    for _ in range(1000):
        assert guessable("".join(drawn.choices(punctuation, k=47)) + "an!") == ""


def test_s_09_what_the_image_is_built_with_starts_only_on_this_machine(
    started: Start, tmp_path: Path
) -> None:
    """S-09: its values are published, so with a real address they stop the start."""
    (line,) = re.findall(r"^RUN (SECRET_KEY=(?:.*\\\n)*.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    build = dict(re.findall(r"([A-Z_]+)=(\S+)", line)) | {"VAR_DIR": str(tmp_path)}
    hosts = {"ALLOWED_HOSTS": "localhost"}
    assert started(**build, **hosts) == ""
    said = started(**(build | hosts | {"SITE_URL": "https://plainclaim.example"}))
    assert "  VAULT_KEYS " in said
    assert "  SECRET_KEY " in said


def test_w_43_secrets_come_from_files_as_well(started: Start, tmp_path: Path) -> None:
    """W-43: what is wrong with them is said of them, too; the newline at their end is none of the secret."""
    file = tmp_path / "key"
    file.write_text(SAFE["SECRET_KEY"] + "\n")
    assert started(SECRET_KEY="", SECRET_KEY_FILE=str(file)) == ""
    vault = tmp_path / "vault"
    vault.write_text(RANDOM + "\r\n")
    database = tmp_path / "database"
    database.write_text("sqlite:///:memory:\n")
    files = {"VAULT_KEYS_FILE": str(vault), "DATABASE_URL_FILE": str(database)}
    assert started(VAULT_KEYS="", DATABASE_URL="", **files) == ""
    file.write_text("short\n")
    assert "SECRET_KEY is shorter" in started(SECRET_KEY_FILE=str(file))
    file.write_text(" two words \r\n")
    assert Environment(env={"PASSWORD_FILE": str(file)})["PASSWORD"] == " two words "
    refusal = started(SECRET_KEY_FILE=str(tmp_path / "nowhere"))
    assert refusal == "SECRET_KEY_FILE names a file that cannot be read"


@pytest.mark.parametrize("name", ["METRICS_TOKEN", "AUDIT_KEYS", "DATABASE_URL"])
def test_w_43_a_value_is_no_name_of_another_variable(name: str, started: Start) -> None:
    """W-43: it was read as empty, so metrics were open, or as the other variable's."""
    assert started(**{name: "$nowhere-or-a-secret"}).startswith(f"{name} begins with $")


def command(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """Run a command as an operator does, with these settings."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env={"PATH": os.environ["PATH"], **SAFE, **changed}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


def test_a_command_says_what_is_missing_and_how_to_make_it_and_no_more() -> None:
    answer = command("migrate", SECRET_KEY="", VAULT_KEYS="")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert "SECRET_KEY is not set: python -c" in answer.stderr
    assert "python -m apps.vault" in answer.stderr


def test_a_command_says_so_where_the_database_does_not_answer() -> None:
    answer = command("migrate", DATABASE_URL="postgres://nobody:wrong@127.0.0.1:9/nowhere")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert "The database of DATABASE_URL does not answer" in answer.stderr


def test_the_maker_of_keys_takes_no_option_for_a_name() -> None:
    run = [sys.executable, "-m", "apps.vault", "--help"]
    answer = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "--help:" not in answer.stdout
    assert "VAULT_KEYS" in answer.stdout
