"""Settings with which the site does not start: all are named in one message, no secret is quoted (S-09)."""

import ipaddress
import os
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.safe_secrets import MAKES_ONE, SECRETS, Settings, readable_keys

OF_TESTS: Final = "testserver"
"""What Django's test client calls the site; a name without a dot is any neighbour's on a net of one's own."""
MOST_PROXIES: Final = 10
MOST_LANES: Final = 32
MOST_IDLE_MINUTES: Final = 120
MOST_HOURS: Final = 24
MOST_KEPT_DAYS: Final = 90
MOST_OF_AN_ANSWER: Final = {
    "OUTBOUND_CONNECT_SECONDS": 60, "OUTBOUND_READ_SECONDS": 300, "OUTBOUND_MAX_BYTES": 2**30,
}  # fmt: skip
BACKUP_DAYS: Final = (7, 180)
"""Fewer than data keys are kept leave keys that open nothing; Washington gives six months to delete from
backups what somebody asked to have deleted (RCW 19.373.040)."""
VERIFICATIONS: Final = ("mandatory", "none")
METADATA: Final = frozenset(
    {
        *("168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254"),
        *("metadata", "metadata.google.internal", "metadata.goog", "instance-data"),
    }
)
"""Where clouds answer their machines with what opens them, beside the link-local addresses."""
ELSEWHERE_IN_IPV6: Final = [ipaddress.ip_network(block) for block in ("2000::/3", "fc00::/7")]
"""Global unicast, and addresses of one's own net: what wraps IPv4 lies outside, but for 6to4."""
NO_PLAN: Final = "this machine, its link or a cloud's metadata, or wraps an IPv4 address (NAT64, 6to4)"
WIDEST_OF_PROXIES: Final = 8
"""Bits that addresses of proxies have in common at least: 10.0.0.0/8 is somebody's own net."""
NOT_SHARED: Final = ("DummyCache", "LocMemCache", "FileBasedCache")
BROKERS: Final = frozenset({"amqp", "amqps", "redis", "rediss"})


def refuse_unsafe(settings: Settings) -> None:
    """Raise ImproperlyConfigured that names every wrong setting; *settings*: values of `config.settings`."""
    wrong = wrong_settings(settings)
    if wrong:
        names = ", ".join(dict.fromkeys(line.partition(" ")[0] for line in wrong))
        said = "\n".join(f"  {line}" for line in wrong)
        raise ImproperlyConfigured(
            f"settings that are not safe:\n{said}\nNothing is started before these are right: {names}"
        )


def wrong_settings(settings: Settings) -> list[str]:
    """Return a line for each wrong setting, its name first.

    A site that only this machine can call may be as unsafe as its developer likes; but what cannot be read at
    all, and DEBUG together with https, stops that one too.
    """
    always = [
        _needed,
        readable_keys,
        _broker,
        _lives,
        _backups,
        _lanes,
        _calls,
        _verification,
        _no_debug_with_https,
    ]
    public = [_some_lane, _origin, _hosts, _no_debug, _trusted_hosts, _webhook, _proxies, _limits, _mails]
    public += SECRETS
    rules = always if is_for_this_machine(settings) else [*always, *public]
    lines = [line for rule in rules for line in rule(settings)]
    return list(dict.fromkeys(lines))


def is_for_this_machine(settings: Settings) -> bool:
    """Whether the site's address and every host name it answers to mean the machine it runs on."""
    others = [host for host in settings["ALLOWED_HOSTS"] if host != OF_TESTS]
    return all(_is_loopback(host) for host in (host_of(settings["SITE_URL"]), *others))


