from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from app.fields import UtcDatetimeField
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('app', '0014_queues')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CannedReply',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=120)),
                ('shortcut', fields.CharField(default='', max_length=40)),
                ('texts', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('owner', fields.ForeignKeyField('app.User', source_field='owner_id', db_constraint=True, to_field='id', related_name='canned_replies', on_delete=OnDelete.CASCADE)),
                ('shared', fields.BooleanField(default=False)),
                ('team', fields.ForeignKeyField('app.Team', source_field='team_id', null=True, db_constraint=True, to_field='id', related_name='canned_replies', on_delete=OnDelete.CASCADE)),
                ('queue', fields.ForeignKeyField('app.Queue', source_field='queue_id', null=True, db_constraint=True, to_field='id', related_name='canned_replies', on_delete=OnDelete.CASCADE)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'canned_reply', 'app': 'app', 'pk_attr': 'id', 'table_description': 'Words that are written again and again, in one or more languages, with placeholders.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Macro',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=120)),
                ('actions', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('condition', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('owner', fields.ForeignKeyField('app.User', source_field='owner_id', db_constraint=True, to_field='id', related_name='macros', on_delete=OnDelete.CASCADE)),
                ('shared', fields.BooleanField(default=False)),
                ('team', fields.ForeignKeyField('app.Team', source_field='team_id', null=True, db_constraint=True, to_field='id', related_name='macros', on_delete=OnDelete.CASCADE)),
                ('queue', fields.ForeignKeyField('app.Queue', source_field='queue_id', null=True, db_constraint=True, to_field='id', related_name='macros', on_delete=OnDelete.CASCADE)),
                ('sort', fields.IntField(default=0)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'macro', 'app': 'app', 'pk_attr': 'id', 'table_description': 'Several actions on a case, in order, under one name.'},
            bases=['Model'],
        ),
    ]
