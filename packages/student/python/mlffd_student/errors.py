"""What can go wrong, with what was expected, what was found, where, and what to do about it.

The codes are those of the TypeScript packages, and are what programs should test:

    try:
        model.evaluate(numbers, positions)
    except StudentError as error:
        print(error.code, error.where)
"""

from __future__ import annotations


class StudentError(Exception):
    """Base of every error that a user of this package can cause."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        expected: str | None = None,
        found: str | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.expected = expected
        self.found = found
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        rows = (
            ("expected", self.expected),
            ("found", self.found),
            ("where", self.where),
            ("what to do", self.hint),
            ("code", self.code),
        )
        return "\n".join(
            [self.message, *(f"  {label}: {text}" for label, text in rows if text is not None)]
        )


class InvalidAtomsError(StudentError, ValueError):
    """The structure is unusable: NaN position, no volume, no element, wrong lengths."""


class UnsupportedElementError(StudentError, ValueError):
    """The student was not trained for an element of the structure."""


class StudentConfigError(StudentError, ValueError):
    """`config.json` holds an unknown key, a wrong type or a value out of range."""


class FileFormatError(StudentError, ValueError):
    """A file is damaged, truncated, or not of its format."""


class FileSystemError(StudentError, OSError):
    """The file system refused: not found, not readable."""


class InvalidArgumentError(StudentError, ValueError):
    """An argument is outside of what is accepted."""