def host_of(url: str) -> str:
    """Return the host name in an address, "" where there is none or it cannot be read."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    name = host.lower().strip("[]").rstrip(".")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _needed(settings: Settings) -> Iterator[str]:
    if not settings["SECRET_KEY"]:
        yield f"SECRET_KEY is not set: {MAKES_ONE} makes one."
    if not settings["SITE_URL"]:
        yield "SITE_URL is not set: the address that members see, such as https://plainclaim.example."
    if settings["VAULT_WRAPPER"] == "apps.vault.keys.key_list" and not settings["VAULT_KEYS"]:
        yield "VAULT_KEYS is empty: set at least one key (python -m apps.vault makes one)."


def _broker(settings: Settings) -> Iterator[str]:
    broker = settings["CELERY_BROKER_URL"]
    if broker and not (broker.partition(":")[0] in BROKERS and host_of(broker)):
        yield "CELERY_BROKER_URL is no address of amqp://, amqps://, redis:// or rediss://."


def _lives(settings: Settings) -> Iterator[str]:
    """A session of weeks, or one that is over at once, is a slip of the pen."""
    for prefix in ("SESSION", "OPERATOR"):
        idle, hours = settings[f"{prefix}_IDLE_MINUTES"], settings[f"{prefix}_HOURS"]
        if not 1 <= idle <= MOST_IDLE_MINUTES:
            yield f"{prefix}_IDLE_MINUTES is not between 1 and {MOST_IDLE_MINUTES}."
        if not idle / 60 <= hours <= MOST_HOURS:
            yield f"{prefix}_HOURS is not between {prefix}_IDLE_MINUTES and {MOST_HOURS} hours."
    if not 0 < settings["SESSION_KEPT_DAYS"] <= MOST_KEPT_DAYS:
        yield f"SESSION_KEPT_DAYS is not between 0 and {MOST_KEPT_DAYS}."


def _backups(settings: Settings) -> Iterator[str]:
    """With 0 days the command would delete what it has just written."""
    fewest, most = BACKUP_DAYS
    if not fewest <= settings["BACKUP_RECORDS_DAYS"] <= most:
        yield f"BACKUP_RECORDS_DAYS is not from {fewest} to {most}: the privacy policy promises the number."


def _lanes(settings: Settings) -> Iterator[str]:
    if not 0 <= settings["SYNC_LANES"] <= MOST_LANES:
        yield f"SYNC_LANES is not between 1 and {MOST_LANES}."


def _calls(settings: Settings) -> Iterator[str]:
    """What one answer may take: without an end a plan would hold the worker (S-11)."""
    for name, most in MOST_OF_AN_ANSWER.items():
        if not 0 < settings[name] <= most:
            yield f"{name} is not above 0 and at most {most}."


def _verification(settings: Settings) -> Iterator[str]:
    """allauth takes any word, and checks no address under one that it does not know."""
    if settings["ACCOUNT_EMAIL_VERIFICATION"] not in VERIFICATIONS:
        yield f"ACCOUNT_EMAIL_VERIFICATION is none of {', '.join(VERIFICATIONS)}."


def _limits(settings: Settings) -> Iterator[str]:
    """A web process and a worker are two: each would count for itself, and let through as many more."""
    if settings["CACHES"]["default"]["BACKEND"].endswith(NOT_SHARED):
        yield "CACHE_URL is not shared by all processes: leave it empty (a table), or redis://host:6379/1."


def _mails(settings: Settings) -> Iterator[str]:
    is_sent = settings["MAILERS"]["default"]["BACKEND"].endswith("smtp.EmailBackend")
    if not is_sent and settings["ACCOUNT_EMAIL_VERIFICATION"] == "mandatory":
        yield "EMAIL_URL has mails printed or kept: whoever reads them there would sign in with their codes."


def _some_lane(settings: Settings) -> Iterator[str]:
    if settings["SYNC_LANES"] == 0:
        yield "SYNC_LANES is 0: stopping a plan would not cut what it is answering. Use 1 or more."


def _no_debug_with_https(settings: Settings) -> Iterator[str]:
    if settings["DEBUG"] and settings["SITE_URL"].lower().startswith("https:"):
        yield "DEBUG is true where SITE_URL begins with https://: error pages would show everything."


def _no_debug(settings: Settings) -> Iterator[str]:
    if settings["DEBUG"] and not settings["SITE_URL"].lower().startswith("https:"):
        yield "DEBUG is true on a site that others can call: error pages would show everything."


def _origin(settings: Settings) -> Iterator[str]:
    """An origin over https and no more: addresses of pages and payers' answers are made by adding to it."""
    url = settings["SITE_URL"]
    try:
        parts = urlsplit(url)
        is_whole = url == f"{parts.scheme}://{parts.netloc}"  # no path or query, not even their mark
        is_origin = is_whole and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        yield "SITE_URL is no address."
        return
    if not url.startswith("https://"):  # so written: cookies and redirects compare it too
        yield "SITE_URL does not begin with https://: records and passwords would travel readably."
    if url and (not is_origin or "@" in parts.netloc):
        yield "SITE_URL is no origin: https:// and the host name, without path, user or password."


