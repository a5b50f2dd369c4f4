import os
import subprocess
import sys

import pytest

from topazcore.processor import available_cores


def test_there_is_a_core_and_no_more_than_the_machine_has():
    assert 1 <= available_cores() <= os.cpu_count()


@pytest.mark.parametrize(
    ("limit", "expected"), [("1", 1), ("2", 2), ("9", 4), ("", 4), ("0", 4), ("two", 4), ("2,1", 4)]
)
def test_no_more_cores_are_taken_than_the_environment_allows(monkeypatch, limit, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", limit)
    assert available_cores() == expected


@pytest.mark.skipif(not hasattr(os, "nice"), reason="Windows has no niceness")
def test_a_considerate_process_has_less_priority_and_lets_idle_threads_sleep():
    code = (
        "import os; from topazcore.processor import give_way, let_idle_threads_sleep; before = os.nice(0); "
        "give_way(); let_idle_threads_sleep(); "
        "print(os.nice(0) > before or before == 19, os.environ['OMP_WAIT_POLICY'])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["True", "PASSIVE"]
