"""Recipes of 1998: all settings of a run but its seed, the paper's and those it is silent about."""

from dataclasses import dataclass

from ..checkpoint import Checkpoint
from ..data import data_hash
from ..recipes import RunSettings
from ..train import follow, progress_bar
from .losses import MAPLoss, MeanSquaredDistance
from .network import LeNet5_1998
from .sdlm import MU, SDLM
from .train import History1998, Trainee, train_together


@dataclass(frozen=True)
class Recipe1998(RunSettings):
    """All settings of a run of LeNet5_1998 but its seed.

    Attributes
    ----------
    data, n_digits, n_test : as in `lenet_core.recipes.Recipe`
    epochs : int; the paper has 20 passes
    start, scale, shared_input : of LeNet5_1998
    j : float, of eq. 9; None for eq. 8
    mu, memory : of SDLM
    augment : dict or None, a name in `lenet_core.augment.AUGMENTATIONS` and its settings
    """

    name: str
    data: str = "mnist"
    epochs: int = 20
    n_digits: int | None = None
    n_test: int | None = None
    start: str = "root"
    scale: float = 1.0
    shared_input: bool = True
    j: float | None = None
    mu: float = MU
    memory: str = "newest"
    augment: dict | None = None

    def model(self, rng):
        """Return a new LeNet5_1998 with starting weights drawn from `rng`, a Generator."""
        return LeNet5_1998(
            rng=rng, start=self.start, scale=self.scale, shared_input=self.shared_input
        )

    def trainee(self, model, n, rng):
        """Return `model` with the loss and the optimizer of this recipe, to train on n digits."""
        loss = MeanSquaredDistance() if self.j is None else MAPLoss(self.j)
        optimizer = SDLM(mu=self.mu, memory=self.memory)
        return Trainee(model, loss, optimizer, n, rng, self.augmentation())

    def train(self, model, X, y, *, rng, validation, checkpoint, progress=None):
        """Train `model`, with the state kept in the file `checkpoint`; return a History1998."""
        (history,) = train_recipes(
            [self],
            [model],
            X,
            y,
            rngs=[rng],
            validation=validation,
            checkpoints=[checkpoint],
            progress=progress,
        )
        return history

    def keeper(self, path, trainee, rng, data):
        """Return the Checkpoint of a run on digits of these hashes; None without a path."""
        settings = {"data": data, **self.as_dict()}
        return path and Checkpoint(path, trainee.model, trainee.optimizer, rng, settings)


def train_recipes(  # noqa: PLR0913 (what `train` gets, for each of several runs)
    recipes, models, X, y, *, rngs, validation, checkpoints, progress=None
):
    """Train a model by each recipe, side by side; return the list of their History1998.

    Parameters
    ----------
    recipes : list of Recipe1998 with the same number of passes
    models : list of LeNet5_1998
    X, y, validation : as in `lenet_core.fit`
    rngs : list of numpy.random.Generator
    checkpoints : list of paths, or of None
        Where the files exist, training goes on from them.
    progress : bool, as in `lenet_core.fit`
    """
    runs = list(zip(recipes, models, rngs, strict=True))
    trainees = [recipe.trainee(model, len(X), rng) for recipe, model, rng in runs]
    data = [data_hash(X, y), data_hash(*validation)]
    keepers = [
        recipe.keeper(path, trainee, rng, data)
        for (recipe, _, rng), trainee, path in zip(runs, trainees, checkpoints, strict=True)
    ]
    histories = [History1998(**((keeper and keeper.load()) or {})) for keeper in keepers]
    done = len(histories[0])
    if any(len(history) != done for history in histories):
        found = ", ".join(
            f"{path}: {len(h)}" for path, h in zip(checkpoints, histories, strict=True)
        )
        raise ValueError(f"runs side by side go on from the same pass, got {found}: delete them")
    for trainee in trainees:
        trainee.optimizer.n_measured = done
    epochs = recipes[0].epochs
    passes = train_together(trainees, X, y, passes=epochs, validation=validation, done=done)
    with progress_bar(epochs, done, progress) as bar:
        follow(passes, histories, keepers, bar)
    return histories
