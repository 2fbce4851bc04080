"""TFDS builder of the weather in Seattle, day by day from 2012 to 2015: ``seattle_weather``."""
import tensorflow_datasets as tfds

from recipes.datasets import timed_rows
from recipes.datasets.publisher import Published, locate, text_of

FOLDER = "vega_weather"
ORIGIN = "https://raw.githubusercontent.com/vega/vega-datasets/cad85578e232704bb0453544742440038038c6a2/data"
LICENCE = "U.S. Government, public domain"
FILES = {"train": Published("seattle-weather.csv", f"{ORIGIN}/seattle-weather.csv",
                            "0845078a290b48e3149ab8639966824110a251db4e06fc144c06ebb534af23be")}
COLUMNS = ("precipitation", "temp_max", "temp_min", "wind")
CITATION = """@misc{vega-datasets, title={Vega Datasets}, author={{University of Washington Interactive Data Lab}},
note={daily summaries of NOAA's National Centers for Environmental Information},
url={https://github.com/vega/vega-datasets}}"""


class SeattleWeather(tfds.core.GeneratorBasedBuilder):
    """1,461 days in Seattle: precipitation in mm, temperatures in °C, wind in m/s, and what the weather was called."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Optional, instead of a download: seattle-weather.csv."

    def _info(self):
        return timed_rows.info(self, COLUMNS, ("weather",), homepage="https://github.com/vega/vega-datasets",
                               citation=CITATION, license=LICENCE)

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        yield from timed_rows.rows(text_of(path, file), path, "date", COLUMNS, ("weather",))
