"""Conditions over cases as SQL: what app.cases.conditions answers for one case, asked of all of them at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.cases.conditions import FIELDS, ME, Kind, Look, kind_of
from app.cases.queries import Filter, escaped
from app.cases.rules import PRIORITIES
from app.database import is_sqlite
from sla.conditions import Condition, Group, Not, Test

_COLUMNS = {
    "category": "category",
    "priority": "priority",
    "queue": "queue_id",
    "owner": "owner_id",
    "contact": "contact_id",
    "account": "account_id",
    "mailbox": "mailbox_id",
    "channel": "channel",
    "language": "language",
}
_MOMENTS = {"age": "opened_at", "waiting": "waiting_since", "due_in": "next_due_at"}
_FLAGS = {"escalated": "escalated_at", "snoozed": "snoozed_until"}


def where(condition: Condition, chosen: Filter, look: Look, *, case: str = "c") -> str:
    """SQL that is true or false, never unknown, for each row of desk_case under the alias `case`."""
    match condition:
        case Test():
            return f"({_Asked(chosen, look, case).sql(condition)})"
        case Not(part):
            return f"(NOT {where(part, chosen, look, case=case)})"
        case Group(every, members):
            parts = [where(one, chosen, look, case=case) for one in members]
            if not parts:
                return "(1 = 1)" if every else "(1 = 0)"
            return f"({(' AND ' if every else ' OR ').join(parts)})"


class _Asked:
    def __init__(self, chosen: Filter, look: Look, case: str) -> None:
        self.chosen, self.look, self.case = chosen, look, case

    def sql(self, test: Test) -> str:
        if test.value == ():
            return "1 = 0" if test.operator == "in" else "1 = 1"
        match kind_of(test.fact):
            case Kind.SECONDS:
                return self._seconds(test)
            case Kind.FLAG:
                return self._flag(test)
            case Kind.TEXT:
                return self._unless(test, "contains", self._words(f"{self.case}.subject", test))
            case Kind.LIST:
                return self._list(test)
            case Kind.CUSTOM:
                return self._custom(test)
            case _:
                return self._column(test)

    def _value(self, value: Any, cast: str = "") -> str:
        placeholder = self.chosen.value(value)
        return placeholder if is_sqlite() or not cast else f"{placeholder}::{cast}"

    def _unless(self, test: Test, positive: str, sql: str) -> str:
        return sql if test.operator == positive else f"NOT ({sql})"

    def _words(self, text: str, test: Test) -> str:
        words = str(test.value).lower().split()
        found = (f"lower({text}) LIKE {self._value('%' + escaped(word) + '%')} ESCAPE '!'" for word in words)
        return " AND ".join(found) or "1 = 1"

    def _column(self, test: Test) -> str:
        if test.fact == "status":
            column = f"(SELECT s.key FROM status s WHERE s.id = {self.case}.status_id)"
        else:
            column = f"{self.case}.{_COLUMNS[test.fact]}"
        if test.operator == "known":
            return f"{column} IS NOT NULL" if test.value else f"{column} IS NULL"
        values = [self._plain(test, one) for one in (test.value if isinstance(test.value, tuple) else (test.value,))]
        if test.operator in {"less", "more"}:
            return f"{column} {'<' if test.operator == 'less' else '>'} {self._value(values[0])}"
        known = [one for one in values if one is not None]
        parts = [f"({column} IS NOT NULL AND {column} IN ({', '.join(self._value(one) for one in known)}))"] * bool(
            known
        )
        parts += [f"{column} IS NULL"] * (None in values)
        found = " OR ".join(parts) or "1 = 0"
        return f"({found})" if test.operator in {"is", "in"} else f"NOT ({found})"

    def _plain(self, test: Test, value: Any) -> Any:
        if test.fact == "priority":
            return PRIORITIES[value]
        return self.look.user_id if test.fact == "owner" and value == ME else value

    def _seconds(self, test: Test) -> str:
        column = f"{self.case}.{_MOMENTS[test.fact]}"
        if test.operator == "known":
            return f"{column} IS NOT NULL" if test.value else f"{column} IS NULL"
        ahead = test.fact == "due_in"
        moment = self.look.now + timedelta(seconds=test.value if ahead else -test.value)
        later = (test.operator == "more") is ahead
        return f"({column} IS NOT NULL AND {column} {'>' if later else '<'} {self._value(moment)})"

    def _flag(self, test: Test) -> str:
        if test.fact in _FLAGS:
            return f"{self.case}.{_FLAGS[test.fact]} IS {'NOT ' if test.value else ''}NULL"
        read = (
            f"COALESCE((SELECT r.position FROM read_position r WHERE r.case_id = {self.case}.id "
            f"AND r.user_id = {self._value(self.look.user_id or 0)}), 0)"
        )
        found = f"({self.case}.category <> 'closed' AND {self.case}.last_position > {read})"
        return found if test.value else f"NOT {found}"

    def _list(self, test: Test) -> str:
        tags = f"{self.case}.tags"
        if test.operator == "known":
            length = f"json_array_length({tags})" if is_sqlite() else f"jsonb_array_length({tags})"
            return f"{length} > 0" if test.value else f"{length} = 0"
        tag = str(test.value).lower()
        if is_sqlite():
            found = f"EXISTS (SELECT 1 FROM json_each({tags}) t WHERE t.value = {self._value(tag)})"
        else:
            found = f"{tags} @> to_jsonb({self._value(tag, 'text')})"
        return self._unless(test, "contains", found)

    def _custom(self, test: Test) -> str:
        key = test.fact.removeprefix(FIELDS)
        if is_sqlite():
            path = self._value(f'$."{key}"')
            kind, value = f"json_type({self.case}.custom, {path})", f"json_extract({self.case}.custom, {path})"
        else:
            held = f"({self.case}.custom -> {self._value(key, 'text')})"
            kind, value = f"jsonb_typeof({held})", held
        if test.operator == "known":
            empty = f"{value} = ''" if is_sqlite() else f"{value} = to_jsonb(''::text)"
            missing = f"({kind} IS NULL OR {kind} = 'null' OR ({_is_text(kind)} AND {empty}))"
            return f"NOT {missing}" if test.value else missing
        if test.operator in {"less", "more"}:
            return self._compared(kind, value, "<" if test.operator == "less" else ">", test.value)
        if test.operator in {"contains", "contains_not"}:
            words = self._words(value if is_sqlite() else f"({value} #>> '{{}}')", test)
            return self._unless(test, "contains", f"CASE WHEN {_is_text(kind)} THEN {words} ELSE 1 = 0 END")
        values = test.value if isinstance(test.value, tuple) else (test.value,)
        found = " OR ".join(self._compared(kind, value, "=", one) for one in values) or "1 = 0"
        return f"({found})" if test.operator in {"is", "in"} else f"NOT ({found})"

    def _compared(self, kind: str, value: str, sign: str, wanted: Any) -> str:
        """Guarded by CASE, so that nothing of another sort is ever turned into a number."""
        if isinstance(wanted, bool):
            sort = f"{kind} = '{str(wanted).lower()}'" if is_sqlite() else f"{value} = '{str(wanted).lower()}'::jsonb"
            return f"({kind} IS NOT NULL AND {sort})"
        if isinstance(wanted, str):
            held = value if is_sqlite() else f"({value} #>> '{{}}') COLLATE \"C\""
            return f"(CASE WHEN {_is_text(kind)} THEN {held} {sign} {self._value(wanted, 'text')} ELSE 1 = 0 END)"
        number = f"{kind} IN ('integer', 'real')" if is_sqlite() else f"{kind} = 'number'"
        held = value if is_sqlite() else f"(({value}) #>> '{{}}')::float8"
        return f"(CASE WHEN {number} THEN {held} {sign} {self._value(float(wanted), 'float8')} ELSE 1 = 0 END)"


def _is_text(kind: str) -> str:
    return f"{kind} = '{'text' if is_sqlite() else 'string'}'"
