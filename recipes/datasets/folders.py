"""Where data sets are looked for: TFDS's own folder, and an offline folder that is only read."""
import os
from dataclasses import dataclass
from pathlib import Path

from registry.errors import MissingData


@dataclass(frozen=True)
class Folders:
    """The folders of data sets.

    Args:
        data_dir: TFDS's folder, where data sets are prepared; TFDS_DATA_DIR or ~/tensorflow_datasets where None.
        offline_dir: a folder with ``tfds/`` (prepared data sets) and ``data/NAME/`` (publishers' files), never
            written; TASKZOO_OFFLINE_DIR where None.
    """

    data_dir: str | Path | None = None
    offline_dir: str | Path | None = None

    def resolve(self):
        """Return the folders as absolute paths, the environment's values filled in.

        Raises:
            MissingData: an offline folder is named that does not exist.
        """
        data_dir = self.data_dir or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
        offline_dir = self.offline_dir or os.environ.get("TASKZOO_OFFLINE_DIR") or None
        if offline_dir is not None:
            offline_dir = Path(offline_dir).expanduser().absolute()
            if not offline_dir.is_dir():
                raise MissingData(f"offline folder {offline_dir} does not exist: name a folder with tfds/ or data/ "
                                  f"in it (--offline-dir or TASKZOO_OFFLINE_DIR).")
        return Folders(Path(data_dir).expanduser().absolute(), offline_dir)

    def prepared(self):
        """Return the folders in which prepared TFDS data may lie, the user's own first."""
        return [self.data_dir] + ([self.offline_dir / "tfds"] if self.offline_dir else [])

    def published(self, name, config=None):
        """Return the existing offline folders with the publisher's files of a data set."""
        names = ([f"{name}_{config}"] if config else []) + [name]
        return [self.offline_dir / "data" / n for n in names if self.offline_dir
                and (self.offline_dir / "data" / n).is_dir()]
