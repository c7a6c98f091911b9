"""The memory that `fit` takes on 60,000 digits with two processes, in a process of its own."""

import subprocess
import sys
import threading
from pathlib import Path

from lenet_core import SGD, LeNet5, fit

from .load import own_seconds
from .machine import digits

EVERY = 0.01  # seconds
HOW = (
    "proportional set size (PSS) of all processes of a fit with workers=2, looked at every 10 ms: "
    "its peak, less what the one process had with the digits and the imports before"
)


def peak():
    """Measure in a new process; return MiB above the data, None where the system does not tell."""
    if not Path("/proc/self/smaps_rollup").exists():
        return {"peak_mib_above_data": None, "how": "not measured: no /proc/self/smaps_rollup"}
    command = [sys.executable, "-m", "bench.memory"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"peak_mib_above_data": float(done.stdout), "how": HOW}


def main():
    """Train for an epoch and print the MiB."""
    X, y, _ = digits()
    model, before, ended, seen = LeNet5(rng=0), mib(), threading.Event(), []

    def look():
        while not ended.wait(EVERY):
            seen.append(mib())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    fit(model, X, y, epochs=1, optimizer=SGD(0.01), workers=2)
    ended.set()
    thread.join()
    print(max(seen) - before)


def mib():
    """Return the proportional set size of this process and of all that it has started, in MiB."""
    return sum(pss(pid) for pid in own_seconds()) / 1024


def pss(pid):
    """Return the proportional set size of a process in KiB, 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
