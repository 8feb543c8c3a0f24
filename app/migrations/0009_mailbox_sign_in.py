from tortoise import migrations
from tortoise.migrations import operations as ops
from app.fields import UtcDatetimeField
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [('app', '0008_reports')]

    initial = False

    operations = [
        ops.AddField(model_name='Mailbox', name='account_id', field=fields.IntField(null=True)),
        ops.AddField(model_name='Mailbox', name='oauth_provider', field=fields.CharField(default='', db_default='', max_length=12)),
        ops.AddField(model_name='Mailbox', name='oauth_tenant', field=fields.CharField(default='', db_default='', max_length=120)),
        ops.AddField(model_name='Mailbox', name='oauth_client_id', field=fields.CharField(default='', db_default='', max_length=255)),
        ops.AddField(model_name='Mailbox', name='oauth_client_secret', field=fields.TextField(default='', db_default='', unique=False)),
        ops.AddField(model_name='Mailbox', name='oauth_authorise_url', field=fields.CharField(default='', db_default='', max_length=500)),
        ops.AddField(model_name='Mailbox', name='oauth_token_url', field=fields.CharField(default='', db_default='', max_length=500)),
        ops.AddField(model_name='Mailbox', name='oauth_scopes', field=fields.CharField(default='', db_default='', max_length=500)),
        ops.AddField(model_name='Mailbox', name='oauth_refresh_token', field=fields.TextField(default='', db_default='', unique=False)),
        ops.AddField(model_name='Mailbox', name='oauth_access_token', field=fields.TextField(default='', db_default='', unique=False)),
        ops.AddField(model_name='Mailbox', name='oauth_expires_at', field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='Mailbox', name='oauth_problem', field=fields.TextField(default='', db_default='', unique=False)),
        ops.AddField(model_name='InboundEmail', name='gone_at', field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddIndex(model_name='InboundEmail', index=Index(fields=['case_id'])),
        ops.AddIndex(model_name='InboundEmail', index=Index(fields=['acknowledged_at'])),
    ]
