"""Weight files of calculators: found or not, readable or not, and never waited for where there is no connection.

    from mlffd_calculators.weights import local_file, reading, require_connection

    path = local_file(weights)          # StartFailure `missing-file`
    require_connection(url)             # StartFailure `offline`, within seconds
    with reading(path, "orb-v2"):       # StartFailure `bad-weights`
        model.load_state_dict(torch.load(path))
"""

from __future__ import annotations

import contextlib
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator

from mlffd_worker.failures import StartFailure

CONNECT_SECONDS = 10.0


def local_file(path: str) -> str:
    """Absolute path of a file that is there."""
    whole = os.path.abspath(os.path.expanduser(path))
    if not os.path.isfile(whole):
        raise StartFailure("missing-file", f"there is no file {whole}", file=whole)
    return whole


def require_connection(url: str) -> None:
    """Returns where a download may succeed; libraries try again for minutes where it cannot."""
    request = urllib.request.Request(url, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=CONNECT_SECONDS).close()
    except urllib.error.HTTPError:
        # Somebody answers; the download itself tells more.
        return
    except OSError as error:
        if isinstance(getattr(error, "reason", error), ssl.SSLError):
            # Other libraries bring certificates of their own.
            return
        raise StartFailure("offline", f"cannot reach {url}: {error}", url=url) from error


@contextlib.contextmanager
def reading(path: str, model: str) -> Iterator[None]:
    """Whatever goes wrong while weights are read is told as the fault of their file."""
    try:
        yield
    except (MemoryError, StartFailure):
        raise
    except Exception as error:
        # Only the first sentence: PyTorch goes on with advice to trust the file.
        first = (str(error).strip() or type(error).__name__).splitlines()[0].split(". ")[0]
        raise StartFailure("bad-weights", f"{path} holds no weights of {model}: {first}", file=path) from error
