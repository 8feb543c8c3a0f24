from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from app.fields import UtcDatetimeField
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise import fields

ENCODER = functools.partial(dumps, separators=(',', ':'))

class Migration(migrations.Migration):
    dependencies = [('app', '0002_api_tokens')]

    initial = False

    operations = [
        ops.AddField(model_name='Calendar', name='country', field=fields.CharField(default='', db_default='', max_length=8)),
        ops.AddField(model_name='Calendar', name='subdivision', field=fields.CharField(default='', db_default='', max_length=16)),
        ops.AddField(model_name='Calendar', name='holiday_language', field=fields.CharField(default='', db_default='', max_length=16)),
        ops.AddField(model_name='Calendar', name='effective', field=fields.JSONField(null=True, encoder=ENCODER, decoder=loads)),
        ops.AddField(model_name='PolicyVersion', name='by_name', field=fields.CharField(default='', db_default='', max_length=200)),
        ops.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('calendar', fields.ForeignKeyField('app.Calendar', source_field='calendar_id', db_constraint=True, to_field='id', related_name='feeds', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=120)),
                ('url', fields.CharField(default='', max_length=1000)),
                ('text', fields.TextField(default='', unique=False)),
                ('problem', fields.CharField(default='', max_length=400)),
                ('read_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('check_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'calendar_feed', 'app': 'app', 'indexes': [Index(fields=['check_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CalendarVersion',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('calendar', fields.ForeignKeyField('app.Calendar', source_field='calendar_id', db_constraint=True, to_field='id', related_name='versions', on_delete=OnDelete.CASCADE)),
                ('version', fields.IntField()),
                ('definition', fields.JSONField(encoder=ENCODER, decoder=loads)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('by_name', fields.CharField(default='', max_length=200)),
            ],
            options={'table': 'calendar_version', 'app': 'app', 'unique_together': (('calendar', 'version'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('event_id', fields.CharField(unique=True, max_length=64)),
                ('case_id', fields.IntField(db_index=True)),
                ('url', fields.CharField(max_length=1000)),
                ('body', fields.TextField(unique=False)),
                ('state', fields.CharField(default='waiting', max_length=12)),
                ('attempts', fields.IntField(default=0)),
                ('due_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('claim_token', fields.BigIntField(default=0)),
                ('last_status', fields.IntField(null=True)),
                ('last_response', fields.CharField(default='', max_length=400)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook_delivery', 'app': 'app', 'indexes': [Index(fields=['due_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Simulation',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('draft', fields.JSONField(encoder=ENCODER, decoder=loads)),
                ('days', fields.IntField()),
                ('state', fields.CharField(default='waiting', max_length=12)),
                ('done', fields.IntField(default=0)),
                ('total', fields.IntField(default=0)),
                ('result', fields.JSONField(null=True, encoder=ENCODER, decoder=loads)),
                ('problem', fields.CharField(default='', max_length=400)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('seen_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('by_name', fields.CharField(default='', max_length=200)),
            ],
            options={'table': 'simulation', 'app': 'app', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
