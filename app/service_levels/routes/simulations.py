"""Simulations of policies and calendars for those who may administer them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from app.database import Work
from app.errors import NotFound
from app.people.authentication import ThePerson
from app.people.rights import Actor, may_administer, require
from app.service_levels import actions
from app.service_levels.models import Simulation
from app.service_levels.schemas.simulations import NewSimulation, SimulationOut
from app.web.handed_in import TheDesk
from app.web.idempotency import write

TAGS = ["Administration"]


@get("/api/admin/simulations", summary="The latest simulations", tags=TAGS)
async def list_simulations(staff: ThePerson) -> list[SimulationOut]:
    require(may_administer(staff, "service_levels"))
    return [SimulationOut.of(row, whole=False) for row in await Simulation.all().order_by("-id").limit(20)]


@post("/api/admin/simulations", status_code=201, summary="Replay the last days under a draft", tags=TAGS)
async def add_simulation(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, data: JSONBody[NewSimulation]
) -> Response[SimulationOut]:
    """Runs beside everything else; ask for its state until it is done."""
    require(may_administer(staff, "service_levels"))

    async def add(work: Work) -> SimulationOut:
        row = await actions.ask_for_simulation(
            work,
            days=data.days,
            name=data.name,
            policy_id=data.policy_id,
            policy=data.policy,
            calendar_id=data.calendar_id,
            calendar=data.calendar,
            holidays=actions.Holidays(
                country=data.country, subdivision=data.subdivision, language=data.holiday_language
            ),
            by=Actor.of(staff),
        )
        return SimulationOut.of(row, whole=False)

    return await write(request, desk, add, status=201)


@get("/api/admin/simulations/{simulation_id:int}", summary="How far a simulation is, and what it found", tags=TAGS)
async def show_simulation(staff: ThePerson, simulation_id: FromPath[int]) -> SimulationOut:
    require(may_administer(staff, "service_levels"))
    row = await Simulation.get_or_none(id=simulation_id)
    if row is None:
        raise NotFound("There is no such simulation.")
    return SimulationOut.of(row, whole=True)


@post("/api/admin/simulations/{simulation_id:int}/cancellation", status_code=200, summary="Stop it", tags=TAGS)
async def cancel_simulation(
    request: Request[Any, Any, Any], desk: TheDesk, staff: ThePerson, simulation_id: FromPath[int]
) -> Response[SimulationOut]:
    require(may_administer(staff, "service_levels"))

    async def cancel(work: Work) -> SimulationOut:
        return SimulationOut.of(await actions.cancel_simulation(work, simulation_id=simulation_id), whole=False)

    return await write(request, desk, cancel)


ROUTES = [list_simulations, add_simulation, show_simulation, cancel_simulation]
