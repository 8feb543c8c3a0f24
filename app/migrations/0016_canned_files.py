from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('app', '0015_macros')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CannedReplyFile',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('reply', fields.ForeignKeyField('app.CannedReply', source_field='reply_id', db_constraint=True, to_field='id', related_name='hanging', on_delete=OnDelete.CASCADE)),
                ('file', fields.ForeignKeyField('app.File', source_field='file_id', db_constraint=True, to_field='id', related_name='keepers', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'canned_reply_file', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A file that hangs on a canned reply, of which whoever uses the reply attaches a copy.'},
            bases=['Model'],
        ),
    ]
