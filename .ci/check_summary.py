"""Checks the figures of a minute's demo: data flowed, nothing was lost, nothing came twice."""

import json
import sys
from pathlib import Path

found = json.loads(Path(sys.argv[1]).read_text())
print(json.dumps(found, indent=1))
run = found["this_run"]
wrong = [
    text
    for text, good in {
        "first data within 20 s": found["first_data_s"] is not None and found["first_data_s"] < 20,
        "at least 16 machines": found["machines"] >= 16,
        "at least 600 messages": found["sent"] >= 600,
        "nothing lost": found["lost"] == 0,
        "nothing twice": found["duplicated"] == 0,
        "nothing pending": found["pending"] == 0,
        "nothing in quarantine": found["quarantined"] == 0,
        "every message stored": found["stored"] == found["sent"],
        "at least 600 messages in this run": run["sent"] >= 600,
        "all of this run settled": run["settled"] == run["sent"] + run["carried_over"],
        "nothing of this run void or pending": run["voided"] == run["pending"] == 0,
        "no process died": not any(p["restarts"] for p in found["processes"].values()),
    }.items()
    if not good
]
if wrong:
    sys.exit("not true: " + "; ".join(wrong))
print("all figures are as they must be")
