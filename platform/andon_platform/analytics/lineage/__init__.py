"""Where a figure comes from: its formula and standard, the elements of it, and what each element is read from.

``figures`` lists them; the API adds what is known of a machine and a range (``api/routes/lineage.py``).
"""
