"""Recipes: reproducible experiments on real data, and the commands that run them (``python -m recipes``)."""
