"""The client id and its sealed secret move from each plan to a registration that plans of one host share."""

import ipaddress
import uuid
from typing import Any
from urllib.parse import SplitResult, urlsplit

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import apps.plans.registrations
from apps.vault.boxes import house_box

SECRETS = ("sealed_client_secret", "sealed_next_client_secret")
LABELS = {"1uphealth": "1upHealth"}
"""Hosts with one client for all payers."""
WRITTEN = ("fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer")
PORTS = {"http": 80, "https": 443}


def to_registrations(apps: Any, editor: Any) -> None:
    """One registration for each client and server; secrets are sealed anew, since a seal names its row."""
    plans, made = apps.get_model("plans", "Plan").objects, dict[tuple[Any, ...], Any]()
    for plan in plans.exclude(client_id="", sealed_client_secret=None).order_by("created_at", "pk"):
        texts = tuple(_opened(plan, column) for column in SECRETS)
        key = (server_of(plan), plan.client_id, texts)
        if key not in made:
            made[key] = _registration(apps, plan, plan.client_id, texts)
        row = made[key]
        row.origins = sorted({*row.origins, *allowed_origins(plan)})
        row.save(update_fields=["origins"])
        plans.filter(pk=plan.pk).update(registration=row)
    for change in apps.get_model("plans", "HeldChange").objects.select_related("plan"):
        _move_held(apps, change)
    _settle(editor)


def to_plans(apps: Any, editor: Any) -> None:
    """The way back: every plan gets the client id and the secrets of its registration."""
    # What the columns held before may be over by now: they were kept for processes of the release before.
    apps.get_model("plans", "Plan").objects.update(client_id="", **dict.fromkeys(SECRETS))
    for plan in apps.get_model("plans", "Plan").objects.exclude(registration=None).select_related("registration"):
        held = plan.registration
        plan.client_id = held.client_id
        for column in SECRETS:
            _seal(plan, column, _opened(held, column))
        plan.save(update_fields=["client_id", *SECRETS])
    apps.get_model("plans", "HeldChange").objects.filter(values__has_key="registration_id").delete()
    _settle(editor)


def _registration(apps: Any, plan: Any, client_id: str, texts: tuple[bytes | None, ...]) -> Any:
    server = server_of(plan)
    row = apps.get_model("plans", "Registration")(
        pk=uuid.uuid4(),
        name=LABELS.get(server, plan.name),
        server=server,
        client_id=client_id,
        environment="demo" if is_at_home(plan) else "production",
    )
    for column, text in zip(SECRETS, texts, strict=True):
        _seal(row, column, text)
    row.save(force_insert=True)
    return row


def _move_held(apps: Any, change: Any) -> None:
    """A client id that waits to change waits on, as the registration it would be."""
    if "client_id" not in change.values:
        return
    client_id, held = change.values.pop("client_id"), change.plan.registration
    change.before.pop("client_id", None)
    texts = tuple(_opened(held, column) if held else None for column in SECRETS)
    row = _registration(apps, change.plan, client_id, texts)
    row.origins = sorted(allowed_origins(change.plan))  # its secret goes nowhere else unseen
    row.save(update_fields=["origins"])
    change.values["registration_id"] = str(row.pk)
    change.before["registration_id"] = str(held.pk) if held else None
    change.save()


def server_of(plan: Any) -> str:
    """The host's profile, or the origin of the authorization server."""
    if plan.profile in LABELS:
        return str(plan.profile)
    token_url = _by_system_id(plan).get("token_url", "")
    parts = _parts(plan.token_url or plan.authorize_url or token_url or plan.issuer or plan.fhir_base_url)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else "no origin"


def allowed_origins(plan: Any) -> set[str]:
    """Where its secret could go until now."""
    urls = [getattr(plan, name) for name in WRITTEN]
    urls += [*_by_system_id(plan).values(), *plan.confirmed_origins]
    return {origin for url in urls if (origin := _origin(url))}


def is_at_home(plan: Any) -> bool:
    """Whether it is on this very machine."""
    return all(_is_loopback(_parts(origin).hostname or "") for origin in allowed_origins(plan))


