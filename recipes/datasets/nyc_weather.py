"""TFDS builder of the weather at New York's three airports, hour by hour in 2013: ``nyc_weather``."""
import tensorflow_datasets as tfds

from recipes.datasets import timed_rows
from recipes.datasets.publisher import Published, locate, text_of

FOLDER = "nycflights13_weather"
ORIGIN = ("https://raw.githubusercontent.com/tidyverse/nycflights13/df98ef215aa8216fe0838a0b8ac5bada646d814c/data-raw")
LICENCE = "CC0"
FILES = {"train": Published("weather.csv", f"{ORIGIN}/weather.csv",
                            "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64")}
COLUMNS = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")
CITATION = """@misc{nycflights13, title={nycflights13: Flights that Departed NYC in 2013}, author={Hadley Wickham},
note={hourly reports of ASOS stations, from Iowa Environmental Mesonet},
url={https://github.com/tidyverse/nycflights13}}"""


class NycWeather(tfds.core.GeneratorBasedBuilder):
    """26,115 hours at EWR, JFK and LGA: temperature and dew point in °F, relative humidity, wind in degrees and mph,
    precipitation in inches, pressure in mbar, visibility in miles. Some hours and many pressures are missing."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Optional, instead of a download, plain or packed as .xz: weather.csv."

    def _info(self):
        return timed_rows.info(self, COLUMNS, ("origin",), homepage="https://github.com/tidyverse/nycflights13",
                               citation=CITATION, license=LICENCE)

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        yield from timed_rows.rows(text_of(path, file), path, "time_hour", COLUMNS, ("origin",))
