"""One member's real rows in every table, and what stands in them and in nobody else's."""

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.test import Client

from apps.accounts import mail_notices, support_codes
from apps.accounts.models import Member, PolicyAnnouncement
from apps.connections import handshakes, held_answers, identities, revocations
from apps.connections.handshakes import Secrets
from apps.connections.models import Connection, Handshake, Identity, Receipt
from apps.connections.people import Person
from apps.connections.tokens import Tokens, seal_tokens
from apps.plans.origins import binding
from apps.records import remarks
from apps.records.remarks import Topic
from apps.sync.models import SyncRun, SyncSeen, SyncStep, WantedRecord
from apps.takeaway import actions, formats
from apps.vault.boxes import box_for, house_box, source_key
from apps.vault.models import Rotation
from tests.accounts.made_passkeys import a_passkey
from tests.care.test_pages import keep
from tests.care.test_paper_pages import a_paper, a_picture, inline
from tests.fhir.stub import Stub, bundle
from tests.sync.conftest import COVERAGE, an_eob
from tests.takeaway.given import PREAUTH, prepare, save, sure
from tests.takeaway.test_papers import fetch

HERS = (
    "alice@example.com", "Alice Adams", "Okafor", "CANARY-NUMBER-77", "canary-claim-5150", "canary words",
    "canary letter", "canary-person", "4,242.17",
)  # fmt: skip
"""What stands in her rows and in nobody else's, and on her pages."""
NOBODY_READS = "canary-token"
"""What stands in her rows and on no page at all."""
IN_HER_FILES = {
    "reading": ("Okafor", "CANARY-NUMBER-77", "canary-claim-5150", "4242.17"),
    "originals": ("Alice Adams", "Okafor", "CANARY-NUMBER-77", "canary-claim-5150"),
}
"""What stands in the files that were prepared for her, by their format."""


def fill(
    client: Client, *, stub: Stub, bring: Callable[..., SyncRun], connection: Connection, now: datetime
) -> Client:
    """Give every table that leads to a member a row of hers, made as the site does; return her browser."""
    alice = connection.member
    claim = an_eob(1, identifier=[{"value": "canary-claim-5150"}])
    stub.on("Coverage", bundle(COVERAGE | {"subscriberId": "CANARY-NUMBER-77"}))
    stub.on("ExplanationOfBenefit", bundle(claim, an_eob(2)))
    bring(at=now - timedelta(days=1))
    stub.on("ExplanationOfBenefit", bundle(claim | {"created": "2026-03-11"}, an_eob(2)))
    bring()
    save(connection, PREAUTH)
    keep(connection, a_paper(inline("image/png", a_picture())))
    keep(connection, a_paper({"contentType": "text/plain", "url": "Binary/b2"}, id="d2"))
    fetch(connection, 2, b"A canary letter.")
    _permit(connection)
    _account(alice, now)
    _on_the_way(connection, client, now)
    _left_behind(connection, now)
    _synced(connection, now)
    _say(alice, connection, now)
    for format_ in IN_HER_FILES:
        export = actions.request(member=alice, format_=formats.ALL[format_], year=0, now=now)
        assert prepare(export, at=now).is_ready
    client.get("/home/")  # notes that she was here
    return sure(client, alice)


def _permit(connection: Connection) -> None:
    """Let the plan's permission be a real one, with tokens and a person."""
    box, tokens = box_for(connection.member), _tokens(connection)
    seal_tokens(connection, box, tokens)
    person = b'{"id": "alice", "name": "Alice Adams"}'
    connection.sealed_patient = box.seal(connection, "sealed_patient", person)
    connection.save()


def _tokens(connection: Connection) -> Tokens:
    url = connection.plan.fhir_base_url
    return Tokens(NOBODY_READS, NOBODY_READS, bound_to=binding(connection.plan, url))


def _account(alice: Member, now: datetime) -> None:
    """Make what belongs to the account itself."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    a_passkey(alice, "canary words")
    house_box()  # its key, before something is sealed for the house
    Rotation.objects.create(whose=Rotation.Whose.MEMBER, member=alice, asked_at=now, finished_at=now)
    support_codes.open_code(alice, now=now)
    mail_notices.choose(member=alice, kinds=mail_notices.Kind, now=now)
    alice.consents.create(policy_version="1", given_at=now)
    told = PolicyAnnouncement.objects.create(version="1", announced_at=now, in_force=now.date())
    alice.policy_notices.create(announcement=told)


def _on_the_way(connection: Connection, client: Client, now: datetime) -> None:
    """Let her be away at the plan in one trip, and be asked in another whose records are meant."""
    session, plan, alice = client.session, connection.plan, connection.member
    kept = Secrets("", "", NOBODY_READS, None, None, False, "", NOBODY_READS, None)
    trips = Handshake(member=alice, plan=plan), Handshake(member=alice, plan=plan)
    for trip in trips:
        handshakes.begin(trip, binding=handshakes.bind(session), kept=kept, now=now)
    session.save()
    people = [Person("p1", "canary-person"), Person("p2", "Ivo Quill")]
    held_answers.hold(trips[1], _tokens(connection), now=now)
    held_answers.ask(trips[1], _tokens(connection), people, now=now)
    Identity.objects.create(
        member=alice, plan=plan, issuer="https://x.example", created_at=now,
        subject_digest=identities.digest_of("https://x.example", NOBODY_READS),
    )  # fmt: skip


def _left_behind(connection: Connection, now: datetime) -> None:
    """Let an earlier permission be over, whose end the plan has still to hear of."""
    revocation = revocations.begin(plan=connection.plan, tokens=_tokens(connection), now=now, at_once=False)
    Receipt.objects.create(
        member=connection.member, plan=connection.plan, records_kept=True, ended_at=now,
        counts={"claims": 2}, revocation=revocation,
    )  # fmt: skip


def _synced(connection: Connection, now: datetime) -> None:
    """Let a run have noted where it is, and whom it wants by name."""
    box, alice = box_for(connection.member), connection.member
    step = SyncStep.objects.filter(member=alice)[0]
    step.sealed_checkpoint = box.seal(step, "sealed_checkpoint", NOBODY_READS.encode())
    step.save()
    SyncSeen.objects.create(member=alice, step=step, page=1, digests=b"d")
    wanted = WantedRecord(member=alice, connection=connection, source_key=b"k", asked_at=now)
    wanted.sealed_reference = box.seal(wanted, "sealed_reference", b"Practitioner/p9")
    wanted.save()


def _say(alice: Member, connection: Connection, now: datetime) -> None:
    """Let her have said what she paid for a claim."""
    box = box_for(alice)
    claim = alice.records.get(source_key=source_key(box, "ExplanationOfBenefit/eob-1"))
    value = {"amount": "4242.17", "currency": "USD", "share": "None"}
    remarks.say(
        member=alice, box=box, topic=Topic.PAID, subject=str(claim.pk), value=value, now=now,
        connection_id=connection.pk,
    )  # fmt: skip
