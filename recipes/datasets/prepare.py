"""Find a TFDS data set, or prepare it: from the user's folder, the offline folder, or the network."""
import contextlib
import importlib
import io
import sys

from recipes.datasets import network, our_builders
from recipes.datasets.source import one_line
from registry.errors import MissingData, UserError
from registry.tfds_features import tfds_builder


def prepared(name, folders):
    """Return a TFDS builder whose data lies on disk.

    Looked for in this order: prepared in the data folder; prepared in the offline folder; the publisher's files in
    the offline folder, from which it is prepared into the data folder; the network.

    Args:
        name: a TFDS name[/config][:version].
        folders: `Folders`.

    Raises:
        UserError: unknown name or config, damaged files, a folder that cannot be written.
        MissingData: in none of the folders, and no network.
    """
    folders = folders.resolve()
    register(name)
    for folder in folders.prepared():
        builder = _from_folder(name, folder)
        if builder is not None:
            return builder
    builder = tfds_builder(name, data_dir=folders.data_dir, known=our_builders())
    for published in _places(builder, folders):
        if download_and_prepare(builder, published, allowed=False):
            return builder
    if not network.reachable():
        raise MissingData(_missing(name, builder, folders))
    download_and_prepare(builder, None, allowed=True)
    return builder


def register(name):
    """Import our builder of that name, if there is one, so that TFDS knows it."""
    base = name.partition("/")[0].partition(":")[0]
    if base in our_builders():
        importlib.import_module(our_builders()[base])


def _from_folder(name, folder):
    """Return the builder of data prepared in `folder`, or None."""
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core import read_only_builder

    quiet()
    try:
        builder = read_only_builder.builder_from_files(name, data_dir=str(folder))
    except (tfds.core.DatasetNotFoundError, ValueError, KeyError):
        return None
    for split in builder.info.splits.values():
        for path in split.filepaths:
            if not path.exists():
                raise UserError(f"data set {name!r} in {builder.data_dir} is incomplete, {path.name} is missing: "
                                f"remove that folder, so that it is prepared anew.")
    return builder


def quiet():
    """Silence TFDS's progress bars, and the warnings about itself that it logs."""
    import logging
    import warnings

    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    warnings.filterwarnings("ignore", message="Couldn't find ffmpeg", category=RuntimeWarning)
    logging.getLogger("absl").addFilter(_concerns_users)


def _concerns_users(record):
    told = record.getMessage()
    return "Please change your code to use NumPy" not in told and "has no dataset_info.json" not in told


def _places(builder, folders):
    """Return the manual folders to prepare from without a network; None is what TFDS has downloaded before."""
    folder = getattr(sys.modules[type(builder).__module__], "FOLDER", builder.name)
    places = folders.published(builder.name, builder.builder_config.name if builder.builder_config else None)
    places = places or folders.published(folder)
    downloads = folders.data_dir / "downloads"
    if bundled(builder) or (downloads / builder.name).is_dir() or (downloads / "manual").is_dir():
        places.append(None)
    return places


def bundled(builder):
    """Tell whether a builder of ours needs no files from a publisher."""
    return builder.name in our_builders() and not hasattr(sys.modules[type(builder).__module__], "FILES")


def download_and_prepare(builder, published, *, allowed, download_dir=None):
    """Prepare a data set into its data folder; return whether all its files were there.

    Raises:
        UserError: anything but a missing file.
    """
    import tensorflow_datasets as tfds

    config = tfds.download.DownloadConfig(manual_dir=published, try_download_gcs=allowed)
    where = published or "the network" if allowed else published or builder.data_dir
    try:
        with network.tfds_downloads(allowed), contextlib.redirect_stdout(io.StringIO()):
            builder.download_and_prepare(download_config=config, download_dir=download_dir)
    except UserError:
        raise
    except ImportError as error:
        package = (error.name or "").partition(".")[0] or str(error)
        raise UserError(f"data set {builder.name!r} needs the Python package {package}: pip install {package}."
                        ) from error
    except (ConnectionError, AssertionError) as error:
        if allowed:
            raise MissingData(f"data set {builder.name!r} could not be downloaded ({one_line(error)}): try again, or "
                              f"run `python -m recipes fetch {builder.name} --to DIR` elsewhere.") from error
        return False
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise UserError(f"cannot write {builder.data_dir} ({one_line(error)}): name another folder with --data-dir "
                        f"or TFDS_DATA_DIR.") from error
    except Exception as error:
        raise UserError(_failed(builder, where, error)) from error
    return True


def _failed(builder, where, error):
    if type(error).__name__ == "NonMatchingChecksumError":
        lines = " ".join(line.strip() for line in str(error).splitlines()[:3])
        return f"data set {builder.name!r} from {where}: a file is damaged or of another version. {lines}"
    return f"data set {builder.name!r} could not be prepared from {where}: {one_line(error)}"


def _missing(name, builder, folders):
    config = builder.builder_config.name if builder.builder_config else None
    published = builder.name + (f"_{config}" if builder.name in our_builders() and config else "")
    looked = [f"{folders.data_dir} (prepared data sets)"]
    if folders.offline_dir:
        looked += [f"{folders.offline_dir / 'tfds'} (prepared data sets)",
                   f"{folders.offline_dir / 'data' / published} (the publisher's files)"]
    else:
        looked += ["no offline folder (--offline-dir or TASKZOO_OFFLINE_DIR)"]
    return (f"data set {name!r} is not here and there is no network. Looked in {', '.join(looked)}. On a machine with "
            f"a network run `python -m recipes fetch {name} --to DIR`, bring DIR here and give --offline-dir DIR.")
