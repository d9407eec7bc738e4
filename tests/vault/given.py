"""Sealed rows of a member and of the house to start a test from, and what they hold."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models

from apps.accounts.models import Member
from apps.accounts.passkeys import PURPOSE
from apps.connections.models import ClientKey, Revocation
from apps.connections.tokens import Tokens
from apps.plans.registrations import Registration
from apps.records.models import Record
from apps.vault.boxes import box_for, house_box
from apps.vault.models import DataKey
from apps.vault.sealed_bytes import number_of
from tests.claims.given import NOW, a_connection
from tests.registered import give_secret

TOKENS = Tokens(access_token="an-access-token", refresh_token="a-refresh-token").to_bytes()
CLIENT_SECRET = "a secret of ours at the plan"
SEED = "a seed of recovery codes"


def resources(member: Member, count: int) -> list[Record]:
    """Return as many stored records of the member, each holding what `body_of` says."""
    connection = a_connection(member)
    box = box_for(member)
    connection.sealed_tokens = box.seal(connection, "sealed_tokens", TOKENS)
    connection.save()
    rows = []
    for number in range(count):
        row = Record(
            member=member,
            connection=connection,
            fhir_type="Coverage",
            source_key=number.to_bytes(4),
            digest=b"",
            first_stored_at=NOW,
            stored_at=NOW,
        )
        row.sealed_body = box.seal(row, "sealed_body", body_of(row, 0))
        rows.append(row)
    return Record.objects.bulk_create(rows)


def body_of(row: Record, version: int) -> bytes:
    """Return what a record holds in its n-th version."""
    return f"{row.pk} {version}".encode()


def of_the_house(member: Member) -> None:
    """Store one of everything that the house seals."""
    plan = a_connection(member).plan
    give_secret(plan, CLIENT_SECRET)
    plan.save()
    key = ClientKey(kid="k", alg="RS384", public_jwk={}, created_at=NOW, sign_from=NOW)
    key.sealed_private_jwk = house_box().seal(key, "sealed_private_jwk", b"{}")
    key.save()
    asked = Revocation(plan=plan, created_at=NOW, next_try_at=NOW)
    asked.sealed_tokens = house_box().seal(asked, "sealed_tokens", b"[false, []]")
    asked.save()
    seed = house_box().seal_text(PURPOSE, SEED)
    codes = [house_box().seal_text(PURPOSE, code) for code in ("1111", "2222")]
    texts = {"seed": seed, "migrated_codes": codes, "used_mask": 5}
    Authenticator.objects.create(user=member, type="recovery_codes", data=texts)


def opened(model: type[models.Model], column: str, box: Any) -> list[bytes]:
    """Return what the column of every row holds."""
    return [box.open(row, column) for row in model._base_manager.all() if getattr(row, column)]


def numbers(member: Member | None = None) -> set[int | None]:
    """Return the numbers of the data keys in use for records of a member, or for secrets of the house."""
    if member is not None:
        held = Record.objects.filter(member=member).values_list("sealed_body", flat=True)
    else:
        rows = Registration.objects.exclude(sealed_client_secret=None)
        held = rows.values_list("sealed_client_secret", flat=True)
    return {number_of(bytes(sealed)) for sealed in held}


def first_of_all(member: Member) -> None:
    """Leave the member's keys as they were before there was one for finding."""
    DataKey.objects.of(member.pk).filter(use=DataKey.Use.FIND).delete()
