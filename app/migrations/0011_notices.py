from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from app.fields import UtcDatetimeField
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('app', '0010_many_cases')]

    initial = False

    operations = [
        ops.CreateModel(
            name='NoticeChoice',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.OneToOneField('app.User', source_field='user_id', db_constraint=True, to_field='id', related_name='notice_choice', on_delete=OnDelete.CASCADE)),
                ('channels', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'notice_choice', 'app': 'app', 'pk_attr': 'id', 'table_description': 'What a user wants to be told, and how. Without a row it is what app.notifications.rules proposes.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PushSubscription',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('app.User', source_field='user_id', db_constraint=True, to_field='id', related_name='push_subscriptions', on_delete=OnDelete.CASCADE)),
                ('session_id', fields.IntField()),
                ('endpoint', fields.TextField(unique=False)),
                ('endpoint_hash', fields.CharField(unique=True, max_length=64)),
                ('p256dh', fields.CharField(max_length=120)),
                ('auth', fields.CharField(max_length=40)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'push_subscription', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A browser that takes Web Push messages (RFC 8030) for a user, until its session ends.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PushMessage',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('subscription', fields.ForeignKeyField('app.PushSubscription', source_field='subscription_id', db_constraint=True, to_field='id', related_name='messages', on_delete=OnDelete.CASCADE)),
                ('payload', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('claim', fields.IntField(default=0)),
                ('attempts', fields.IntField(default=0)),
            ],
            options={'table': 'push_message', 'app': 'app', 'indexes': [Index(fields=['due_at'])], 'pk_attr': 'id', 'table_description': 'A push on its way to one browser, claimed by lease and forgotten when it was taken or came too late.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Watch',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('app.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='watches', on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('app.User', source_field='user_id', db_constraint=True, to_field='id', related_name='watches', on_delete=OnDelete.CASCADE)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'watch', 'app': 'app', 'unique_together': (('case', 'user'),), 'pk_attr': 'id', 'table_description': 'A user wants to be told of new entries of a case that is not theirs.'},
            bases=['Model'],
        ),
        ops.AddIndex(
            model_name='Notification',
            index=Index(fields=['user_id', 'read_at']),
        ),
        ops.AddIndex(
            model_name='ReadPosition',
            index=Index(fields=['at']),
        ),
    ]