def _hosts(settings: Settings) -> Iterator[str]:
    if any("*" in host or host.startswith(".") or not host.strip() for host in settings["ALLOWED_HOSTS"]):
        yield "ALLOWED_HOSTS lets in names that are not written out: list each, without * or leading dot."


def _trusted_hosts(settings: Settings) -> Iterator[str]:
    """On a public site no entry may lead to the machine itself, to a cloud's metadata, or to all ports."""
    for position, entry in enumerate(settings["OUTBOUND_TRUSTED_HOSTS"], start=1):
        host, _, port = entry.strip().rpartition(":")
        if not host or "*" in host or not port.isdecimal() or not 0 < int(port) < 65536:
            yield f"OUTBOUND_TRUSTED_HOSTS entry {position} is not one host and one port."
        elif leads_to_no_plan(host):
            yield f"OUTBOUND_TRUSTED_HOSTS entry {position} leads to {NO_PLAN}, to no plan."


def leads_to_no_plan(host: str) -> bool:
    """Whether a name or address is this machine's own, of its link, or a cloud's metadata."""
    return _is_loopback(host) or _is_nowhere_else(host.lower().strip("[]").rstrip("."))


def _is_nowhere_else(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        # A name whose last part is a number is an address in disguise (WHATWG URL, "ends in a number").
        last = host.rpartition(".")[2]
        return last.isdigit() or last.startswith("0x") or host in METADATA
    if isinstance(address, ipaddress.IPv6Address) and (
        address.sixtofour or not any(address in block for block in ELSEWHERE_IN_IPV6)
    ):
        return True
    is_nobodys = address.is_link_local or address.is_unspecified or address.is_multicast
    return is_nobodys or str(address) in METADATA


def _webhook(settings: Settings) -> Iterator[str]:
    """What the door to the network would refuse at each alarm stops the start: nobody would hear of any."""
    url = settings["ALARM_WEBHOOK_URL"]
    host, place = host_of(url), url.lower().partition("://")[2].partition("/")[0]
    is_called = url.lower().startswith("https://") or place in settings["OUTBOUND_TRUSTED_HOSTS"]
    if url and (not host or not is_called or "@" in place or leads_to_no_plan(host)):
        yield f"ALARM_WEBHOOK_URL is not https, has a user, or leads to {NO_PLAN}, to nobody who hears of it."


def _proxies(settings: Settings) -> Iterator[str]:
    if not 0 <= settings["TRUSTED_PROXIES"] <= MOST_PROXIES:
        yield f"TRUSTED_PROXIES counts the proxies before the site: 0 to {MOST_PROXIES}."
    # gunicorn reads both itself
    believed = {"FORWARDED_ALLOW_IPS": os.environ.get("FORWARDED_ALLOW_IPS", "")}
    options = re.findall(r"--forwarded-allow-ips[\s=]+(\S+)", os.environ.get("GUNICORN_CMD_ARGS", ""))
    believed["GUNICORN_CMD_ARGS"] = ",".join(options)
    for name, proxies in believed.items():
        if any(map(_is_everybody, proxies.split(","))):
            yield f"{name} has everybody's X-Forwarded-* headers believed: name the proxies."


def _is_everybody(proxies: str) -> bool:
    try:
        return ipaddress.ip_network(proxies.strip(" '\"")).prefixlen < WIDEST_OF_PROXIES
    except ValueError:  # a name, or nothing, which gunicorn does not take
        return "*" in proxies
