"""Rounds of measurements, and what other processes do to them meanwhile."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tqdm import trange

from .ways import DIGITS

TOLERATED = 0.1  # of one core, for others than this process and what it has started
COARSE = 0.03  # seconds: the machine counts the time of its processes in steps of about 0.01


class Taken(NamedTuple):
    """What a measurement took: seconds, and the seconds that others were computing."""

    seconds: float
    others: float | None  # None where it cannot be seen


class Rounds(NamedTuple):
    """The seconds of each way in the quiet rounds, scaled to DIGITS, and how many were not."""

    seconds: dict
    dropped: int
    load: str


def interleave(epochs, rounds):
    """Let every way train in each round; return the `Rounds`.

    `epochs` is {key: (epoch, digits)}.
    """
    turns = trange(rounds, unit="round", leave=False, disable=None)  # a bar on a terminal only
    measured = [{k: second(*way) for k, way in epochs.items()} for _ in turns]
    kept, load = quiet(measured)
    seconds = {k: [r[k].seconds * DIGITS / n for r in kept] for k, (_, n) in epochs.items()}
    return Rounds(seconds, rounds - len(kept), load)


def medians(epochs, rounds=3):
    """Return {key: median of the seconds}."""
    return {key: median(values) for key, values in interleave(epochs, rounds).seconds.items()}


def second(epoch, digits):
    """Train twice and return what the second pass took: runs are long, their first pass is not it.

    In the first one processes wake up, and the digits come back from where other ways drove them.
    """
    epoch(digits)
    return taken(epoch, digits)


def taken(epoch, digits):
    """Train once and return what it took."""
    before, start = others_seconds(), time.perf_counter()
    epoch(digits)
    seconds = time.perf_counter() - start
    return Taken(seconds, None if before is None else others_seconds() - before)


def quiet(measured):
    """Return the rounds in which others left the machine alone, and a sentence about it.

    If there is none, all are returned.
    """
    if any(t.others is None for r in measured for t in r.values()):
        return measured, "not seen: this system does not tell what others compute"
    kept = [r for r in measured if not any(disturbed(t) for t in r.values())]
    if not kept:
        return measured, f"others used more than {TOLERATED:.0%} of a core in every round"
    return kept, f"others used at most {TOLERATED:.0%} of a core in the rounds that are kept"


def disturbed(taken):
    """Tell whether others computed for longer than can be overlooked."""
    return taken.others > TOLERATED * taken.seconds + COARSE


def others_seconds():
    """Return the processor time of all that is not ours since the machine started; None if unknown.

    Time that other machines on the same hardware took (steal) counts as well.
    """
    stat = Path("/proc/stat")
    if not stat.exists():
        return None
    user, nice, system, _, _, irq, softirq, steal = map(int, stat.read_text().split()[1:9])
    ticks = user + nice + system + irq + softirq + steal
    return ticks / os.sysconf("SC_CLK_TCK") - sum(own_seconds().values())


def own_seconds():
    """Return {process id: processor time} of this process and of all that it has started.

    With the time of processes that have ended.
    """
    parents, seconds = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            fields = path.read_text().rpartition(")")[2].split()
            pid = int(path.parent.name)
            parents[pid] = int(fields[1])
            seconds[pid] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return {pid: seconds[pid] for pid in parents if os.getpid() in ancestry(pid, parents)}


def ancestry(pid, parents):
    """Yield a process, its parent, the parent's parent ..."""
    while pid in parents:
        yield pid
        pid = parents[pid]


@contextlib.contextmanager
def one_core_taken():
    """Let another process compute for as long as this one lives."""
    endless = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"
    process = subprocess.Popen([sys.executable, "-c", endless])
    try:
        yield
    finally:
        process.kill()
        process.wait()
