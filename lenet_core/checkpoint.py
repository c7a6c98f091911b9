"""The state of an unfinished training run, so that an interrupted one goes on bit for bit."""

import copy
import functools
import json
from pathlib import Path

import numpy as np

from .weights import assign, check_alike, read_arrays, write_arrays


class Checkpoint:
    """One file with the state after the last finished epoch of a run.

    Parameters
    ----------
    path : where the file lies or will lie
    model, optimizer : whose parameters and state are kept
    rng : numpy.random.Generator that draws the order of the samples
    settings : dict, JSON-ready
        What has to be the same for the run to go on: batch size, learning rate, data ...
    """

    def __init__(self, path, model, optimizer, rng, settings):
        self.path, self.model, self.optimizer = Path(path), model, optimizer
        self.rng = rng
        self.settings = settings | {"generator": type(rng.bit_generator).__name__}

    def save(self, history):
        """Write the state, with the dict `history` of the epochs so far."""
        state = {
            "settings": self.settings,
            "history": history,
            "rng": self.rng.bit_generator.state,
        }
        arrays = {"state": np.array(json.dumps(state, default=np.ndarray.tolist))}
        arrays |= {f"params/{name}": value for name, value in self.model.params.items()}
        arrays |= {f"velocity/{name}": value for name, value in self.optimizer.state.items()}
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
        settings, history, rng = self._state(arrays)
        self._refuse_other_settings(settings)
        self._try(rng)
        state = _under("velocity/", arrays)
        if state:  # none before the first step
            check_alike(self.model.params, state, self.path)
        assign(self.model.params, _under("params/", arrays), self.path)
        self.optimizer.state = state
        self.rng.bit_generator.state = rng
        return history

    def _state(self, arrays):
        """Return settings, history and state of the generator from the arrays of the file."""
        try:
            state = json.loads(str(arrays["state"]))
            return state["settings"], state["history"], state["rng"]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is no checkpoint: give another path") from error

    def _try(self, state):
        """Set a copy of the generator to this state, before anything else is changed."""
        try:
            copy.deepcopy(self.rng).bit_generator.state = state
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is damaged: delete it to start anew") from error

    def _refuse_other_settings(self, saved):
        for name in sorted(saved | self.settings):
            if saved.get(name) != self.settings.get(name):
                raise ValueError(
                    f"{self.path} is of another run: {name} was {saved.get(name)!r}, now "
                    f"{self.settings.get(name)!r}; delete the file or give another path"
                )


def described(part):
    """Name a function or an object with its settings, JSON-ready; None stays None.

    What has no `__repr__` of its own goes by the name of its type, and every lambda by the same.
    """
    if part is None:
        return None
    if isinstance(part, functools.partial):
        args = [f"{described(value)}" for value in part.args]
        settings = [f"{name}={described(value)}" for name, value in sorted(part.keywords.items())]
        return f"{described(part.func)}({', '.join(args + settings)})"
    if type(part).__repr__ is object.__repr__:
        return type(part).__name__
    return getattr(part, "__qualname__", repr(part))


def _under(prefix, arrays):
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }
