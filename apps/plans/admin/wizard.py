"""The first page on the way to a new plan: paste an address, see what it announces and which profile is
nearest, go on to the form."""

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.audit import trail
from apps.outbound.addresses import AddressUnusable, check_address, check_port, host_of, origin_of
from apps.outbound.errors import AddressRefused
from apps.plans.choices import Status
from apps.plans.models import Plan
from apps.plans.origins import shown_origin
from apps.plans.plan_check import against_discovery, announced
from apps.plans.plan_inquiry import SMART, STATEMENT, Asked, Question, ask_plan
from apps.plans.profiles import PROFILES, STANDARD, Profile, profile_named
from apps.plans.reading import Published, Unreadable, json_object, read_configuration, read_statement
from apps.plans.scopes import scopes_to_ask

DOCUMENTS: Final = (
    "/.well-known/smart-configuration", "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server", "/metadata",
)  # fmt: skip
NAME: Final = "new-plan"
"""What log lines call a plan that has no slug yet."""
NO_BASE: Final = (
    "the document does not say where the FHIR base is: ask the plan, for the row needs it; it often ends in "
    "/fhir or /r4"
)
DOUBT: Final = (
    "nothing that a FHIR base publishes was found at this address, only what a sign-in server does: "
    "ask the plan for its base, which often ends in /fhir or /r4"
)


class BeginForm(forms.Form):
    """What somebody sent: an address (the FHIR base, or one of its documents), a document, or both."""

    address = forms.URLField(
        label="Base address, or that of a discovery document", max_length=500, assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 70}), required=False,
    )  # fmt: skip
    document = forms.FileField(
        label="Or such a document as a file, at most 3 MB: it is read, and nobody is asked", required=False
    )

    def clean(self) -> dict[str, Any]:
        """One of them is there."""
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError("Give an address, or a document.")
        return self.cleaned_data


@dataclass(frozen=True)
class FirstLook:
    """What is shown: `announced` and `notes` in lines, and where the server differs from the profile."""

    base: str
    announced: list[str]
    notes: list[str]
    profile: str
    why: str
    differs: list[str] = field(default_factory=list)

    @property
    def named(self) -> Profile:
        """The profile with its label and source."""
        return profile_named(self.profile)


def base_of(address: str) -> str:
    """The FHIR base of an address that may be one of its documents."""
    address = address.strip().partition("?")[0]
    ends = next((ending for ending in DOCUMENTS if address.rstrip("/").endswith(ending)), "")
    return address.rstrip("/").removesuffix(ends) if ends else address


def look_at(address: str) -> FirstLook:
    """Ask the server and compare; nothing is kept. Raises AddressUnusable. Speaks to the network."""
    base = base_of(address)
    check_address(base)
    try:
        check_port(base, origins=())  # nobody answers for it yet: no port but that of https
    except AddressRefused as error:
        raise AddressUnusable(f"{error}{error.way_on}") from error
    asked = ask_plan(Question(NAME, base, "", frozenset({origin_of(base)})))
    published = _together(asked)
    own = {SMART, STATEMENT} & {source for source, _published in asked.documents}
    return _first_look(
        base, published, asked.problems if own or not asked.documents else [*asked.problems, DOUBT]
    )


def read(body: bytes, address: str) -> FirstLook:
    """Compare what a document says; nobody is asked. Raises Unreadable, and AddressUnusable."""
    base = base_of(address)
    if base:
        check_address(base)
    if "resourceType" not in json_object(body):
        return _first_look(base, read_configuration(body, base=base), [])
    statement = read_statement(body, base=base)
    return _first_look(base or _usable(statement.base), statement.oauth, [])


def _usable(base: str) -> str:
    """The base that a statement names, where it could be called: some name a product there, or a machine."""
    try:
        check_address(base)
    except AddressUnusable:
        return ""
    return base


def _first_look(base: str, published: Published, notes: list[str]) -> FirstLook:
    profile, why = _nearest(base, published)
    notes = notes if base else [*notes, NO_BASE]
    return FirstLook(base, _announced(published), notes, profile, why, _differences(base, profile, published))


def _together(asked: Asked) -> Published:
    """All documents as one, the best source of each value first."""
    names = [column.name for column in dataclasses.fields(Published)]
    return Published(**{name: value for name in names if (value := asked.first(name))})


