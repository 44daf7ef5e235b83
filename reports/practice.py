"""How large a part of a workshop's people wrote a reflection, in bands too wide to point at anybody."""

from surveys.disclosure import MINIMUM, is_large_enough

BANDS = (
    (0.25, "fewer than a quarter"),
    (0.5, "a quarter to a half"),
    (0.75, "a half to three quarters"),
)
HIGHEST = "three quarters or more"
NOT_SHOWN = f"not shown: fewer than {MINIMUM} attended"


def band(*, writers: int, attended: int) -> str:
    """Each band begins where the one before ends: a quarter exactly is “a quarter to a half”.

    Somebody who could not come may write, too, so there can be more writers than people who attended.
    """
    if not is_large_enough(attended):
        return NOT_SHOWN
    share = writers / attended
    return next((words for below, words in BANDS if share < below), HIGHEST)
