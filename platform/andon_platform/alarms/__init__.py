"""Alarms and what people do with them, after ISA-18.2 (IEC 62682).

``alarm`` knows the states and what leads from one to another, ``book`` keeps every alarm with its history.
"""
