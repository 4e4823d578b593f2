"""Rules that every pattern can be held to: a code, a reason and one job each. One module an area.

Codes are `NAWS-<AREA>-<NNN>`: stable, and never used for anything else when a rule goes.
"""
