"""Connections and attempts to connect for operators: which plan, what state. Never whose, never a token."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from apps.accounts.models import Member
from apps.connections import acts, attempts, client_keys
from apps.connections.models import Attempt, ClientKey, Connection, Revocation
from apps.plans.models import Plan
from apps.plans.querysets import REGISTERED
from apps.plans.registrations import Registration
from config.read_only import ReadOnly

DAYS: Final = (1, 7, 30, 90, 365)
USUAL_DAYS: Final = 30


class PlanFilter(admin.RelatedFieldListFilter):
    """Django's filter by a related row, of the plans in use alone; it goes by the same parameter."""

    template = "admin/plan_filter.html"
    others: tuple[tuple[str, str], ...] = ()
    """What else the list is narrowed by, which the form hands on."""

    def field_choices(self, field: Any, request: Any, model_admin: Any) -> Any:
        """Plans that we are registered with, or that somebody is or was connected to."""
        in_use = REGISTERED | Q(pk__in=Connection.objects.order_by().values("plan"))
        ordering = self.field_admin_ordering(field, request, model_admin)
        choices = field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=in_use)
        return [(key, str(name)) for key, name in choices]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """All rows where "All plans" was chosen, which a form sends as an empty value."""
        return queryset if list(self.lookup_val or ()) == [""] else super().queryset(request, queryset)

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Each plan as an option of the field."""
        ours = self.expected_parameters()
        self.others = tuple(pair for pair in changelist.params.items() if pair[0] not in ours)
        for key, name in self.lookup_choices:
            yield {
                "selected": str(key) in (self.lookup_val or ()),
                "query_string": str(key),
                "display": name,
            }


@admin.register(Connection)
class ConnectionAdmin(ReadOnly, admin.ModelAdmin[Connection]):
    """Read only: members connect and disconnect; deleting without revoking would leave a live permission."""

    view_on_site = False  # the page is the member's alone

    list_display = ("plan", "status", "connected_at", "access_expires_at", "attempt")
    list_filter = ("status", ("plan", PlanFilter))
    list_select_related = ("plan", "attempt")
    search_fields = ("=id", "attempt__reference", "plan__name")
    search_help_text = "The whole id, a plan, or an attempt: what stands in brackets at the end of log lines."
    ordering = ("-connected_at",)
    fields = (
        "id",
        "plan",
        "status",
        "connected_at",
        "access_expires_at",
        "tokens_version",
        "refresh_lease_until",
        "attempt",
    )
    actions = None


@admin.register(Revocation)
class RevocationAdmin(ReadOnly, admin.ModelAdmin[Revocation]):
    """Which plans still have to forget a permission, and why they have not. Never whose.

    Read only: deleting one would leave a live permission at the plan, and a receipt without an answer.
    """

    list_display = (
        "plan", "state", "proof", "attempts", "next_try_at", "problem", "created_at",
    )  # fmt: skip
    list_filter = ("state", "proof", "problem", ("plan", PlanFilter))
    list_select_related = ("plan",)
    search_fields = ("plan__name",)
    search_help_text = "A plan."
    ordering = ("-created_at",)
    fields = ("id", *list_display, "ended_at", "access_ends_at")
    actions = ("ask_again_now",)

    @admin.action(description="Ask the plan again now", permissions=["ask_again"])
    def ask_again_now(self, request: HttpRequest, queryset: QuerySet[Revocation]) -> None:
        """Make the chosen ones due; what is over has no token left to ask with. Written to the admin log."""
        waiting = list(queryset.filter(state=Revocation.State.WAITING))
        Revocation.objects.filter(pk__in=[row.pk for row in waiting], state=Revocation.State.WAITING).update(
            next_try_at=timezone.now()
        )
        for row in waiting:
            self.log_change(request, row, "Asked the plan again now.")
        left = queryset.count() - len(waiting)
        messages.info(request, f"{len(waiting)} are asked again now; {left} are over.")

    def has_ask_again_permission(self, request: HttpRequest) -> bool:
        """Whoever may change revocations, though nothing of one is edited: looking on sends nothing out."""
        return request.user.has_perm("connections.change_revocation")


@admin.register(ClientKey)
class ClientKeyAdmin(ReadOnly, admin.ModelAdmin[ClientKey]):
    """Our signing keys by name and date. Neither half is shown; the public one is in /app/jwks.json.

    Read only: a key that is gone at once locks us out of every plan that still has it in a cache.
    """

    guarded_actions = frozenset({"rotate"})
    list_display = ("kid", "alg", "created_at", "sign_from", "publish_until")
    list_filter = ("alg",)
    ordering = ("-sign_from",)
    fields = list_display
    actions = ("rotate",)

    @admin.action(description="Publish a successor that signs from tomorrow on", permissions=["rotate"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ClientKey]) -> None:
        """One new key per algorithm of the chosen ones."""
        for alg in sorted(set(queryset.values_list("alg", flat=True))):
            key = client_keys.rotate(alg=alg, now=timezone.now())
            self.log_addition(request, key, "Published as a successor.")
            self.message_user(request, f"{alg}: {key.kid} signs from {key.sign_from:%Y-%m-%d %H:%M} UTC on.")

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """Whoever may change keys may have them replaced."""
        return request.user.has_perm("connections.change_clientkey")


class FailureFilter(admin.AllValuesFieldListFilter):
    """By why they ended, as the desk says it."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The kinds of failure that there were, in words."""
        for choice in super().choices(changelist):
            yield {**choice, "display": attempts.in_words(str(choice["display"]))}


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin[Attempt]):
    """Read only, and without a word about who tried: there is none in the table."""

    list_display = ("reference", "started_at", "plan", "stage", "ended_by", "fault", "purpose")
    list_filter = (
        "started_at", "stage", "fault", ("failure", FailureFilter), "purpose", ("plan", PlanFilter),
    )  # fmt: skip
    list_select_related = ("plan",)
    search_fields = ("reference",)
    search_help_text = (
        "The number the member was told, e.g. 7KQM-2XWR; with or without the dash. One that begins with E is "
        "of a page that broke here: the log has it."
    )
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    fields = (
        "reference", "plan", "purpose", "stage", "ended_by", "fault", "detail", "started_at", "ended_at",
        "updates", "reply",
    )  # fmt: skip
    actions = None
    change_list_template = "admin/connections/attempt/change_list.html"

    @admin.display(description="failure", ordering="failure")
    def ended_by(self, attempt: Attempt) -> str:
        """Why it ended, as the desk says it."""
        return attempts.in_words(attempt.failure)

    @admin.display(description="updates")
    def updates(self, attempt: Attempt) -> str:
        """The way to the updates of the connection that came of it."""
        if attempt.stage not in (Attempt.Stage.CONNECTED, Attempt.Stage.FIRST_CLAIM):
            return "none: no connection came of it"
        runs = reverse("admin:sync_syncrun_changelist")
        return format_html('<a href="{}?q={}">Updates of this connection</a>', runs, attempt.reference)

    @admin.display(description="reply to copy")
    def reply(self, attempt: Attempt) -> str:
        """What its page said, as an answer to whoever told the number."""
        return attempts.reply(attempt)

    def get_urls(self) -> list[URLPattern]:
        """Add the funnel beside the list."""
        page = path("funnel/", self.admin_site.admin_view(self.funnel), name="connections_attempt_funnel")
        return [page, *super().get_urls()]

    def funnel(self, request: HttpRequest) -> HttpResponseBase:
        """How far the attempts of the last days came, per plan."""
        if not self.has_view_permission(request):
            return self.admin_site.login(request)
        days = _one_of(request.GET.get("days", ""), DAYS) or USUAL_DAYS
        purpose = _one_of(request.GET.get("purpose", ""), Attempt.Purpose.values) or ""
        funnels = attempts.funnels(since=timezone.now() - timedelta(days=days), purpose=purpose)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": "How far attempts to connect came",
            "funnels": funnels,
            "together": attempts.together(funnels),
            "failed": sum(funnel.failed for funnel in funnels),
            "stages": [stage.label for stage in Attempt.Stage],
            "days": days,
            "purpose": purpose,
            "all_days": DAYS,
            "purposes": Attempt.Purpose.choices,
        }
        return TemplateResponse(request, "admin/connections/attempt/funnel.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list; the number of one attempt leads to its page, where cause and reply stand."""
        attempt = Attempt.objects.filter(reference=_reference(request.GET.get("q", ""))).first()
        if attempt and self.has_view_permission(request, attempt):
            return redirect("admin:connections_attempt_change", attempt.pk)
        return super().changelist_view(request, extra_context)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Take the number as people say it."""
        return super().get_search_results(request, queryset, _reference(search_term))


def _reference(text: str) -> str:
    """The number of an attempt as it is kept, typed in any case, with blanks or a dash or neither."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return f"{letters[:4]}-{letters[4:]}" if len(letters) == 8 else text


def _one_of(text: str, choices: Any) -> Any:
    """The known value that is written like the text, else None."""
    return next((value for value in choices if str(value) == text), None)


def _button(name: str, act: acts.Act) -> Any:
    """The action of the admin for one act: a page that says what it would do, then the act, with a reason."""

    @admin.action(  # type: ignore[call-overload,untyped-decorator,unused-ignore]
        description=act.title,
        permissions=["change"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def press(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
        row = queryset.first()
        if row is None or queryset.count() != 1 or not model_admin.has_change_permission(request, row):
            model_admin.message_user(request, "Choose one, which you may change.", messages.ERROR)
            return None
        reason, text = request.POST.get("reason", ""), request.POST.get("text", "")
        seen, decision = request.POST.get("seen", ""), request.POST.get("decision")
        order = acts.Given(reason, request.user, timezone.now(), text, seen)
        context: dict[str, Any] = {"name": name, "act": act, "row": row, "reason": reason, "text": text}
        context |= {"is_look": decision == "look", "seen": act.undoes(row)}
        try:
            if decision or act.is_secret or not act.asks:
                context["lines"] = acts.look(act, row, order)
            if decision == "do":
                receipt = acts.do(act, row, order)
                model_admin.has_noted(request, row)
                for line in receipt:
                    model_admin.message_user(request, line)
                return None
        except acts.ActRefused as error:
            context["refusal"] = error.sentence
        return TemplateResponse(
            request,
            "admin/connections/act.html",
            {
                **admin.site.each_context(request),
                **context,
                "title": act.title,
                "opts": model_admin.opts,
                "back": reverse(admin_urlname(model_admin.opts, "changelist")),  # type: ignore[arg-type]
            },
        )

    press.__name__ = name
    return press


for model in (Plan, Registration, Member):
    theirs = admin.site.get_model_admin(model)
    buttons = [_button(name, act) for name, act in acts.ACTS.items() if act.model is model]
    theirs.actions = [*(theirs.actions or ()), *buttons]
