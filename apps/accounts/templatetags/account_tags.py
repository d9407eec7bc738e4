"""What pages about signing in need to know."""

from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.accounts import authenticator_app, curtain, passkeys, policies, session_lives, ways
from apps.accounts.models import Member

register = template.Library()


@register.simple_tag(takes_context=True)
def passkeys_possible(context: Any) -> bool:
    """Whether browsers make passkeys for this site."""
    return passkeys.are_possible(context["request"])


@register.simple_tag(takes_context=True)
def kept_and_locked(context: Any) -> bool:
    """Whether somebody is kept signed in with this browser, and has to use the passkey."""
    return session_lives.is_kept_locked(context["request"].session)


@register.simple_tag
def second_steps(member: Any) -> dict[str, bool]:
    """What a password or a plan is followed by: a passkey, a code of an app, or both to choose from."""
    return {"passkey": bool(ways.passkeys(member)), "app": authenticator_app.of(member) is not None}


@register.simple_tag
def kept_days() -> int:
    """For how many days a device can be kept signed in."""
    return round(settings.SESSION_KEPT_DAYS)


@register.simple_tag(takes_context=True)
def session_state(context: Any) -> dict[str, Any]:
    """Whose session the page is of, and how many seconds it lasts, for the script that warns."""
    return curtain.state_of(context["request"])


@register.simple_tag
def input_of(field: BoundField, help_text: str = "") -> SafeString:
    """Return the input of *field*, described by what helps with it; the first refused one takes the focus.

    *help_text* is what the page says in place of the field's own.
    """
    attrs: dict[str, Any] = {}
    if next(iter(field.form.errors), "") == field.name:
        attrs["autofocus"] = True
    if help_text:
        parts = ["helptext", "error"] if field.errors else ["helptext"]
        attrs["aria-describedby"] = " ".join(f"{field.id_for_label}_{part}" for part in parts)
    return field.as_widget(attrs=attrs)


@register.simple_tag(takes_context=True)
def next_visit(context: Any) -> str:
    """What to offer to who can only come back by a plan: "passkey" where browsers make them, else "email"."""
    member = context["request"].user
    if not member.is_authenticated or ways.has_password(member) or ways.passkeys(member):
        return ""
    return "passkey" if passkeys.are_possible(context["request"]) else "" if member.email else "email"


@register.inclusion_tag("accounts/_policies_news.html", takes_context=True)
def policies_news(context: Any) -> dict[str, Any]:
    """Tell a member of new policies; nothing where there are none, or on the page that tells all of it."""
    request = context.get("request")
    member = getattr(request, "user", None)
    here = getattr(getattr(request, "resolver_match", None), "view_name", "")
    if not isinstance(member, Member) or here == "accounts:policies":
        return {}
    return {"news": policies.news_for(member, now=timezone.now())}
