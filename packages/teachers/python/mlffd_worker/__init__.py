"""Parts of the worker; only the standard library is needed until a calculator is loaded."""

# Both sides say the version of their messages at the start; src/python/protocol.ts has the other.
PROTOCOL = 1
