"""OEE and its family after ISO 22400-2: from states and counts to times, ratios and losses.

Everything here is plant time in integer microseconds, so that parts add up to the last one.
"""
