"""Worker of @mlffd/teachers: answers with any ASE calculator, asked by a Node.js process.

usage: worker.py, with three more open files: 3 requests, 4 replies, 5 lifeline of the asking process.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WRITES_BYTECODE = sys.dont_write_bytecode

# Nothing of this folder may hide a module of the user, and nothing is written beside it.
sys.dont_write_bytecode = True
sys.path = [HERE] + [path for path in sys.path if path != HERE]
from mlffd_worker.supervisor import supervise  # noqa: E402

supervise(lifeline=5, channel=(3, 4))

import mlffd_calculators  # noqa: E402, F401  found from here on, though this folder leaves the path
from mlffd_worker.serve import serve  # noqa: E402

sys.dont_write_bytecode = WRITES_BYTECODE
sys.path = [path for path in sys.path if path != HERE] + [os.getcwd()]
sys.exit(serve(requests=3, replies=4))
