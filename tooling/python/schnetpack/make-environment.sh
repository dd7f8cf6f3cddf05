#!/bin/sh
# Creates a Python environment with the exact versions that golden.py and bench.py were run with.
#
#   make-environment.sh FOLDER
#
# schnetpack 2.1.1 pins an older torch and sympy; it runs on the current torch once the pins are
# overridden and one name that torch dropped is put back (see painn_model.py).
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 FOLDER" >&2
  exit 2
fi
folder=$1
here=$(cd "$(dirname "$0")" && pwd)

if command -v uv >/dev/null 2>&1; then
  uv venv --python 3.11 "$folder"
  uv pip install --python "$folder/bin/python" \
    --override "$here/overrides.txt" --requirement "$here/requirements.txt"
else
  python3 -m venv "$folder"
  # pip knows no overrides: what schnetpack imports comes first, then schnetpack without its pins.
  "$folder/bin/pip" install --requirement "$here/runtime.txt"
  "$folder/bin/pip" install --no-deps schnetpack==2.1.1
fi
"$folder/bin/python" "$here/golden.py" --check
