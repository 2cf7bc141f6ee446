"""The live stream: what the broker says now, to every reader who asks, each at its own cost."""
