"""Plans at which we are somebody: a registration in one call."""

from apps.plans.models import Plan
from apps.plans.origins import allowed_origins
from apps.plans.registrations import Registration
from apps.plans.secrets import client_secret, seal_client_secret


def registered(client_id: str = "plainclaim", secret: str = "") -> Registration:
    """Return a stored registration of this client, with a secret where one is given."""
    row = Registration(name="A server", client_id=client_id)
    seal_client_secret(row, secret)
    row.save()
    return row


def give_secret(plan: Plan, text: str) -> None:
    """Store the secret that our client has at the plan; "" for none."""
    if plan.registration is None:
        plan.registration = registered()
    plan.registration.origins = sorted({*plan.registration.origins, *allowed_origins(plan)})
    seal_client_secret(plan.registration, text)
    plan.registration.save()


def secret_of(plan: Plan) -> str | None:
    """Return the stored secret, as it is now."""
    return client_secret(plan.registration and Registration.objects.get(pk=plan.registration.pk))
