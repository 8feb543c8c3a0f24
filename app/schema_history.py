"""Applies the schema's history: Tortoise's executor, which here makes only the models that a step asks for.

Its own state makes every model anew, twice for each operation: 15 s of a fresh desk's start went into that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.operations import DIRECT_RELATION_FIELDS
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

Key = tuple[str, str]  # app and model
States = dict[Key, ModelState]


class ModelsOnDemand(StateApps):
    """The models of one moment; each is made when somebody asks for it, with all that it refers to."""

    def __init__(self, states: States, default_connections: dict[str, str]) -> None:
        super().__init__(default_connections=default_connections)
        self.states = states
        self.default_connections = default_connections

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        """As Tortoise's; raises KeyError for a model that this moment does not know."""
        key = self.split_reference(app_label) if model_name is None else (app_label, model_name)
        missing = [one for one in self._reached(key) if one[1] not in self.apps.get(one[0], {})]
        for one in missing:
            self.register_model(one[0], self.states[one].render(self))
        if missing:
            self._init_relations()
            self._build_initial_querysets()
        return super().get_model(*key)

    def _reached(self, key: Key) -> Iterable[Key]:
        """The model and everything it refers to, over any number of steps."""
        found, ahead = {key}, [key]
        while ahead:
            for other in referred_to(self.states[ahead.pop()]):
                if other in self.states and other not in found:  # a model may be created before what it refers to
                    found.add(other)
                    ahead.append(other)
        return found


class SchemaState(State):
    """What the models were like at one moment. Fields are copied when a model is made, so moments share them."""

    models: States
    apps: ModelsOnDemand

    @classmethod
    def of(cls, models: States, default_connections: dict[str, str]) -> SchemaState:
        return cls(models=models, apps=ModelsOnDemand(models, default_connections))

    def clone(self) -> SchemaState:
        models = {
            key: replace(state, options=dict(state.options), fields=dict(state.fields))
            for key, state in self.models.items()
        }
        return self.of(models, self.apps.default_connections)

    def validate_relations_initialized(self) -> None:
        """Raises RuntimeError if a model refers to one that was never created."""
        for key, state in self.models.items():
            for other in referred_to(state):
                if other not in self.models:
                    raise RuntimeError(f"{'.'.join(key)} refers to {'.'.join(other)}, which no migration has created")

    def _find_related_models(self, app_label: str, model_name: str) -> set[Key]:
        return {(app_label, model_name)}

    def _reload(self, models_to_reload: set[Key]) -> None:
        self.apps = ModelsOnDemand(self.models, self.apps.default_connections)


def referred_to(state: ModelState) -> Iterable[Key]:
    """The models that the fields of this one name."""
    for field in state.fields.values():
        if isinstance(field, DIRECT_RELATION_FIELDS):
            app_label, _, name = str(field.model_name).partition(".")
            yield app_label, name


class SchemaExecutor(MigrationExecutor):
    """Finds and applies what an open database lacks of the history."""

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        connections = {label: str(app["default_connection"]) for label, app in self.loader.apps_config.items()}
        state = SchemaState.of({}, connections)
        for key in self._full_plan():
            if key == upto:
                break
            migration = self.loader.graph.nodes[key]
            if key in applied and migration is not None:
                await migration.apply(state, dry_run=True)
        return state
