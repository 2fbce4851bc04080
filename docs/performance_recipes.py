"""The part of docs/performance.md on the recipes' steps, of what `python -m recipes bench` measured: see
`performance.py`."""
import csv

from recipes import catalogue
from recipes.commands.bench import COLUMNS

HEAD = """<!-- recipes -->
## The recipes' training steps

```
python -m recipes bench [NAME…] --limit 5000 --csv steps.csv && python docs/performance.py --recipes steps.csv
```

Each recipe in a process of its own: ten steps with its input pipeline and ten with the same batches in memory, in turn
for some seconds. Each batch has its median over the rounds, and the difference of the two sums is the waiting, with
its standard error (±) by drawing rounds anew. The floor is a step's operations at the measured peak of matrix products,
or its bytes at the measured bandwidth, whichever is longer. A recipe whose 5,000 examples make less than four steps has
no figures of a step. Encoded examples are kept in memory up to 4 GiB, else on disk; of those, 1 GiB is shuffled at a
time. The seconds to start go from the process's start, over importing TensorFlow and reading and encoding the data, to
the end of the first step.
"""


def section(path):
    """Return the section for a CSV file of `bench`."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [f"| recipe | model | {' | '.join(head for head, _ in COLUMNS.values())} |",
             "|---" * (2 + len(COLUMNS)) + "|", *map(line, rows)]
    missing = [f"`{name}`" for name in catalogue.RECIPES if name not in {row["recipe"] for row in rows}]
    told = f"\nNot measured here: {', '.join(missing)}. `bench NAME` says why one cannot be.\n" if missing else ""
    return "\n".join([HEAD, *lines, f"{told}<!-- /recipes -->"])


def line(row):
    """Return a line of the table."""
    cells = [written(row[key], write) for key, (_, write) in COLUMNS.items()]
    return f"| `{row['recipe']}` | {row['model']} | {' | '.join(cells)} |"


def written(value, write):
    """Return a cell of the CSV file as `bench` prints it."""
    if not value:
        return "-"
    return write(value) if write is str else write(int(value) if value.isdecimal() else float(value))
