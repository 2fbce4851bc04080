"""The next 96 hours of a power transformer's loads and oil temperature, ETTh1: series → vector (Zhou et al. 2021,
https://arxiv.org/abs/2012.07436).

The published protocol: all 7 channels; the first 8,640 hours train, the next 2,880 validate, the next 2,880 test; every
window of the test part counts; MSE and MAE are of z-scores by the training part. Zeng et al. 2023
(https://arxiv.org/abs/2205.13504) report an MSE of .375 for DLinear, Nie et al. 2023
(https://arxiv.org/abs/2211.14730) .370 for PatchTST. Longer horizons are variants:

    python -m recipes run electricity
    python -m recipes run electricity/192
    python -m recipes run electricity --set "quantiles=(0.1,0.5,0.9)"

Measured: test mse 0.372 (0.325 to 0.422), shallow 0.372 (0.326 to 0.423),
not distinguishable from the shallow model (p = 0.936); 32 s, 8 epochs, seed 0, 2 cores of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Numbers, Series

DATASET = "etth1"
VARIANTS = {"96": 0.372, "192": None, "336": None, "720": None}  # steps ahead: MSE to reach
COLUMNS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
BORDERS = {"train": (0, 8640), "validation": (8640, 11520), "test": (11520, 14400)}  # hours: 12, 4 and 4 months


def data(folders, variant="96"):
    """Return the raw examples: windows of 336 hours (336, 7), and the hours that follow."""
    from recipes.datasets import series, timed_rows
    from recipes.datasets.tfds_source import full_name

    builder, table = timed_rows.read(DATASET, folders)
    rows = table["values"]
    parts = {split: [series.Stretch(rows, rows, *border)] for split, border in BORDERS.items()}
    record = {"name": full_name(builder), "folder": str(builder.data_dir),
              "by": {split: f"hours {first} to {last}" for split, (first, last) in BORDERS.items()}}
    return series.windows(full_name(builder), recipe(variant).framing, parts, record)


def recipe(variant="96"):
    """Return the experiment for so many hours ahead."""
    return Recipe(
        name="electricity" if variant == "96" else f"electricity_{variant}", data="ETTh1", metric="mse",
        target=VARIANTS[variant],
        framing=Framing(Series(past=336, num_channels=7, names=COLUMNS, each="standard", season=24),
                        Numbers(names=COLUMNS, future=int(variant), channels=tuple(range(7)), figures="standard")),
        architecture="patchtst", size="small",
        options={"patch": 24, "step": 24, "units": 32, "depth": 1, "dropout": 0.3}, epochs=8, batch_size=64,
        learning_rate=2e-3, weight_decay=0.0, precision="float32",
        shallow={"epochs": 10, "batch_size": 32, "learning_rate": 5e-3, "patience": 0})
