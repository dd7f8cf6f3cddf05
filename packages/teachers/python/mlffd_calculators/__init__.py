"""Functions that make ASE calculators whose classes want more than plain arguments.

A preset names them as `mlffd_calculators.orb:orb`. Only what a function needs is imported, when it is called.
"""
