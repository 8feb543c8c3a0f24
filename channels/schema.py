"""The wire vocabulary for programs in other languages: JSON Schema of every frame, made from the same structs."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from . import frames


def frame_schemas() -> dict[str, Any]:
    """All frames as JSON Schema (2020-12); ``from_client`` and ``from_server`` name those in ``$defs`` by ``type``."""
    named: dict[str, dict[str, str]] = {}
    structs: list[type[msgspec.Struct]] = []
    for direction, union in (("from_client", frames.ClientFrame), ("from_server", frames.ServerFrame)):
        kinds: tuple[type[msgspec.Struct], ...] = get_args(union)
        structs.extend(kinds)
        named[direction] = {str(kind.__struct_config__.tag): f"#/$defs/{kind.__name__}" for kind in kinds}
    _, definitions = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    return {**named, "$defs": definitions}
