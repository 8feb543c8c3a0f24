from tortoise import migrations
from tortoise.migrations import operations as ops
from app.fields import UtcDatetimeField
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('app', '0012_robots')]

    initial = False

    operations = [
        ops.AddField(model_name='User', name='granted', field=fields.CharField(default='', db_default='', max_length=200)),
        ops.CreateModel(
            name='KnownSigner',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('address', fields.CharField(max_length=320)),
                ('fingerprint', fields.CharField(max_length=64)),
                ('first_seen_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'known_signer', 'app': 'app', 'unique_together': (('address', 'fingerprint'),), 'pk_attr': 'id', 'table_description': 'A certificate that signed mail from an address: seen again, the signer is known.'},
            bases=['Model'],
        ),
    ]
