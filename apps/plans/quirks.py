"""How a plan's server wants to be spoken to: each quirk is declared here, once, and nowhere else.

Its form field in the admin, its key in `load_plans`, its row in docs/payers.md, its line in `check_plan` and
its place in the one column of a plan's row all follow from the declaration.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Final, Literal, get_args

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models

Validator = Callable[[Any], None]
EMPTY: Final[tuple[object, ...]] = (None, "", [], ())
"""What says nothing: the profile's value holds."""


def check_texts(value: Any) -> None:
    """Raise ValidationError unless it is a list of different texts."""
    if not fits(tuple, value) or not all(item.strip() for item in value):
        raise ValidationError("must be a list of texts")
    if len(set(value)) != len(value):
        raise ValidationError("names something twice")


def _check_scopes(value: list[str]) -> None:
    if any(len(scope.split()) > 1 for scope in value):
        raise ValidationError("must hold one scope per item")


OURS: Final = frozenset(
    {
        "response_type", "client_id", "redirect_uri", "scope", "state", "aud", "launch", "nonce",
        "code_challenge", "code_challenge_method",
    }
)  # fmt: skip
"""What our own request carries (RFC 6749 section 4.1.1, RFC 7636, SMART App Launch 2.2)."""
NEVER_SENT: Final = frozenset(
    {"request", "request_uri", "response_mode", "client_secret", "client_assertion", "code", "code_verifier"}
)
"""What would replace our request (RFC 9101), lead the answer another way, or put a secret in an address."""
LONGEST_FURTHER: Final = 500


def _check_parameters(value: list[str]) -> None:
    names = [parameter.partition("=")[0] for parameter in value]
    for name, parameter in zip(names, value, strict=True):
        if "=" not in parameter or not re.fullmatch("[A-Za-z0-9_.-]+", name):
            raise ValidationError(f"must be name=value: {name}")
        if name in OURS:
            raise ValidationError(f"{name} is ours to send")
        if name in NEVER_SENT:
            raise ValidationError(f"{name} is not sent by this app")
        if names.count(name) > 1:
            raise ValidationError(f"names {name} twice")
    if len("&".join(value)) > LONGEST_FURTHER:
        raise ValidationError(f"is longer than {LONGEST_FURTHER} characters")


def _quirk[T](
    default: T,
    words: str,
    *,
    span: tuple[int, int] | None = None,
    longest: int | None = None,
    check: Validator | None = None,
) -> T:
    """Declare one quirk: what holds where nobody says otherwise, and the words of docs and admin about it.

    Numbers have a `span`, free texts a `longest`; `check` raises ValidationError for more.
    """
    validators: list[Validator | None] = [
        check_texts if isinstance(default, tuple) else None,
        *([MinValueValidator(span[0]), MaxValueValidator(span[1])] if span else []),
        MaxLengthValidator(longest) if longest else None,
        check,
    ]
    return field(default=default, metadata={"words": words, "span": span, "validators": validators})


OF_SIGNING_IN: Final = frozenset(
    {
        "token_auth", "assertion_alg", "pkce", "send_response_type", "send_aud", "aud", "scopes",
        "scope_style", "authorize_parameters", "patient_lookup", "refresh", "revocation", "redirect",
    }
)  # fmt: skip
"""Those that could make members' trips to the plan less safe: an operator's passkey guards them."""


