from tortoise import migrations
from tortoise.migrations import operations as ops
from app.fields import UtcDatetimeField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('app', '0007_promises')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Judgement',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('app.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='judgements', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=20)),
                ('started_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('kept', fields.BooleanField()),
                ('queue_id', fields.IntField()),
                ('owner_id', fields.IntField(null=True)),
                ('account_id', fields.IntField(null=True)),
            ],
            options={'table': 'report_judgement', 'app': 'app', 'unique_together': (('case', 'kind', 'started_at'),), 'indexes': [Index(fields=['at', 'kept'])], 'pk_attr': 'id', 'table_description': 'How one promise ended, with who had the case then. Withdrawn when the promise is owed again.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Milestone',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('app.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='milestones', on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
                ('kind', fields.CharField(max_length=12)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('seconds', fields.BigIntField()),
                ('queue_id', fields.IntField()),
                ('owner_id', fields.IntField(null=True)),
                ('account_id', fields.IntField(null=True)),
            ],
            options={'table': 'report_milestone', 'app': 'app', 'unique_together': (('case', 'position', 'kind'),), 'indexes': [Index(fields=['kind', 'at'])], 'pk_attr': 'id', 'table_description': 'A turn in the life of a case, with who had it then. Written in the transaction of the entry at `position`.'},
            bases=['Model'],
        ),
    ]
