"""An edge tells how it is; the pages and :command:`andon doctor` read it in ``GET /flow``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from andon_platform.api.answers import PROBLEMS
from andon_platform.api.auth import Enroller, Have
from andon_platform.api.models_edges import EdgeAccount

router = APIRouter(tags=["devices"], responses=PROBLEMS)
_Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", examples=["edge"])]


@router.put("/edges/{name}", status_code=204)
async def tell(who: Enroller, have: Have, name: _Name, account: EdgeAccount) -> Response:
    """Keep an edge's account of itself until its next. An edge tells every ten seconds, and when something changes."""
    have.edges.say(name, account)
    return Response(status_code=204)
