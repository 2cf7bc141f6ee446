"""Alarms and what people do with them, after ISA-18.2 (IEC 62682).

``alarm`` knows the states and what leads from one to another, ``book`` keeps every alarm with its history (``log``),
``measures`` says how good the alarms are to the people who get them.
"""
