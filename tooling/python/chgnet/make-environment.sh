#!/bin/sh
# Makes the Python environment of the CHGNet exporter: make-environment.sh FOLDER
# A folder that already holds it is brought to the pinned versions; needs Python 3.11 or 3.12.
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 FOLDER" >&2
  exit 2
fi
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
if command -v uv >/dev/null 2>&1; then
  [ -x "$folder/bin/python" ] || uv venv --python "$python" "$folder"
  uv pip install --python "$folder/bin/python" --requirement "$here/requirements.txt"
else
  [ -x "$folder/bin/python" ] || "$python" -m venv "$folder"
  "$folder/bin/python" -m pip install --requirement "$here/requirements.txt"
fi
"$folder/bin/python" -c 'import chgnet, onnx, onnxruntime; print("ready")'
