"""A limit ends what runs too long, leaves the process as it was, and calls for help where it is ignored."""

import signal
import threading
import time

import pytest

from pytest_rnn_conformance import timeout
from pytest_rnn_conformance.errors import CheckTimeout

SHORT = 0.05


def spin(seconds=5.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_a_loop_that_does_not_end_is_ended():
    start = time.monotonic()

    with pytest.raises(CheckTimeout), timeout.limit(SHORT):
        spin()

    assert time.monotonic() - start < 1.0


def test_code_that_catches_every_exception_is_ended_too():
    with pytest.raises(CheckTimeout), timeout.limit(SHORT):
        try:
            spin()
        except Exception:  # noqa: BLE001 - that is the point
            spin()


def test_code_that_catches_the_first_signal_gets_another(monkeypatch):
    with pytest.raises(CheckTimeout), timeout.limit(SHORT):
        try:
            spin()
        except BaseException:  # noqa: BLE001 - that is the point
            spin()


def test_code_that_is_in_time_is_left_alone():
    with timeout.limit(10.0):
        result = 1 + 1

    assert result == 2


def test_no_limit_sets_no_timer():
    with timeout.limit(0):
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_handler_and_the_timer_of_before_are_put_back():
    def own(number, frame):
        raise AssertionError

    previous = signal.signal(signal.SIGALRM, own)
    signal.setitimer(signal.ITIMER_REAL, 60.0)
    try:
        with pytest.raises(CheckTimeout), timeout.limit(SHORT):
            spin()

        assert signal.getsignal(signal.SIGALRM) is own
        assert 50.0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, previous)


def test_what_the_block_raises_goes_through():
    with pytest.raises(ZeroDivisionError), timeout.limit(10.0):
        _ = 1 / 0

    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_watchdog_speaks_where_the_signal_does_not_end_the_block(monkeypatch):
    monkeypatch.setattr(timeout, "GRACE", 0.05)
    monkeypatch.setattr(timeout, "has_signal", lambda: False)
    spoken = threading.Event()

    with timeout.limit(SHORT, spoken.set):
        assert spoken.wait(5.0)


def test_the_watchdog_is_silent_where_the_block_ends_in_time(monkeypatch):
    monkeypatch.setattr(timeout, "GRACE", 0.0)
    spoken = threading.Event()

    with timeout.limit(SHORT, spoken.set):
        pass

    assert not spoken.wait(3 * SHORT)


def test_another_thread_has_no_signal_and_is_not_interrupted():
    said = []

    def work():
        said.append(timeout.has_signal())
        with timeout.limit(SHORT):
            spin(2 * SHORT)
        said.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert said == [False, "done"]
