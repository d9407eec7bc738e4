"""SQLite takes a row away for another of the same key without asking the triggers of DELETE (W-35)."""

from django.db import migrations

# PostgreSQL asks the trigger of UPDATE where a row takes the place of another.
TRIGGER = """CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit_auditentry
    WHEN EXISTS (SELECT 1 FROM audit_auditentry WHERE number = NEW.number OR rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'entries of the audit stay as they are'); END"""


def make_trigger(_apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(TRIGGER, params=None)


def drop_trigger(_apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER audit_not_replaced")


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_not_emptied'),
    ]

    operations = [
        migrations.RunPython(make_trigger, drop_trigger),
    ]
