"""Values as documents write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from trc_mee6.render import documents


@pytest.mark.parametrize(
    ("function", "value", "written"),
    [
        (documents.moment, datetime(2026, 1, 2, 3, 4, 5, 999999, UTC), "2026-01-02T03:04:05Z"),
        (
            documents.moment,
            datetime(2026, 1, 2, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            "2026-01-01T23:30:00Z",
        ),
        (documents.moment, None, None),
        (documents.day, date(2026, 1, 2), "2026-01-02"),
        (documents.day, None, None),
        (documents.discord_id, 2**63 - 1, "9223372036854775807"),
        (documents.discord_id, None, None),
    ],
)
def test_times_are_utc_days_iso_and_ids_strings(function, value, written):
    assert function(value) == written
