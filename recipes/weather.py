"""What tomorrow's weather in Seattle will be called (drizzle, fog, rain, snow, sun): series → label.

The past are three days: precipitation, temperatures, wind, the day's own name, and the time of the year; 2012 and 2013
train, 2014 validates, 2015 tests (https://github.com/vega/vega-datasets, from NOAA). The names are derived from what
was measured, and the rare ones are hard to tell from rain. Persistence says that tomorrow is like today: no model here
can be told from it by accuracy on a year of days, but it has no probabilities. A seasonal guess, as a year ago, would
need windows of a year, of which four years have too few.

    python -m recipes run weather

Measured: test accuracy 60.55 % (55.07 to 65.75), shallow 60.82 % (55.89 to 66.03),
not distinguishable from the shallow model (p = 0.896); 4 s, 20 epochs, seed 0, 2 cores of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Label, Series

DATASET = "seattle_weather"
NAMES = ("drizzle", "fog", "rain", "snow", "sun")
CHANNELS = ("precipitation", "temp_max", "temp_min", "wind", *NAMES, "year_sin", "year_cos")
YEARS = {"train": ("2012-01-01", "2014-01-01"), "validation": ("2014-01-01", "2015-01-01"),
         "test": ("2015-01-01", "2016-01-01")}


def data(folders):
    """Return the raw examples: windows of three days (3, 11), and the name of the next day."""
    import numpy as np

    from recipes.datasets import series, timed_rows
    from recipes.datasets.tfds_source import full_name

    builder, table = timed_rows.read(DATASET, folders)
    days, called = table["time"].astype("datetime64[D]"), table["weather"]
    year = 2 * np.pi * (days - days.astype("datetime64[Y]")).astype(int) / 365.25
    named = np.stack([called == name.encode() for name in NAMES], 1)
    rows = np.concatenate([table["values"], named, np.stack([np.sin(year), np.cos(year)], 1)], 1)
    _, rows, missing = series.on_grid(days, rows, lambda place: f"{DATASET} row {place + 1}")
    places = {split: np.searchsorted(days, np.array(ends, "datetime64[D]")) for split, ends in YEARS.items()}
    parts = {split: [series.Stretch(rows, called, *map(int, ends))] for split, ends in places.items()}
    record = {"name": full_name(builder), "folder": str(builder.data_dir), "missing": missing,
              "by": {split: f"days from {first} to before {end}" for split, (first, end) in YEARS.items()}}
    return series.windows(full_name(builder), recipe().framing, parts, record)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="weather", data="vega-datasets, seattle-weather",
        framing=Framing(Series(past=3, num_channels=len(CHANNELS), names=CHANNELS), Label(names=NAMES)),
        architecture="tcn", options={"filters": 16, "depth": 1, "dropout": 0.3}, epochs=20, batch_size=32,
        learning_rate=2e-3, weight_decay=0.3, clip_norm=1.0, ema=0.99, keep="last",
        shallow={"epochs": 20, "learning_rate": 3e-3, "weight_decay": 0.1})
