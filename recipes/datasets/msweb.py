"""TFDS builder of the Anonymous Microsoft Web Data, which areas of a web site users visited: ``msweb``."""
import csv
import io

import tensorflow_datasets as tfds

from recipes.datasets.publisher import Published, locate, text_of

FOLDER = "msweb"
ORIGIN = "https://archive.ics.uci.edu/ml/machine-learning-databases/anonymous"
LICENCE = "CC BY 4.0"
FILES = {
    "train": Published("anonymous-msweb.data", f"{ORIGIN}/anonymous-msweb.data",
                       "52a17f3071d7c4463c201adb8f4491beb3f855efae8f751afe933cad4c37f87a"),
    "test": Published("anonymous-msweb.test", f"{ORIGIN}/anonymous-msweb.test",
                      "db0a902a744ac488a0a6817a5df871f2341df083b6ab8ee1a046a69c635e7241"),
}
CITATION = """@inproceedings{breese1998empirical, title={Empirical Analysis of Predictive Algorithms for Collaborative
Filtering}, author={John S. Breese and David Heckerman and Carl Kadie}, booktitle={Proceedings of UAI},
pages={43--52}, year={1998}, url={https://arxiv.org/abs/1301.7363}}"""


class Msweb(tfds.core.GeneratorBasedBuilder):
    """Areas of www.microsoft.com, such as "/msdownload", that users visited in a week of February 1998, each area once
    and in no order, and the areas' titles, such as "Free Downloads"."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"Optional, instead of a download: {', '.join(f.name for f in FILES.values())}."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, description=self.__doc__, license=LICENCE, citation=CITATION,
            homepage="https://archive.ics.uci.edu/dataset/4/anonymous+microsoft+web+data",
            features=tfds.features.FeaturesDict({
                "user": tfds.features.Text(), "areas": tfds.features.Sequence(tfds.features.Text()),
                "titles": tfds.features.Sequence(tfds.features.Text())}))

    def _split_generators(self, dl_manager):
        paths = locate(dl_manager, FILES)
        return {split: self._generate_examples(path, FILES[split]) for split, path in paths.items()}

    def _generate_examples(self, path, file):
        """Yield the users: a line A is an area with number, title and address, C begins a user, V is a visit."""
        areas, users = {}, {}
        for kind, *cells in csv.reader(io.StringIO(text_of(path, file), newline="")):
            if kind == "A":
                areas[cells[0]] = cells[3], cells[2].strip()
            elif kind == "C":
                visits = users[cells[0]] = []
            elif kind == "V":
                visits.append(cells[0])
        for user, visits in users.items():
            yield user, {"user": user, "areas": [areas[area][0] for area in visits],
                         "titles": [areas[area][1] for area in visits]}
