"""Log lines without secrets: tokens, codes, member numbers and e-mail addresses are masked."""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from apps.outbound.trace import current_trace

MASK: Final = "[masked]"
CONTROLS: Final = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}
"""What would begin another line, or steer a terminal, and how it is written instead (W-33)."""
# Order matters: the named ones first, then shapes that are secrets wherever they stand.
SECRETS: Final = (
    re.compile(
        r"(?i)\b(access_token|refresh_token|id_token|code|state|code_verifier|launch|client_secret|nonce|token|password|"
        r"sessionid|csrftoken|identifier|subscriber-?id|member|patient|_id|key)(\"?\s*[=:]\s*\"?)([^\s&\"',;)}\]]+)"
    ),
    re.compile(r"(?i)\b(bearer|basic)(\s+)([A-Za-z0-9._~+/=-]{6,})"),
    re.compile(r"()()\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
    # From where a word begins, and never back: a long address of a page is looked through once.
    re.compile(r"()()(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
)
STANDARD_ERROR: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"masked": {"()": "config.logs.Masking"}},
    "formatters": {"line": {"()": "config.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["masked"], "formatter": "line"}},
}
"""Where everything is written, as `logging.config.dictConfig` takes it; loggers are still to be named."""
LOGGERS: Final[dict[str, Any]] = {
    "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    "celery.app.trace": {"level": "WARNING"},  # a line for each task that was done
    "celery.worker.strategy": {"level": "WARNING"},  # and for each that came
    "celery.beat": {"level": "WARNING"},
    "django.tasks": {"level": "WARNING"},
    "django_tasks_db": {"level": "WARNING"},
    "urllib3": {"level": "CRITICAL"},  # it writes paths and headers, which hold patient ids
    "fido2": {"level": "WARNING"},  # it names each passkey that is made, by which a member's device is known
    "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
}
"""The loggers of the site's processes that are not as the root is."""
OF_REFUSALS: Final = "django.security."
OF_FORMS: Final = "django.security.csrf"
QUOTED: Final = re.compile(r"(?s) - .*( does not match any trusted origins\.)")
"""What lines of OF_FORMS quote: the page somebody came from. All else in them is in Django's words."""
OF_THE_SERVER: Final = ("Error handling request", "Invalid request")
"""How lines of gunicorn begin that go on with what somebody sent: the address, or a header."""


def masked(text: str) -> str:
    """Return *text* with everything that looks like a secret replaced by ``[masked]``."""
    for pattern in SECRETS:
        text = pattern.sub(lambda match: f"{match[1]}{match[2]}{MASK}", text)
    return text


class Masking(logging.Filter):
    """Resolve and mask the message before any handler formats it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; never drop it."""
        record.msg, record.args = masked(_without_address(record)), ()
        return True


def _without_address(record: logging.LogRecord) -> str:
    """Return the message; where Django ends it with the address that was asked for, with its route instead.

    An address is whatever somebody typed, such as a name. Lines of the server itself end before it. Why
    something was refused the logger's name says: the message quotes a host, a parameter, a path.
    """
    message, request = record.getMessage(), getattr(record, "request", None)
    if record.name == "gunicorn.error":
        return next((start for start in OF_THE_SERVER if message.startswith(start)), message)
    is_refusal = record.name.startswith(OF_REFUSALS)
    if record.name == OF_FORMS:
        message = QUOTED.sub(r" - ...\1", message.removesuffix(f": {getattr(request, 'path', '')}"))
    elif is_refusal:
        message = "Refused"
    if not hasattr(request, "path_info") or not (is_refusal or ": /" in message):
        return message
    match = getattr(request, "resolver_match", None)
    return f"{message.partition(': /')[0]}: {'/' + match.route if match else 'no page of ours'}"


class LineFormatter(logging.Formatter):
    """One line per event; a traceback keeps its frames and the exception's type, never its message.

    A message of an exception may quote the input it choked on, which here can be a diagnosis.
    """

    is_json: ClassVar[bool] = False
    """Whether each line is an object instead (the setting LOG_FORMAT)."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or the object."""
        if not self.is_json:
            return super().format(record)
        said = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "says": record.getMessage(),
            "trace": _trace_of(record),
            "process": record.process,
            "raised": self.formatException(record.exc_info) if record.exc_info else "",
        }
        return json.dumps({name: value for name, value in said.items() if value != ""})  # ASCII, on one line

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002
        """Return the moment in UTC: each process has its own zone, Django's TIME_ZONE or the host's."""
        return datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line, with the id of the work it belongs to, so that a thread can be followed (C-12)."""
        line, trace = super().formatMessage(record).translate(CONTROLS), _trace_of(record)
        return f"{line} [{trace}]" if trace else line

    def formatException(self, ei: object) -> str:
        """Return the frames without source values: from the frames themselves, never out of a text."""
        error = ei[1] if isinstance(ei, tuple) else None
        if error is None:
            return "Exception"
        lines = _frames(traceback.TracebackException.from_exception(error, lookup_lines=False))
        return "\n".join([*lines, type(error).__name__])


def _frames(exception: traceback.TracebackException) -> Iterator[str]:
    before = exception.__cause__ or (None if exception.__suppress_context__ else exception.__context__)
    if before is not None:
        yield from _frames(before)
    yield "Traceback (most recent call last):"
    yield from (
        f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in exception.stack
    )


def _trace_of(record: logging.LogRecord) -> str:
    """The id of the work it was written in; of a request that failed the number that its page shows."""
    return str(getattr(record, "trace", "") or getattr(getattr(record, "request", None), "trace", ""))


class TracedRecord(logging.LogRecord):
    """A record that knows which piece of work it was written in, whoever formats it, and when."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trace = current_trace()


logging.setLogRecordFactory(TracedRecord)