def _by_system_id(plan: Any) -> dict[str, str]:
    parts = _parts(plan.fhir_base_url)
    if not plan.system_id or not parts.netloc.startswith("api."):
        return {}
    root = f"{parts.scheme}://auth.{parts.netloc.removeprefix('api.')}/oauth2"
    return {"authorize_url": f"{root}/authorize/{plan.system_id}", "token_url": f"{root}/token"}


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    return f"{scheme}://{host}:{PORTS[scheme] if port is None else port}" if scheme in PORTS and host else ""


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.rstrip(".")).is_loopback
    except ValueError:
        return host.rstrip(".") == "localhost"


def _opened(row: Any, column: str) -> bytes | None:
    return house_box().open(row, column) if getattr(row, column) else None


def _seal(row: Any, column: str, text: bytes | None) -> None:
    setattr(row, column, house_box().seal(row, column, text) if text else None)


def _settle(editor: Any) -> None:
    """PostgreSQL alters no table of which a foreign key is still to be checked."""
    if editor.connection.vendor == "postgresql":
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0005_missing_plans"),
        ("vault", "0002_keys_are_renewed_by_age"),
    ]

    operations = [
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='The host or the server, e.g. "1upHealth".', max_length=200)),
                ('server', models.CharField(blank=True, help_text='The origin of its authorization server, or the profile of a host with one client for all payers; load_plans finds it by this and the client id.', max_length=500)),
                ('environment', models.CharField(choices=[('demo', 'Demo (invented people)'), ('sandbox', 'Sandbox (invented people)'), ('production', 'Production (members)')], default='production', help_text="Evidence is only gathered where there is nobody's data.", max_length=20)),
                ('asker', models.CharField(blank=True, choices=apps.plans.registrations.askers, help_text='Whose form the packet follows; empty: as the profile says.', max_length=40)),
                ('client_id', models.CharField(blank=True, max_length=255, verbose_name='client id')),
                ('sealed_client_secret', models.BinaryField(blank=True, null=True)),
                ('sealed_next_client_secret', models.BinaryField(blank=True, null=True)),
                ('next_secret_taken_by', models.JSONField(blank=True, default=list, editable=False)),
                ('origins', models.JSONField(blank=True, default=list, editable=False)),
                ('contacts', models.JSONField(blank=True, default=list, help_text='E-mail addresses of theirs that this is settled with.')),
                ('notes', models.TextField(blank=True, help_text='For operators.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['name', 'environment'],
                'constraints': [models.CheckConstraint(condition=models.Q(('environment__in', ['demo', 'sandbox', 'production'])), name='plans_registration_environment_known')],
            },
        ),
        migrations.AddField(
            model_name='plan',
            name='registration',
            field=models.ForeignKey(blank=True, help_text='Whose client we are there; payers behind one host share one.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='plans.registration'),
        ),
        migrations.CreateModel(
            name='RegistrationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('sandbox_requested', 'Sandbox requested'), ('demonstrated', 'Demonstrated'), ('submitted', 'Submitted'), ('approved', 'Approved'), ('listed', 'Listed'), ('refused', 'Refused')], max_length=20)),
                ('on', models.DateField(default=django.utils.timezone.localdate)),
                ('note', models.TextField(blank=True, help_text='Who said what; a ticket; what is asked next.')),
                ('registration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='plans.registration')),
            ],
            options={
                'verbose_name': 'step',
                'ordering': ['on', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'sandbox_requested', 'demonstrated', 'submitted', 'approved', 'listed', 'refused'])), name='plans_step_state_known')],
            },
        ),
        migrations.RunPython(to_registrations, to_plans),
        # Processes of the release before read these columns until the last of them is stopped: they stay in the
        # database, and the release after the next may drop them.
        migrations.AlterField(
            model_name='plan',
            name='client_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='client id'),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name='plan', name=name)
                for name in ('client_id', 'sealed_client_secret', 'sealed_next_client_secret')
            ]
        ),
    ]
