"""Retries, circuits and signatures, as rules."""

import time

import pytest
from standardwebhooks.webhooks import Webhook

from services.web.retries import PAUSES, open_for, pause
from services.web.signing import headers, key_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_retries_go_on_for_a_day_and_end() -> None:
    assert 86_400 <= sum(PAUSES) <= 30 * 3_600
    assert [pause(attempt, 0.5) for attempt in range(1, len(PAUSES) + 1)] == list(PAUSES)
    assert pause(len(PAUSES) + 1, 0.5) is None
    assert pause(1, 0.0) == pytest.approx(4.0)
    assert pause(1, 1.0) == pytest.approx(6.0)


def test_a_circuit_opens_after_failures_in_a_row_and_longer_each_time() -> None:
    assert [open_for(failures) for failures in (0, 4, 5, 6, 7)] == [0, 0, 60, 120, 240]
    assert open_for(1_000) == 3_600


def test_a_signature_is_that_of_the_standard() -> None:
    body = b'{"a": 1}'
    given = headers([SECRET], "s-1:1", int(time.time()), body)
    assert Webhook(SECRET).verify(body, given) == {"a": 1}


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%"]
)
def test_a_bad_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        key_of(secret)