@dataclass(frozen=True)
class Quirks:
    """All quirks of one server; the defaults are SMART App Launch 2.2 as written.

    `scopes` are as an operator lists them; what is sent is `scopes_to_ask`. None means "ours".
    """

    token_auth: Literal["client_secret_post", "client_secret_basic", "private_key_jwt", "none"] = _quirk(
        "client_secret_basic", "how we prove who we are at the token address (RFC 7591 section 2)"
    )
    assertion_alg: Literal["RS384", "ES384"] = _quirk("RS384", "the signature used with `private_key_jwt`")
    pkce: Literal["always", "never"] = _quirk(
        "always",
        "S256 with every sign-in. A server with weaker methods only is refused until this says `never`",
    )
    send_response_type: bool = _quirk(True, "`response_type=code`; left out where a server stumbles over it")
    send_aud: bool = _quirk(True, "`aud`; left out where a server stumbles over it")
    aud: str = _quirk("", "the exact `aud` to send; empty: the FHIR base URL", longest=500)
    scopes: tuple[str, ...] = _quirk(
        ("openid", "fhirUser", "launch/patient", "patient/*.read", "offline_access"),
        "what is asked for, one scope per item",
        check=_check_scopes,
    )
    clinical: Literal["ask", "never"] = _quirk(
        "ask",
        "whether members are offered clinical records too; `never` for a plan known to have claims only, "
        "whose members are told so before they leave",
    )
    clinical_types: tuple[str, ...] = _quirk(
        (),
        "the FHIR types of clinical records that the plan says it shares; empty: not known, and all of ours "
        "are asked for. Needed where scopes are taken by name only",
    )
    scope_style: Literal["as_listed", "v1", "v2", "types_v1", "types_v2"] = _quirk(
        "as_listed",
        "how reading scopes are written: `.read` (`v1`) or `.rs` (`v2`); `types_`: no `*`, each type by name",
    )
    authorize_parameters: tuple[str, ...] = _quirk(
        (),
        "further parameters of the request to sign in, as `name=value`, none that we send ourselves: "
        "`prompt=consent` where `offline_access` is granted only then (OpenID Connect Core 1.0 section 11)",
        check=_check_parameters,
    )
    page_size: int | None = _quirk(
        None,
        "`_count`. A plan that answers a first page with 400, 413 or 422 is asked for half as many, at last "
        'without; what it takes is remembered for 90 days (admin, "paces of plans"; `check_plan`)',
        span=(1, 1000),
    )
    back_link: str = _quirk(
        "previous",
        "the link to the page before, e.g. `prior`. A `next` that leads there is a loop, and the search ends",
        longest=20,
    )
    updated_since: Literal["ask", "never"] = _quirk(
        "ask",
        "whether later passes ask for changes only, by `_lastUpdated`; an answer of 400 is noticed anyway",
    )
    patient_lookup: Literal["token", "userinfo", "search"] = _quirk(
        "token",
        "where the member's patient id is looked for first; `search`: by asking whom the token may read",
    )
    refresh: Literal["rotating", "static", "none"] = _quirk(
        "rotating",
        "what to expect of refresh tokens; `none`: the member signs in again, also where a plan knows us at "
        "sign-ins and refuses us at renewals alone",
    )
    revocation: Literal["rfc7009", "none"] = _quirk(
        "rfc7009", "whether the plan can be asked to forget a token"
    )
    redirect: Literal["auto", "own", "shared"] = _quirk(
        "auto",
        "the redirect URI; `auto`: one for all servers that announce `iss` (RFC 9207), else its server's own",
    )
    refresh_hours: int = _quirk(24, "hours between updates; 0: only when the member asks", span=(0, 24 * 31))
    requests_per_minute: int | None = _quirk(
        None,
        "how many questions the server takes in a minute, evenly spaced, all members together. A server that "
        "answers 429 is asked more slowly by itself (`docs/adr/0014-pace.md`)",
        span=(1, 60_000),
    )
    runs_at_once: int = _quirk(8, "how many members' updates ask the server at the same time", span=(1, 1000))
    have_ready: tuple[str, ...] = _quirk((), "what members are told to have at hand before they leave")


@dataclass(frozen=True)
class Quirk:
    """One quirk as it was declared; `kind` is str, int, bool or tuple (a list of texts)."""

    name: str
    kind: type
    words: str
    choices: tuple[str, ...]
    span: tuple[int, int] | None
    validators: list[Validator]

    def check(self, value: object) -> None:
        """Raise ValidationError unless a row may say this."""
        if not fits(self.kind, value):
            raise ValidationError(f"must be {WANTED[self.kind]}")
        if self.choices and value not in self.choices:
            raise ValidationError(f"not known; one of {', '.join(self.choices)}")
        for validate in self.validators:
            validate(value)


WANTED: Final[dict[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    tuple: "a list of texts",
    str: "a text",
}


def fits(wanted: type, value: object) -> bool:
    """Whether a value from outside is of this type; a list is one of texts, and true is no number.

    A text is one that a database can hold: no NUL, no half of a surrogate pair (RFC 8259 section 8.2).
    """
    if wanted is tuple:
        return isinstance(value, list | tuple) and all(fits(str, item) for item in value)
    if isinstance(value, str):
        return wanted is str and "\x00" not in value and not re.search("[\ud800-\udfff]", value)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def _read(declared: Field[Any]) -> Quirk:
    """What a field of `Quirks` says; the words a text may be are those of its Literal."""
    said, is_text = declared.metadata, isinstance(declared.default, str)
    return Quirk(
        declared.name,
        int if said["span"] else type(declared.default),
        said["words"],
        get_args(declared.type) if is_text else (),
        said["span"],
        [validate for validate in said["validators"] if validate],
    )


QUIRKS: Final[dict[str, Quirk]] = {declared.name: _read(declared) for declared in fields(Quirks)}


def stated(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that say something about a quirk we know."""
    return {name: value for name, value in values.items() if name in QUIRKS and value not in EMPTY}


def problems_of(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with a row's own quirks, by name; {} when nothing is."""
    problems: dict[str, list[str]] = {}
    for name, value in values.items():
        try:
            if name not in QUIRKS:
                raise ValidationError("no such quirk")
            QUIRKS[name].check(value)
        except ValidationError as error:
            problems[name] = error.messages
    return problems


def overridden(quirks: Quirks, own: Mapping[str, Any]) -> Quirks:
    """The quirks of a profile with those a row states itself."""
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stated(own).items()
    }
    return replace(quirks, **said)


class QuirksField(models.JSONField):
    """The quirks a plan's row states itself, {name: value}: nothing else can be written, by whatever way.

    What an older release wrote about a quirk that is gone is not read any more.
    """

    def from_db_value(self, value: Any, *rest: Any) -> Any:
        """Read what is still known."""
        read = super().from_db_value(value, *rest)
        return stated(read) if isinstance(read, dict) else read

    def get_prep_value(self, value: Any) -> Any:
        """Refuse what is no quirk, or no value of one (ValueError)."""
        if isinstance(value, Mapping) and (problems := problems_of(value)):
            raise ValueError(f"quirks that cannot be stored: {problems}")
        return super().get_prep_value(value)

    def deconstruct(self) -> Any:
        """Be plain JSON to migrations: they must run when a quirk they moved is long gone."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
