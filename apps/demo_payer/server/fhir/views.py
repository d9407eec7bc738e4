"""The two interactions of this API: read and search."""

from collections.abc import Callable
from functools import wraps

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.demo_payer.personalities import Personality
from apps.demo_payer.server.addresses import fhir_base, playing
from apps.demo_payer.server.fhir import access, bundles, files, parameters
from apps.demo_payer.server.fhir.includes import included
from apps.demo_payer.server.fhir.late import late
from apps.demo_payer.server.fhir.outcomes import (
    CONTENT_TYPE,
    Absent,
    Malformed,
    OtherMethod,
    OutOfScope,
    Refused,
    Unsupported,
)
from apps.demo_payer.server.models import Load, Resource, Token

FILE = "Binary"
View = Callable[..., HttpResponse]


def fhir(view: View) -> View:
    """Answer refusals as OperationOutcome; nothing but reading, never cached."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, **route: str) -> HttpResponse:
        try:
            if request.method not in {"GET", "HEAD"}:
                raise OtherMethod("This server only reads: use GET.")
            response = view(request, **route)
        except Refused as refused:
            response = refused.response()
        response["Cache-Control"] = "no-store"
        return response

    return wrapped


@fhir
def read(request: HttpRequest, type_: str, fhir_id: str) -> HttpResponse:
    """Answer one resource, exactly as it came."""
    token = access.token_of(request)
    personality = playing(request)
    _served(type_, personality)
    access.demand(token, type_, "r")
    row = access.visible(token, type_).filter(fhir_id=fhir_id).first()
    held_up = late(token, personality, type_, access.patients(token), is_new=False)
    if row is None or (row.pk in held_up.ids and not held_up.status):
        raise Absent(f"There is no {type_} with this id for this access token.")
    if type_ == FILE:
        return files.given(row, request.headers.get("Accept", "*/*"))
    return HttpResponse(bytes(held_up.as_it_stands(row).body), content_type=CONTENT_TYPE)


@fhir
def search(request: HttpRequest, type_: str) -> HttpResponse:
    """Answer one page of a searchset Bundle."""
    token = access.token_of(request)
    personality = playing(request)
    _served(type_, personality)
    access.demand(token, type_, "s")
    if type_ == FILE:
        raise Unsupported("A file is read by its address; there is no search for it.")
    _accepted(request, type_, personality)
    return HttpResponse(_searchset(request, token, type_), content_type=CONTENT_TYPE)


def _searchset(request: HttpRequest, token: Token, type_: str) -> bytes:
    """Return the JSON of the page; what came late is found whenever it is said to have changed."""
    personality, patients = playing(request), access.patients(token)
    asked = _asked(request, type_, patients)
    held_up, condition = late(token, personality, type_, patients, is_new=not asked.cursor), asked.condition
    if held_up.ids:
        at_any_time = _asked(request, type_, patients, but="_lastUpdated")
        condition = held_up.condition(condition, at_any_time.condition)
    rows = access.visible(token, type_).filter(condition)
    matches, more = _page(rows, asked)
    return bundles.searchset(
        base=fhir_base(request),
        type_=type_,
        search=asked,
        total=rows.count(),
        matches=[held_up.as_it_stands(match) for match in matches],
        others=included(matches, asked.includes, asked.iterated, token),
        cursor=_cursor(matches[-1].pk) if more else "",
        back=_back(rows, asked, personality.back_link),
    )


def _asked(request: HttpRequest, type_: str, patients: list[str], *, but: str = "") -> parameters.Search:
    personality = playing(request)
    pairs = [(name, value) for name, values in request.GET.lists() if name != but for value in values]
    return parameters.read(
        type_,
        pairs,
        patients=patients,
        default_count=personality.default_count,
        most_count=personality.most_count,
    )


def _page(rows: QuerySet[Resource], asked: parameters.Search) -> tuple[list[Resource], bool]:
    """Return the rows of the page that is asked for, and whether more come after it."""
    if not asked.count:
        return [], False
    page = list(rows.filter(pk__gt=_after(asked.cursor)).order_by("pk")[: asked.count + 1])
    return page[: asked.count], len(page) > asked.count


def _back(rows: QuerySet[Resource], asked: parameters.Search, name: str) -> tuple[str, str] | None:
    """Return the link to the page before, if this payer gives one and there is such a page."""
    if not name or not asked.cursor:
        return None
    before = rows.filter(pk__lte=_after(asked.cursor)).order_by("-pk").values_list("pk", flat=True)
    earlier = list(before[: asked.count + 1])
    return name, _cursor(earlier[-1]) if len(earlier) > asked.count else ""


def _served(type_: str, personality: Personality) -> None:
    if type_ not in parameters.served_types(personality):
        raise Unsupported(f"This server holds no {type_}.")


def _accepted(request: HttpRequest, type_: str, personality: Personality) -> None:
    """Raise where this payer refuses such a search, though it serves the type."""
    if type_ in personality.refused_types:
        raise OutOfScope(f"This server does not give {type_} to apps.")
    needed = personality.needs.get(type_)
    if needed and (needed not in request.GET or "," in request.GET[needed]):
        raise Malformed(f"A search for {type_} must include one {needed}.")


def _cursor(last: int) -> str:
    """Return where the next page starts: opaque, signed, and good only for the data loaded now."""
    return signing.dumps([_loaded(), last], salt="cursor")


def _after(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        loaded, last = signing.loads(cursor, salt="cursor")
    except signing.BadSignature as error:
        raise Malformed("This page address is not one this server gave out.") from error
    if loaded != _loaded():
        raise Malformed("The records were reloaded since this page address was given out: search again.")
    return int(last)


def _loaded() -> int:
    return Load.objects.values_list("pk", flat=True).first() or 0
