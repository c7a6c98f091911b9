"""Recipes of 1998: all settings of a run but its seed, the paper's and those it is silent about."""

from dataclasses import dataclass

from ..checkpoint import Checkpoint, described
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
        trainee = self.trainee(model, len(X), rng)
        settings = {
            "data": data_hash(X, y),
            "validation": data_hash(*validation),
            "loss": described(trainee.loss),
            **self.as_dict(),
        }
        keeper = Checkpoint(checkpoint, model, trainee.optimizer, rng, settings)
        history = History1998(**(keeper.load() or {}))
        trainee.optimizer.n_measured = len(history)
        together = train_together(
            [trainee],
            X,
            y,
            passes=self.epochs,
            validation=validation,
            done=len(history),
        )
        with progress_bar(self.epochs, len(history), progress) as bar:
            follow((alone for (alone,) in together), history, keeper, bar)
        return history
