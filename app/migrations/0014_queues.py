"""The work of agents: weights of queues, timers, views; and three caches that the database keeps itself: the order of work, the tally of queues, and the words of entries.

Written by hand, and only ever adding: functions, triggers, one table of words, and their first filling.
"""

import functools
from json import dumps, loads
from typing import Any

from app.fields import UtcDatetimeField
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# The order: one number, a function of stored moments alone, so that time passing changes nothing (docs/queues.md).
# Without a due moment, or where nobody waits, it counts as if it were a year after the opening.
YEAR = 31_536_000
POSTGRES_ORDER = [
    f"""
    CREATE FUNCTION desk_case_place() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        q RECORD;
        opened BIGINT := floor(extract(epoch FROM NEW.opened_at));
        due BIGINT := coalesce(floor(extract(epoch FROM NEW.next_due_at))::bigint, opened + {YEAR});
        waits BIGINT := coalesce(floor(extract(epoch FROM NEW.waiting_since))::bigint, opened + {YEAR});
    BEGIN
        NEW.shelf := CASE WHEN NEW.category IN ('resolved', 'closed') THEN 2
            WHEN NEW.snoozed_until IS NOT NULL THEN 1 ELSE 0 END;
        SELECT priority_minutes, due_weight, waiting_weight, class_minutes, history_minutes INTO q
            FROM queue WHERE id = NEW.queue_id;
        IF NOT FOUND THEN RETURN NEW; END IF;
        IF q.due_weight + q.waiting_weight > 0 THEN
            NEW.work_rank := (q.due_weight * due + q.waiting_weight * waits) / (q.due_weight + q.waiting_weight);
        ELSE
            NEW.work_rank := opened;
        END IF;
        NEW.work_rank := NEW.work_rank - CASE WHEN q.priority_minutes IS NULL THEN 100000000000
            ELSE q.priority_minutes::bigint * 60 END * NEW.priority;
        IF q.class_minutes <> 0 AND NEW.account_id IS NOT NULL THEN
            NEW.work_rank := NEW.work_rank - 60 * q.class_minutes::bigint
                * coalesce((SELECT service_class FROM account WHERE id = NEW.account_id), 0);
        END IF;
        IF q.history_minutes <> 0 AND (NEW.escalated_at IS NOT NULL OR EXISTS (SELECT 1 FROM desk_case o
            WHERE o.contact_id = NEW.contact_id AND o.id <> NEW.id AND o.escalated_at IS NOT NULL)) THEN
            NEW.work_rank := NEW.work_rank - 60 * q.history_minutes::bigint;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER desk_case_place BEFORE INSERT OR UPDATE OF priority, queue_id, category, snoozed_until, next_due_at,
        waiting_since, opened_at, account_id, contact_id, escalated_at ON desk_case
        FOR EACH ROW EXECUTE FUNCTION desk_case_place()
    """,
]
SQLITE_PLACE = f"""
    UPDATE desk_case SET
        shelf = CASE WHEN category IN ('resolved', 'closed') THEN 2 WHEN snoozed_until IS NOT NULL THEN 1 ELSE 0 END,
        work_rank = coalesce((
            SELECT CASE WHEN q.due_weight + q.waiting_weight > 0 THEN (
                q.due_weight * coalesce(CAST(strftime('%s', desk_case.next_due_at) AS INTEGER),
                    CAST(strftime('%s', desk_case.opened_at) AS INTEGER) + {YEAR})
                + q.waiting_weight * coalesce(CAST(strftime('%s', desk_case.waiting_since) AS INTEGER),
                    CAST(strftime('%s', desk_case.opened_at) AS INTEGER) + {YEAR})
                ) / (q.due_weight + q.waiting_weight)
                ELSE CAST(strftime('%s', desk_case.opened_at) AS INTEGER) END
            - CASE WHEN q.priority_minutes IS NULL THEN 100000000000 ELSE q.priority_minutes * 60 END
                * desk_case.priority
            - CASE WHEN q.class_minutes <> 0 THEN 60 * q.class_minutes
                * coalesce((SELECT service_class FROM account WHERE id = desk_case.account_id), 0) ELSE 0 END
            - CASE WHEN q.history_minutes <> 0 AND (desk_case.escalated_at IS NOT NULL OR EXISTS (
                SELECT 1 FROM desk_case o WHERE o.contact_id = desk_case.contact_id AND o.id <> desk_case.id
                AND o.escalated_at IS NOT NULL)) THEN 60 * q.history_minutes ELSE 0 END
            FROM queue q WHERE q.id = desk_case.queue_id), work_rank)
    WHERE id = NEW.id;
"""
SQLITE_ORDER = [
    f"CREATE TRIGGER desk_case_place_new AFTER INSERT ON desk_case BEGIN {SQLITE_PLACE} END",
    f"""
    CREATE TRIGGER desk_case_place AFTER UPDATE OF priority, queue_id, category, snoozed_until, next_due_at,
        waiting_since, opened_at, account_id, contact_id, escalated_at ON desk_case BEGIN {SQLITE_PLACE} END
    """,
]
PLACE_ALL = ["UPDATE desk_case SET priority = priority"]

