"""Importing this module registers every layer of the zoo, as loading a saved model needs."""
import importlib
import pkgutil

import zoo.layers

for found in pkgutil.iter_modules(zoo.layers.__path__):
    if found.name != __name__.rpartition(".")[2]:
        importlib.import_module(f"zoo.layers.{found.name}")
