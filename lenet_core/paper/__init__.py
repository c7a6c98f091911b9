"""The network of 1998: LeNet-5 as published, its losses and its way of training."""

from .layers import RBF, ScaledTanh, Subsampling, TableConv2D
from .losses import MAPLoss, MeanSquaredDistance
from .network import LeNet5_1998
from .sdlm import SDLM
from .tables import C3_TABLE, DIGIT_CODES

__all__ = [
    "C3_TABLE",
    "DIGIT_CODES",
    "RBF",
    "SDLM",
    "LeNet5_1998",
    "MAPLoss",
    "MeanSquaredDistance",
    "ScaledTanh",
    "Subsampling",
    "TableConv2D",
]
