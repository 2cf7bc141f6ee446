"""`andon demo`: every process of the stack as a child of one, on this computer, with nothing else installed."""
