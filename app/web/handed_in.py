"""How handlers ask for the desk: an annotation that names the dependency and spares it validation."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.di import Dependency
from litestar.params import SkipValidationMarker

from app.desk import Desk

TheDesk: TypeAlias = Annotated[Desk, Dependency(kind="named"), SkipValidationMarker()]
"""`async def handler(desk: TheDesk)`: the parameter's name is the dependency's name."""
