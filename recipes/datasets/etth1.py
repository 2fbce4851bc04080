"""TFDS builder of ETTh1, load and oil temperature of a transformer, hour by hour: ``etth1``."""
import tensorflow_datasets as tfds

from recipes.datasets import timed_rows
from recipes.datasets.publisher import Published, locate, text_of

FOLDER = "ett"
ORIGIN = "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/1d16c8f4f943005d613b5bc962e9eeb06058cf07/ETT-small"
LICENCE = "CC BY-ND 4.0"
FILES = {"train": Published("ETTh1.csv", f"{ORIGIN}/ETTh1.csv",
                            "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066")}
COLUMNS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
CITATION = """@inproceedings{zhou2021informer, title={Informer: Beyond Efficient Transformer for Long Sequence
Time-Series Forecasting}, author={Haoyi Zhou and Shanghang Zhang and Jieqi Peng and Shuai Zhang and Jianxin Li and
Hui Xiong and Wancai Zhang}, booktitle={AAAI}, year={2021}, url={https://arxiv.org/abs/2012.07436}}"""


class Etth1(tfds.core.GeneratorBasedBuilder):
    """17,420 hours of a power transformer in China: six loads, and the temperature of its oil (OT)."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Optional, instead of a download, plain or packed as .xz: ETTh1.csv."

    def _info(self):
        return timed_rows.info(self, COLUMNS, homepage="https://github.com/zhouhaoyi/ETDataset", citation=CITATION,
                               license=LICENCE)

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        yield from timed_rows.rows(text_of(path, file), path, "date", COLUMNS)
