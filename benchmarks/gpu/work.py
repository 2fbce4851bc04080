"""What a worker measures."""
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """A case, made by one side.

    Args:
        call: starts it; the device may still be at it when that returns.
        steps: how often a call does it.
        units: how many are done in a step.
        parameters: trainable ones.
        wait: function of what a call returned, that returns when the device is done.
    """

    call: Callable
    steps: int
    units: int
    parameters: int
    wait: Callable
