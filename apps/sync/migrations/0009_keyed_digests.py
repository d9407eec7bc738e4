"""What records are found and compared by gets a key of its member (D-12): plain digests told who knows an id."""

import logging

from django.db import migrations

from apps.vault.errors import SealBroken
from apps.vault.fingerprints import Fingerprints
from apps.vault.rings import unwrapped

log = logging.getLogger('plainclaim.sync')
FOUND_AND_COMPARED = ('source_key', 'digest')
FOUND = ('source_key',)
TABLES = (
    ('sync', 'RawResource', FOUND_AND_COMPARED),
    ('sync', 'EarlierVersion', FOUND_AND_COMPARED),
    ('sync', 'WantedRecord', FOUND),
    ('sync', 'SyncChange', FOUND),
    ('claims', 'Claim', FOUND_AND_COMPARED),
    ('claims', 'Approval', FOUND_AND_COMPARED),
    ('coverage', 'Coverage', FOUND_AND_COMPARED),
)
PURPOSES = {'source_key': 'source key', 'digest': 'digest'}
AT_ONCE = 1000


def key_all(apps, schema_editor):
    """Key the rows of every member whose keys open; one transaction, so a kill leaves all as it was.

    Raises KeyUnavailable, and changes nothing, where the wrapping keys cannot be had now: rows that stay
    plain are not found again, and their records would come twice.
    """
    using, left = schema_editor.connection.alias, 0
    for member_id in _members(apps, using):
        finding = _finding(apps, using, member_id)
        if finding is None:
            left += 1
            continue
        for app, name, columns in TABLES:
            _key(schema_editor.connection, apps.get_model(app, name), member_id, columns, finding)
    if left:
        log.warning('%d members have no keys that open: digests of their records stay as they were', left)
    _begin_passes_anew(apps, using)
    _mark_unfinished(apps, using)


def _members(apps, using):
    """Yield the members who have rows to be keyed: of the others no key is asked for."""
    members = apps.get_model('accounts', 'Member').objects.using(using).order_by('pk')
    for member_id in list(members.values_list('pk', flat=True)):
        tables = (apps.get_model(app, name).objects.using(using) for app, name, _columns in TABLES)
        if any(rows.filter(member_id=member_id).exists() for rows in tables):
            yield member_id


def _finding(apps, using, member_id):
    """Return what makes the member's fingerprints, None where there is no key for it or it is broken."""
    keys = apps.get_model('vault', 'DataKey').objects.using(using).filter(member_id=member_id)
    row = keys.filter(use='find').first() or keys.filter(use='seal', number=1).first()
    if row is None:
        return None
    try:
        key = unwrapped(row)
    except SealBroken as error:
        log.error('%s', error)
        return None
    return Fingerprints(lambda: key)


def _key(connection, model, member_id, columns, finding):
    """Write the member's rows of one table; one statement a row is ten times as fast as `bulk_update`."""
    meta, quoted = model._meta, connection.ops.quote_name
    names = ', '.join(f'{quoted(column)} = %s' for column in columns)
    # The member stands in it for tables that are in partitions by member.
    where = f'{quoted(meta.pk.column)} = %s AND {quoted(meta.get_field("member").column)} = %s'
    statement = f'UPDATE {quoted(meta.db_table)} SET {names} WHERE {where}'
    rows = model.objects.using(connection.alias).filter(member_id=member_id).order_by('pk')
    rows, last = rows.values_list('pk', *columns), None
    while some := list((rows.filter(pk__gt=last) if last else rows)[:AT_ONCE]):
        last = some[-1][0]
        written = []
        for pk, *plain in some:
            keyed = [finding.of(PURPOSES[column], text) for column, text in zip(columns, plain, strict=True)]
            whose = (meta.pk.get_db_prep_value(pk, connection), meta.get_field('member').get_db_prep_value(member_id, connection))
            written.append((*keyed, *whose))
        with connection.cursor() as cursor:
            cursor.executemany(statement, written)


def _begin_passes_anew(apps, using):
    """Forget what passes that are under way have seen: halves of plain digests cannot be keyed."""
    seen = apps.get_model('sync', 'SyncSeen').objects.using(using)
    steps = apps.get_model('sync', 'SyncStep').objects.using(using)
    steps = steps.filter(pk__in=seen.values('step_id'), state__in=('waiting', 'doing'))
    steps.update(pages=0, sealed_checkpoint=b'')
    seen.all().delete()


def _mark_unfinished(apps, using):
    """Mark connections no pass of which has ended: their records are under keys of before, too (`rekeying`)."""
    marks = apps.get_model('sync', 'SyncMark').objects.using(using)
    rows = apps.get_model('sync', 'RawResource').objects.using(using)
    rows = rows.exclude(connection_id__in=marks.values('connection_id'))
    whose = rows.order_by().values_list('member_id', 'connection_id').distinct()
    marks.bulk_create(
        [
            marks.model(member_id=member_id, connection_id=connection_id, resource_type='ExplanationOfBenefit')
            for member_id, connection_id in list(whose)
        ]
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_session_names'),
        ('claims', '0006_index_in_pieces'),
        ('connections', '0002_connection_engine'),
        ('coverage', '0002_gone_at_the_plan'),
        ('sync', '0008_links_and_small_pages'),
        ('vault', '0002_more_keys_than_one'),
    ]

    # There is no way back, nor twice: what is keyed does not say what it was made of.
    operations = [migrations.RunPython(key_all, elidable=True)]
