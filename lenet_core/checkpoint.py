"""The state of an unfinished training run, so that an interrupted one goes on bit for bit."""

import json
from pathlib import Path

import numpy as np

from .weights import assign, read_arrays, write_arrays


class Checkpoint:
    """One file with the state after the last finished epoch of a run.

    Parameters
    ----------
    path : where the file lies or will lie
    model, optimizer : whose parameters and velocities are kept
    rng : numpy.random.Generator that draws the order of the samples
    settings : dict, JSON-ready
        What has to be the same for the run to go on: batch size, learning rate, data ...
    """

    def __init__(self, path, model, optimizer, rng, settings):
        self.path, self.model, self.optimizer = Path(path), model, optimizer
        self.rng, self.settings = rng, settings

    def save(self, history):
        """Write the state, with the dict `history` of the epochs so far."""
        state = {
            "settings": self.settings,
            "history": history,
            "rng": self.rng.bit_generator.state,
        }
        arrays = {"state": np.array(json.dumps(state))}
        arrays |= {f"params/{name}": value for name, value in self.model.params.items()}
        arrays |= {f"velocity/{name}": value for name, value in self.optimizer.velocity.items()}
        write_arrays(self.path, arrays)

    def load(self):
        """Restore model, optimizer and rng, and return the dict history; None without a file.

        Raises
        ------
        ValueError
            If the file is damaged or is of another run; nothing is changed then.
        """
        if not self.path.exists():
            return None
        arrays = read_arrays(self.path)
        if "state" not in arrays:
            raise ValueError(f"{self.path} is no checkpoint: give another path")
        state = json.loads(str(arrays.pop("state")))
        self._refuse_other_settings(state["settings"])
        assign(self.model.params, _under("params/", arrays), self.path)
        self.optimizer.velocity = _under("velocity/", arrays)
        self.rng.bit_generator.state = state["rng"]
        return state["history"]

    def _refuse_other_settings(self, saved):
        for name in sorted(saved | self.settings):
            if saved.get(name) != self.settings.get(name):
                raise ValueError(
                    f"{self.path} is of another run: {name} was {saved.get(name)!r}, now "
                    f"{self.settings.get(name)!r}; delete the file or give another path"
                )


def _under(prefix, arrays):
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }
