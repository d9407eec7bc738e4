from django.db import migrations

# SQLite has no TRUNCATE: it deletes row by row, which `audit_kept` refuses.
TRIGGER = """CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()"""


def make_trigger(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TRIGGER, params=None)


def drop_trigger(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_not_emptied ON audit_auditentry")


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_trail'),
    ]

    operations = [
        migrations.RunPython(make_trigger, drop_trigger),
    ]
