"""The roles of operators: groups that every `migrate` makes, with the permissions written here (S-02)."""

from typing import Any, Final

from django.apps import apps as every_app

LOOKING: Final = (
    "connections.view_attempt", "connections.view_connection", "connections.view_revocation",
    "plans.view_plan", "plans.view_registration", "plans.view_registrationstep",
    "sync.view_planpace", "sync.view_refresh", "sync.view_syncrun", "sync.view_syncstep",
)  # fmt: skip
ROLES: Final[dict[str, tuple[str, ...]]] = {
    "support": (*LOOKING, "accounts.view_member"),
    "plans": (
        *LOOKING, "plans.add_plan", "plans.change_plan", "plans.add_registration",
        "plans.change_registration",
        "plans.add_registrationstep", "plans.change_registrationstep", "claims.view_notunderstood",
        "connections.view_clientkey", "listing.view_applisting", "listing.change_applisting",
        "listing.view_signedanswer", "listing.add_signedanswer", "listing.view_gatheredevidence",
        "listing.view_accesseddata", "listing.add_accesseddata", "listing.change_accesseddata",
        "listing.delete_accesseddata", "listing.view_logo", "listing.add_logo", "listing.change_logo",
        "listing.view_transfercount", "appeals.view_checkedrule",
        "appeals.add_checkedrule", "appeals.change_checkedrule",
    ),
    "security": (
        *LOOKING, "accounts.view_member", "accounts.change_member", "audit.view_auditentry",
        "connections.view_clientkey", "connections.change_clientkey", "connections.change_revocation",
    ),
    "auditor": (
        *LOOKING, "accounts.view_member", "audit.view_auditentry", "connections.view_clientkey",
        "claims.view_notunderstood", "listing.view_applisting", "listing.view_accesseddata",
        "listing.view_logo", "listing.view_transfercount", "appeals.view_checkedrule",
    ),
}  # fmt: skip
"""What each may do. Making operators, giving roles and deleting plans is left to superusers."""


def make_groups(*, using: str, apps: Any = every_app, **_: Any) -> None:
    """Make the groups, or set them right again; sent by Django after the permissions were made."""
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    known = {
        f"{label}.{codename}": pk
        for pk, label, codename in permission.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name, permissions in ROLES.items():
        role, _is_new = group.objects.using(using).get_or_create(name=name)
        role.permissions.set([known[each] for each in permissions])
