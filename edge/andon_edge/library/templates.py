"""What `andon machine new` writes: files that run as they are and say in comments what else they could hold."""

from __future__ import annotations

from collections.abc import Sequence


def instance_text(type_name: str, line: str, after: str, wear: Sequence[str]) -> str:
    """A machine's file."""
    behind = (
        f"after: {after}\n"
        if after
        else "# after: bend-1          # stand behind this station; else run alone on endless work\n"
    )
    first = wear[0] if wear else "bearing"
    return f"""\
# A machine. The file's name is the machine's; `andon machine check` explains mistakes.
type: {type_name}
line: {line}   # a line of a plant file, or enterprise/site/area/line in full
{behind}# buffer: 2              # places behind it, where it stands in a line
# title: Shown on the board
# age: {{{first}: 0.4}}    # how worn it is at first: 0 is new, 1 fails
# parameters: {{}}         # other values for the type's parameters
# operation: {{cycle_s: 60}}
"""


def type_text(name: str) -> str:
    """A type's file: eight signals, one wear mode."""
    return f"""\
# A type of machine; every file in `machines` that says `type: {name}` is one of them.
title: {name.replace("-", " ").capitalize()}
description: What it does, in a sentence
drawing: machine           # press bend thermo foam paint robot assembly charge eol pack compressor chiller machine
rate_hz: 1                 # samples a second, 1 to 10; a signal may have its own
load: work                 # how hard it works while producing (about 1)
parameters: {{rated_speed: 3000}}
operations:                # one; times in seconds of plant time
  work-piece: {{title: Work a piece, cycle_s: 60, changeover_s: 120, spread: 0.02}}
wear:                      # hidden conditions: 0 is new, at 1 the machine fails
  bearing: {{title: Spindle bearing, per_hour: "0.002 * load", reason: Spindle hot, repair_s: 1800}}
signals:                   # unit in UCUM; tau_s is a lag, noise a standard deviation, limits raise alarms
  speed: {{unit: /min, range: [0, 4000], value: "rated_speed * running * (1 - 0.05 * bearing)", tau_s: 2, noise: 4}}
  torque: {{unit: N.m, range: [0, 100], value: "running * (8 + 30 * hump(phase, 0.1, 0.9))", tau_s: 1, noise: 0.4}}
  current: {{unit: A, range: [0, 60], value: "powered * 2 + 0.6 * torque", tau_s: 1, noise: 0.1}}
  power: {{unit: kW, range: [0, 40], value: "0.4 * current", tau_s: 1, noise: 0.05}}
  temperature: {{unit: Cel, range: [0, 120], value: "ambient + running * (20 + 25 * bearing)", tau_s: 900, noise: 0.1}}
  vibration: {{unit: mm/s, range: [0, 20], value: "0.3 + running * (1 + 4 * bearing)", noise: 0.05, limits: [null, 5]}}
  feed: {{unit: mm/s, range: [0, 50], value: "running * 12 * pulse(phase, 0.1, 0.9)", tau_s: 0.5, noise: 0.1}}
  air: {{unit: bar, range: [0, 10], value: air_pressure, noise: 0.02}}
quality:
  scrap: "0.005 + 0.05 * bearing ** 3"     # probability; beyond the limits of what is measured a unit is scrap, too
  measured: {{diameter: {{value: "20 + 0.02 * bearing", noise: 0.005, unit: mm, limits: [19.97, 20.03], target: 20}}}}
micro_stops: {{per_hour: 1, mean_s: 20, reason: Chips jammed}}
faults:                    # offered beside the standard ones; gradual, sudden or intermittent
  bearing-wear: {{shape: gradual, title: The bearing wears much faster, wear: bearing, factor: 500, onset_s: 900}}
"""
