"""What a world says about itself: births of machines and the layout of the plant."""

from __future__ import annotations

from andon_contracts.identity import Identity
from andon_contracts.messages import (
    Birth,
    CharacteristicSpec,
    CommandSpec,
    InstructionSpec,
    LayoutMessage,
    LineLayout,
    OperationSpec,
    Shift,
    SignalSpec,
    SiteLayout,
    Station,
)

from andon_edge.library.specs import WorldSpec
from andon_edge.simulation import faults
from andon_edge.simulation.machine import Machine


def birth(machine: Machine) -> Birth:
    """The machine's birth; ``session``, ``t`` and ``epoch`` are 0."""
    model, config = machine.model, machine.spec.config
    signals = [
        SignalSpec(
            name=name,
            unit=s.unit,
            minimum=s.range[0],
            maximum=s.range[1],
            rate_hz=machine.rates[name],
            title=s.title or name.replace("_", " ").capitalize(),
            description=s.description,
            low_limit=s.limits[0],
            high_limit=s.limits[1],
            role=s.role,
        )
        for name, s in model.signals.items()
    ]
    if machine.station is not None:
        signals.append(
            SignalSpec(
                name="buffer_out",
                unit="1",
                minimum=0,
                maximum=max(1, machine.buffer_places),
                rate_hz=max(s.rate_hz for s in signals),
                title=f"{machine.station.carries.capitalize()} behind it",
                role="buffer",
            )
        )
    operations = []
    if machine.operation:
        name, cycle, changeover, _, _ = machine.operation
        told = model.operations[name]
        steps = [InstructionSpec(text=i.text, note=i.note, products=list(i.only)) for i in told.instructions]
        operations.append(
            OperationSpec(name=name, cycle_s=cycle, changeover_s=changeover, title=told.title, instructions=steps)
        )
    return Birth(
        machine=machine.path,
        session=0,
        t=0,
        epoch=0,
        type=machine.spec.type.name,
        title=config.title or model.title,
        description=config.description or model.description,
        drawing=model.drawing,
        origin="simulated",
        source="",
        interval_s=machine.interval,
        signals=signals,
        operations=operations,
        commands=_commands(machine),
        characteristics=_characteristics(machine),
    )


def _characteristics(machine: Machine) -> list[CharacteristicSpec]:
    """What is measured on each unit, with the limits beyond which this machine calls it scrap."""
    return [
        CharacteristicSpec(
            name=name,
            unit=m.unit,
            title=m.title or name.replace("_", " ").capitalize(),
            lower=m.limits[0],
            upper=m.limits[1],
            target=m.target,
        )
        for name, m in machine.model.quality.measured.items()
    ]


def _commands(machine: Machine) -> list[CommandSpec]:
    known = faults.names(machine)
    inject = {
        "fault": known,
        "severity": ["0.3", "0.6", "1"],
        "duration_s": ["", "60", "600", "3600"],
        "signal": ["", *machine.names],
    }
    return [
        CommandSpec(name="stop", title="Stop the machine", arguments={"reason": []}),
        CommandSpec(name="start", title="Start the machine"),
        CommandSpec(name="inject-fault", title="Inject a fault", arguments=inject),
        CommandSpec(name="clear-fault", title="End a fault", arguments={"fault": ["", *known]}),
    ]


def layout(spec: WorldSpec) -> LayoutMessage | None:
    """The plant's file as the board needs it, with the stations that really run; None without a plant."""
    plant = spec.plant
    if plant is None:
        return None
    model = plant.model
    by_line: dict[str, list[Station]] = {}
    for s in plant.stations:
        station = Station(machine=s.identity.path, feeds=[f.path for f in s.feeds], buffer=s.buffer, carries=s.carries)
        by_line.setdefault(_line(s.identity), []).append(station)
    sites = []
    for site in model.sites:
        lines = [
            LineLayout(
                path=(path := f"{model.enterprise}/{site.site}/{line.area}/{line.line}"),
                title=line.title or line.line,
                stations=by_line.get(path, []),
                takt_s=line.takt_s,
            )
            for line in site.lines
        ]
        sites.append(
            SiteLayout(
                site=site.site,
                title=site.title or site.site,
                latitude=site.latitude,
                longitude=site.longitude,
                industry=site.industry,
                time_zone=site.time_zone,
                lines=lines,
                utilities=[u.path for u in plant.utilities if u.site == site.site],
                others=[o.path for o in plant.others.get(site.site, ())],
            )
        )
    shifts = [
        Shift(name=s.name, start=s.start, end=s.end, days=list(s.days), breaks=list(s.breaks)) for s in model.shifts
    ]
    return LayoutMessage(
        enterprise=model.enterprise,
        title=model.title or model.enterprise,
        product=model.product,
        sites=sites,
        shifts=shifts,
        days_off=list(model.days_off),
    )


def _line(identity: Identity) -> str:
    return identity.path.rsplit("/", 1)[0]
