"""Much traffic with faults in between: none lost or out of place, speed and memory level."""

import sys
from statistics import median

import pytest

from tests.benchmarks.soak import stretches

from .support import LONG

COUNT = 4_000_000 if LONG else 200_000
STRETCHES = 10


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_traffic(n_jobs: int) -> None:
    """A short run of ``tests.benchmarks.soak``, which compares every result with the right one."""
    seen = list(stretches(COUNT, COUNT // STRETCHES, n_jobs))
    assert sum(stretch.statements for stretch in seen) == COUNT
    first, last = seen[2:5], seen[-3:]
    # Wide limits: the machine may be busy, and the traffic is short.
    assert median(s.rate for s in last) > median(s.rate for s in first) / 2
    assert median(s.megabytes for s in last) < median(s.megabytes for s in first) + 20
