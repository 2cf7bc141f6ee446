"""What machines use: electricity by state, and the compressed air that no machine accounts for.

``meters`` finds the signals that measure it, ``use`` makes energy out of power and states, ``air`` looks for leaks.
"""
