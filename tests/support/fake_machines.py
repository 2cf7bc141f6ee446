"""What the fake API answers about machines and plants, and what it takes from people for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

if TYPE_CHECKING:
    from support.fake_platform import FakePlatform


def problem(status: int, detail: str) -> JSONResponse:
    """An answer as RFC 9457 has it."""
    body = {"type": "about:blank", "title": "Problem", "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def add_machine_routes(api: FastAPI, fake: FakePlatform) -> None:
    """Machines, their commands, plants and their pace."""

    @api.get("/machines")
    def machines() -> Any:
        return {"machines": list(fake.machines.values())}

    @api.get("/machines/{path:path}/history")
    def history(path: str) -> Any:
        return {
            "machine": path,
            "history": [{"t": fake.now(), "what": "birth", "session": 7, "epoch": 1, "reason": ""}],
        }

    @api.post("/machines/{path:path}/commands")
    async def command(path: str, request: Request) -> Any:
        body = await request.json()
        fake.commands.append({"owner": path, **body})
        done = {"id": f"c{len(fake.commands)}", "status": "done", "text": f"{body['command']} done", "t": fake.now()}
        fake.answers.insert(0, {**done, **body, "owner": path, "issued_by": f"{fake.role}:maria", "reply_ms": 41.0})
        if body["command"] == "stop":
            fake.set_state(path, "planned", body["arguments"].get("reason") or "Stopped by hand")
        return {"id": "c1", "status": "done", "text": f"{body['command']} done", "t": fake.now(), "reply_ms": 41.0}

    @api.get("/commands")
    def commands(owner: str, limit: int = 100) -> Any:
        return {"commands": [c for c in fake.answers if c["owner"] == owner][:limit]}

    @api.get("/machines/{path:path}")
    def machine(path: str) -> Any:
        return fake.machines.get(path) or problem(404, f"no machine {path}")

    @api.get("/plants")
    def plants() -> Any:
        return {"plants": list(fake.plants.values())}

    @api.post("/plants/{enterprise}/pace")
    async def pace(enterprise: str, request: Request) -> Any:
        value = float((await request.json())["pace"])
        if fake.role not in ("engineer", "admin"):
            return problem(403, "plant:pace is not among your scopes")
        if value > 100:
            return {"id": "p", "status": "refused", "text": "Pace above 100 is too fast for this computer",
                    "t": fake.now(), "reply_ms": 3.0}  # fmt: skip
        segments = fake.plants[enterprise]["clock"]["segments"]
        last, now = segments[-1], fake.now()
        segments.append({"wall": now, "plant": int(last["plant"] + (now - last["wall"]) * last["pace"]), "pace": value})
        fake.send({"type": "clock", "enterprise": enterprise, "segments": segments})
        return {"id": "p", "status": "done", "text": "", "t": now, "reply_ms": 3.0}
