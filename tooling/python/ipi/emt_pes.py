"""ASE's EMT as a potential of i-pi-py_driver, for the tests of @mlffd/teachers.

    i-pi-py_driver -m custom -P emt_pes.py -o template=STRUCTURE -u -a NAME
"""

from __future__ import annotations

from ase.calculators.emt import EMT
from ipi.pes._ase import ASEDriver

__DRIVER_NAME__ = "custom"
__DRIVER_CLASS__ = "EMTDriver"


class EMTDriver(ASEDriver):
    def check_parameters(self) -> None:
        super().check_parameters()
        self.ase_calculator = EMT()
