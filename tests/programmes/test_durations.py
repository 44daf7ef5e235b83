import pytest

from programmes.durations import duration


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (1, "1 minute"),
        (25, "25 minutes"),
        (60, "1 hour"),
        (61, "1 hour 1 minute"),
        (90, "1½ hours"),
        (120, "2 hours"),
        (200, "3 hours 20 minutes"),
        (210, "3½ hours"),
    ],
)
def test_duration_is_formatted_in_hours_and_minutes(minutes: int, expected: str) -> None:
    assert duration(minutes) == expected