def _announced(published: Published) -> list[str]:
    """Each value that was published, a line each."""
    values = dataclasses.asdict(published).items()
    shown = [(name, " ".join(value) if isinstance(value, tuple) else value) for name, value in values]
    return [f"{name}: {'yes' if value is True else value}" for name, value in shown if value]


def _nearest(base: str, published: Published) -> tuple[str, str]:
    """The profile of plans at the same server, else of those that its addresses name, else the standard one,
    unless less of what is announced contradicts another and no less agrees with it."""
    neighbours = Plan.objects.filter(fhir_base_url__startswith=f"{shown_origin(base)}/")
    profiles_nearby = Counter(neighbours.values_list("profile", flat=True) if base else ())
    if profiles_nearby:
        return profiles_nearby.most_common(1)[0][0], "plans at the same server have it"
    fits = {name: _fit(name, published) for name in PROFILES}
    if named := _named(base, published):
        return min(named, key=lambda name: fits[name].against), "its address names that payer"
    if not any(fits[STANDARD]):
        return STANDARD, "none fits: nothing is announced that tells profiles apart, so begin with this one"
    nearer = [
        name for name, fit in fits.items()
        if fit.against < fits[STANDARD].against and fit.agree >= fits[STANDARD].agree
    ]  # fmt: skip
    if nearer:
        best = min(nearer, key=lambda name: (fits[name].against, -fits[name].agree))
        return best, "what is announced disagrees with it least; a profile of that payer's own goes before"
    if fits[STANDARD].against:
        return STANDARD, "none fits in all, and this one is nearest: what disagrees stands below"
    return STANDARD, "what is announced agrees with it; a profile of that payer's own goes before"


class _Fit(NamedTuple):
    """How many announcements agree with a profile, and how many are against it; what is absent is neither."""

    agree: int
    against: int


def _fit(name: str, published: Published) -> _Fit:
    quirks = PROFILES[name].quirks
    agreements = [agrees for agrees, _line in announced(quirks, published)]
    agreements += [scope in published.scopes for scope in scopes_to_ask(quirks) if published.scopes]
    return _Fit(sum(agreements), len(agreements) - sum(agreements))


def _named(base: str, published: Published) -> list[str]:
    """The payers' profiles of whom the addresses speak."""
    urls = filter(None, (base, published.token_url, published.authorize_url, published.issuer))
    hosts = " ".join(map(host_of, urls)).replace(".", "")
    payers = [name for name in PROFILES if name != STANDARD]
    return [name for name in payers if name.partition("-v")[0].replace("-", "") in hosts]


def _differences(base: str, profile: str, published: Published) -> list[str]:
    quirks = Plan(fhir_base_url=base, profile=profile).quirks
    unknown = [scope for scope in scopes_to_ask(quirks) if scope not in published.scopes]
    lines = against_discovery(quirks, published)
    if published.scopes and unknown:
        lines.append(f"scopes it does not announce: {' '.join(unknown)}")
    return lines


def begin(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the form; read a document, or ask the server of an address, and keep nothing."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    form = BeginForm(request.POST, request.FILES) if request.method == "POST" else BeginForm()
    seen: FirstLook | None = None
    if form.is_valid():
        document, address = form.cleaned_data["document"], form.cleaned_data["address"]
        if not document and (way := model_admin.way_to_prove(request)):
            return redirect(way)
        try:
            seen = read(document.read(), address) if document else _look(request, address)
        except AddressUnusable as error:
            form.add_error("address", error.sentence)
        except Unreadable as error:
            form.add_error("document", f"This {error}.")
    shown = {"form": form, "seen": seen, "go_on": _filled_in(seen) if seen else ""}
    return cast("HttpResponse", model_admin.page(request, "begin", title="A new plan", **shown))


def _look(request: HttpRequest, address: str) -> FirstLook:
    """Ask the server, and note in the audit who asked whom; raise AddressUnusable."""
    check_address(address)  # before it is noted: of what is no address, no origin can be told
    asked = {"origin": (None, shown_origin(address))}
    trail.record(action="asked a new address", actor=trail.member(request.user), changes=asked)
    return look_at(address)


def _filled_in(seen: FirstLook) -> str:
    """Django's form for a new row, with what is known in it."""
    initial = {"fhir_base_url": seen.base, "profile": seen.profile, "status": Status.UNCONFIRMED.value}
    return f"{reverse('admin:plans_plan_add')}?{urlencode(initial)}"
