"""LeNet-5 from scratch, in NumPy: the layers, the training loop and the digits of the book."""

__version__ = "0.1.0"

from .columns import col2im, im2col
from .data import load_digits, load_mnist, scale_pixels
from .gradcheck import gradient_check
from .layers import AvgPool2D, Conv2D, Dense, Flatten, ReLU, Softmax, Tanh
from .losses import SmoothedCrossEntropy, SoftmaxCrossEntropy
from .model import LeNet5, Sequential
from .optim import SGD
from .train import evaluate, fit, get_batches, predict
from .trained import pretrained

__all__ = [
    "SGD",
    "AvgPool2D",
    "Conv2D",
    "Dense",
    "Flatten",
    "LeNet5",
    "ReLU",
    "Sequential",
    "SmoothedCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Tanh",
    "col2im",
    "evaluate",
    "fit",
    "get_batches",
    "gradient_check",
    "im2col",
    "load_digits",
    "load_mnist",
    "predict",
    "pretrained",
    "scale_pixels",
]
