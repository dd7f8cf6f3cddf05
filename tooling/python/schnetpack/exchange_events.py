"""An event file as TensorBoard itself writes it, as a fixture for the tests of @mlffd/report.

    exchange_events.py OUT.json

The environment of schnetpack has TensorBoard (2.21.0 when this was made). The fixture has the scalars
and the bytes of the file with TensorBoard's own messages, framing and checksums, in base64.
"""

from __future__ import annotations

import base64
import io
import json
import sys

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

EVENTS = [
    {"wallTime": 1700000000.25, "step": 1, "scalars": {"train/loss": 0.1, "train/epoch": 1.0}},
    {"wallTime": 1700000001.5, "step": 50, "scalars": {"validation/force_mae_meV_A": -3.25e-12}},
    {"wallTime": 1700000009.0, "step": 123456789012, "scalars": {"train/\u00e5": 3.0e38}},
]


def main() -> None:
    """Command line; see the top of the file."""
    buffer = io.BytesIO()
    buffer.close = lambda: None
    writer = RecordWriter(buffer)
    start = EVENTS[0]["wallTime"]
    writer.write(Event(wall_time=start, file_version="brain.Event:2").SerializeToString())
    for event in EVENTS:
        values = [Summary.Value(tag=t, simple_value=v) for t, v in event["scalars"].items()]
        message = Event(
            wall_time=event["wallTime"], step=event["step"], summary=Summary(value=values)
        )
        writer.write(message.SerializeToString())
    content = base64.b64encode(buffer.getvalue()).decode()
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({"start": start, "events": EVENTS, "file": content}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main()
