from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from app.fields import UtcDatetimeField
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('app', '0009_mailbox_sign_in')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BulkChange',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user_id', fields.IntField(null=True)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('cases', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('undone_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'bulk_change', 'app': 'app', 'pk_attr': 'id', 'table_description': 'What one change of many cases did to each, so that it can be taken back.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CaseLink',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('app.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.CASCADE)),
                ('other', fields.ForeignKeyField('app.Case', source_field='other_id', db_constraint=True, to_field='id', related_name='linked_from', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'case_link', 'app': 'app', 'unique_together': (('case', 'other'),), 'pk_attr': 'id', 'table_description': 'Two cases that have to do with each other, one row for each direction.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Case',
            name='merged_into_id',
            field=fields.IntField(null=True),
        ),
    ]
