"""What people say and do at the machines: the human half of "people, things and information".

``calls`` is the andon cord (called, answered, resolved), ``stops`` a person's reason for a stop with ``catalogue`` to
choose from, ``scrap`` pieces that a person found bad, ``near_miss`` what nearly hurt somebody, ``handover`` a shift
given to the next one, ``labour`` who works where. ``tables`` is how they lie in the registry's database, ``deed`` what
all of them have: who, when, and a key by which an action that is sent twice is done once. ``desk`` holds one of each.

Errors: ``Refused`` (what is asked does not fit what is there; says why).
"""