# The tally. PostgreSQL appends differences, so that two writers never wait for each other; app.cases.counters folds them.
# SQLite has one writer and keeps the numbers themselves.
TALLY_ALL = [
    """
    INSERT INTO queue_tally (queue_id, category, shelf, cases, unowned)
        SELECT queue_id, category, shelf, count(*), sum(CASE WHEN owner_id IS NULL THEN 1 ELSE 0 END)
        FROM desk_case GROUP BY queue_id, category, shelf
    """
]
_PLUS = "SELECT queue_id, category, shelf, 1 AS n, (owner_id IS NULL)::int AS u FROM new_rows"
_MINUS = "SELECT queue_id, category, shelf, -1 AS n, -((owner_id IS NULL)::int) AS u FROM old_rows"


def _postgres_tally(name: str, event: str, tables: str, rows: str) -> list[str]:
    return [
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO queue_tally (queue_id, category, shelf, cases, unowned)
                SELECT queue_id, category, shelf, sum(n), sum(u) FROM ({rows}) d
                GROUP BY queue_id, category, shelf HAVING sum(n) <> 0 OR sum(u) <> 0;
            RETURN NULL;
        END $$
        """,
        f"CREATE TRIGGER {name} AFTER {event} ON desk_case REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


POSTGRES_TALLY = [
    *_postgres_tally("desk_case_tally_new", "INSERT", "NEW TABLE AS new_rows", _PLUS),
    *_postgres_tally(
        "desk_case_tally", "UPDATE", "NEW TABLE AS new_rows OLD TABLE AS old_rows", f"{_PLUS} UNION ALL {_MINUS}"
    ),
    *_postgres_tally("desk_case_tally_gone", "DELETE", "OLD TABLE AS old_rows", _MINUS),
]


def _sqlite_count(row: str, sign: str) -> str:
    found = f"queue_id = {row}.queue_id AND category = {row}.category AND shelf = {row}.shelf"
    return f"""
        INSERT INTO queue_tally (queue_id, category, shelf, cases, unowned)
            SELECT {row}.queue_id, {row}.category, {row}.shelf, 0, 0
            WHERE NOT EXISTS (SELECT 1 FROM queue_tally WHERE {found});
        UPDATE queue_tally SET cases = cases {sign} 1, unowned = unowned {sign} ({row}.owner_id IS NULL) WHERE {found};
    """


SQLITE_TALLY = [
    f"CREATE TRIGGER desk_case_tally_new AFTER INSERT ON desk_case BEGIN {_sqlite_count('NEW', '+')} END",
    f"""
    CREATE TRIGGER desk_case_tally AFTER UPDATE OF queue_id, category, shelf, owner_id ON desk_case
        BEGIN {_sqlite_count("OLD", "-")} {_sqlite_count("NEW", "+")} END
    """,
    f"CREATE TRIGGER desk_case_tally_gone AFTER DELETE ON desk_case BEGIN {_sqlite_count('OLD', '-')} END",
]

# The words: of each entry with text, together with the subject and the names around it, so that words of all of them
# are found together. An entry that amends another one takes its place.
WORDY = "(e.text <> '' OR e.kind IN ('opened', 'subject_changed'))"
ASCII_MARKS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"


def _words_of(text: str, addresses: str) -> str:
    return (
        "c.subject || ' ' || k.name || ' ' || coalesce(a.name, '') || ' ' || e.author_name || ' ' || "
        f"CASE WHEN e.kind = 'opened' THEN 'nr' || coalesce(c.number, c.id + 1000) || ' ' || coalesce({addresses}, '') "
        f"ELSE '' END || ' ' || {text}"
    )


_JOINS = (
    "JOIN desk_case c ON c.id = e.case_id JOIN contact k ON k.id = c.contact_id "
    "LEFT JOIN account a ON a.id = c.account_id"
)
POSTGRES_VECTOR = "to_tsvector('simple', translate({}, '{}', '{}'))".format(
    _words_of(
        "left(e.text, 100000)",
        "(SELECT string_agg(d.address, ' ') FROM contact_address d WHERE d.contact_id = k.id)",
    ),
    ASCII_MARKS,
    " " * (len(ASCII_MARKS) - 1),
)
POSTGRES_INSERT = (
    "INSERT INTO entry_words (entry_id, case_id, public, words) "
    f"SELECT e.id, e.case_id, e.public_position IS NOT NULL, {POSTGRES_VECTOR} FROM THE_ENTRIES e {_JOINS} WHERE {WORDY}"
)
UNAMENDED = "NOT EXISTS (SELECT 1 FROM entry n WHERE n.case_id = e.case_id AND n.amends = e.position)"
POSTGRES_WORDS = [
    "CREATE TABLE entry_words (entry_id BIGINT PRIMARY KEY, case_id INT NOT NULL, public BOOLEAN NOT NULL, "
    "words TSVECTOR NOT NULL)",
    f"{POSTGRES_INSERT.replace('THE_ENTRIES', 'entry')} AND {UNAMENDED}",
    "CREATE INDEX entry_words_words ON entry_words USING gin (words)",
    "CREATE INDEX entry_words_case ON entry_words (case_id)",
    f"""
    CREATE FUNCTION entry_words_new() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM entry_words WHERE entry_id IN (SELECT o.id FROM new_rows e
            JOIN entry o ON o.case_id = e.case_id AND o.position = e.amends);
        {POSTGRES_INSERT.replace('THE_ENTRIES', 'new_rows')};
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER entry_words_new AFTER INSERT ON entry REFERENCING NEW TABLE AS new_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION entry_words_new()",
    f"""
    CREATE FUNCTION entry_words_again() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM entry_words WHERE case_id = NEW.id;
        {POSTGRES_INSERT.replace('THE_ENTRIES', 'entry')} AND e.case_id = NEW.id AND {UNAMENDED};
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER entry_words_again AFTER UPDATE OF subject, contact_id, account_id ON desk_case FOR EACH ROW "
    "WHEN (OLD.subject <> NEW.subject OR OLD.contact_id <> NEW.contact_id OR "
    "OLD.account_id IS DISTINCT FROM NEW.account_id) EXECUTE FUNCTION entry_words_again()",
]
SQLITE_INSERT = (
    "INSERT INTO entry_words (rowid, case_id, public, words) "
    "SELECT e.id, e.case_id, e.public_position IS NOT NULL, "
    + _words_of(
        "substr(e.text, 1, 100000)",
        "(SELECT group_concat(d.address, ' ') FROM contact_address d WHERE d.contact_id = k.id)",
    )
    + f" FROM entry e {_JOINS} WHERE {WORDY}"
)
SQLITE_WORDS = [
    "CREATE VIRTUAL TABLE entry_words USING fts5(case_id UNINDEXED, public UNINDEXED, words, prefix='2 3', "
    "tokenize='unicode61 remove_diacritics 0')",
    f"{SQLITE_INSERT} AND {UNAMENDED}",
    f"""
    CREATE TRIGGER entry_words_new AFTER INSERT ON entry BEGIN
        DELETE FROM entry_words WHERE rowid IN (
            SELECT o.id FROM entry o WHERE o.case_id = NEW.case_id AND o.position = NEW.amends);
        {SQLITE_INSERT} AND e.id = NEW.id;
    END
    """,
    f"""
    CREATE TRIGGER entry_words_again AFTER UPDATE OF subject, contact_id, account_id ON desk_case
        WHEN OLD.subject <> NEW.subject OR OLD.contact_id <> NEW.contact_id OR OLD.account_id IS NOT NEW.account_id
    BEGIN
        DELETE FROM entry_words WHERE rowid IN (SELECT e.id FROM entry e WHERE e.case_id = NEW.id);
        {SQLITE_INSERT} AND e.case_id = NEW.id AND {UNAMENDED};
    END
    """,
]


async def build(_: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "sqlite":
        statements = [*SQLITE_ORDER, *PLACE_ALL, *TALLY_ALL, *SQLITE_TALLY, *SQLITE_WORDS]
    else:
        statements = [*POSTGRES_ORDER, *PLACE_ALL, *TALLY_ALL, *POSTGRES_TALLY, *POSTGRES_WORDS]
    for statement in statements:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [('app', '0013_quarantine')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AgentState',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('app.User', source_field='user_id', unique=True, db_constraint=True, to_field='id', related_name='agent_state', on_delete=OnDelete.CASCADE)),
                ('on_duty', fields.BooleanField(default=True)),
                ('present_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('languages', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('skills', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('capacity', fields.IntField(null=True)),
                ('given_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'agent_state', 'app': 'app', 'pk_attr': 'id', 'table_description': 'How an agent works: on duty or not, in which languages, with which skills, with how many cases at once.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CaseTimer',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('app.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='timers', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=12)),
                ('user_id', fields.IntField(null=True)),
                ('wake_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('claim_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('claim_token', fields.BigIntField(default=0)),
            ],
            options={'table': 'case_timer', 'app': 'app', 'unique_together': (('case', 'kind'),), 'indexes': [Index(fields=['claim_at']), Index(fields=['user_id', 'kind'])], 'pk_attr': 'id', 'table_description': 'What happens to a case by itself at a moment, at most one of a kind: `snooze`, `lease` or `silence`.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='QueueTally',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('queue_id', fields.IntField()),
                ('category', fields.CharField(max_length=16)),
                ('shelf', fields.SmallIntField()),
                ('cases', fields.IntField()),
                ('unowned', fields.IntField()),
            ],
            options={'table': 'queue_tally', 'app': 'app', 'indexes': [Index(fields=['queue_id', 'shelf', 'category'])], 'pk_attr': 'id', 'table_description': 'Changes of how many cases a queue holds, their sum is the number, see app.cases.counters.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SavedView',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=120)),
                ('owner', fields.ForeignKeyField('app.User', source_field='owner_id', db_constraint=True, to_field='id', related_name='views', on_delete=OnDelete.CASCADE)),
                ('shared', fields.BooleanField(default=False)),
                ('condition', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('sort', fields.IntField(default=0)),
                ('created_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'saved_view', 'app': 'app', 'pk_attr': 'id', 'table_description': 'A question over all cases, kept under a name, for its owner or for everybody.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Account',
            name='service_class',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Case',
            name='shelf',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Case',
            name='snoozed_until',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Case',
            name='work_rank',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddIndex(
            model_name='Case',
            index=Index(fields=['queue_id', 'shelf', 'work_rank', 'id']),
        ),
        ops.AddIndex(
            model_name='Case',
            index=Index(fields=['queue_id', 'shelf', 'next_due_at']),
        ),
        ops.AddIndex(
            model_name='Case',
            index=Index(fields=['shelf', 'work_rank', 'id']),
        ),
        ops.AddField(
            model_name='Queue',
            name='assigning',
            field=fields.CharField(default='manual', db_default='manual', max_length=16),
        ),
        ops.AddField(
            model_name='Queue',
            name='calendar_id',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Queue',
            name='capacity',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Queue',
            name='class_minutes',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Queue',
            name='due_weight',
            field=fields.SmallIntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name='Queue',
            name='history_minutes',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Queue',
            name='languages',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Queue',
            name='priority_minutes',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Queue',
            name='rule',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Queue',
            name='silent_minutes',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Queue',
            name='skills',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Queue',
            name='waiting_weight',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.RunPython(build),
    ]
