"""The verbs of ``python -m recipes``, one a file. Nothing heavy is imported before a verb needs it."""
