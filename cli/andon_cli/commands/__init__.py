"""Sub-commands of `andon`, one file each."""
