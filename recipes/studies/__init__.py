"""Comparisons of several runs, each a command: ``python -m recipes.studies.NAME``."""
