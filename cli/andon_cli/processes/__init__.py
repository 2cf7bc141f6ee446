"""Child processes: finding programs and free ports, starting, watching and stopping, on every system."""
