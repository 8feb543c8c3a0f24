from tortoise import migrations
from tortoise.migrations import operations as ops
from app.fields import UtcDatetimeField
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('app', '0011_notices')]

    initial = False

    operations = [
        ops.AddField(model_name='Mailbox', name='send_connections', field=fields.IntField(default=2, db_default=2)),
        ops.AddField(model_name='Mailbox', name='send_per_minute', field=fields.IntField(default=0, db_default=0)),
        ops.AddField(model_name='Mailbox', name='spam_filters', field=fields.CharField(default='', db_default='', max_length=200)),
        ops.AddField(model_name='Mailbox', name='spam_server', field=fields.CharField(default='', db_default='', max_length=255)),
        ops.AddField(model_name='OutboundEmail', name='held_by', field=fields.CharField(null=True, max_length=16)),
        ops.AddField(model_name='OutboundEmail', name='notice', field=fields.CharField(default='', db_default='', max_length=24)),
        ops.AddField(model_name='ContactAddress', name='dead_reason', field=fields.CharField(default='', db_default='', max_length=500)),
        ops.AddField(model_name='Branding', name='signature', field=fields.TextField(default='', db_default='', unique=False)),
        ops.CreateModel(
            name='Allowance',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('subject', fields.CharField(unique=True, max_length=400)),
                ('tokens', fields.FloatField()),
                ('filled_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('tripped_at', UtcDatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'allowance', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A token bucket: how much of something one subject may still have. See mail.limits.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NoticeSwitch',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('event', fields.CharField(default='', db_default='', max_length=24)),
                ('queue_id', fields.IntField(null=True)),
                ('contact_id', fields.IntField(null=True, db_index=True)),
                ('by_contact', fields.BooleanField(default=False, db_default=False)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notice_switch', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A notice that is switched off: for an event or all, in a queue or everywhere, for a contact or everybody.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SenderRule',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('pattern', fields.CharField(unique=True, max_length=320)),
                ('kind', fields.CharField(max_length=8)),
                ('case_id', fields.IntField(null=True)),
                ('by_name', fields.CharField(default='', db_default='', max_length=200)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sender_rule', 'app': 'app', 'pk_attr': 'id', 'table_description': 'An address or a domain whose new mails are spam, or never are.'},
            bases=['Model'],
        ),
    ]
