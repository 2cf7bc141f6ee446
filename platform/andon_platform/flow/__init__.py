"""How long messages take: percentiles of each hop, and one message followed from hop to hop."""
