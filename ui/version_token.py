"""Version tokens: optimistic locking between the page with a form and the data behind it."""

import hashlib


class StaleError(Exception):
    """Raised if the data has changed since the page was shown. Nothing was saved.

    The message is a translated sentence for the person whose change was refused.
    """


def version_token(*facts: object) -> str:
    """Return a token of 16 hexadecimal digits that changes whenever one of the facts changes.

    Put the token in a hidden input and compare it, under a row lock, when the form comes back.
    Facts are compared by their `repr`, so pass values (strings, numbers, dates, tuples) and not
    model instances.
    """
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def check_version(seen: str, current: str, message: str) -> None:
    """Raise StaleError with the message unless the two tokens are the same."""
    if seen != current:
        raise StaleError(message)
