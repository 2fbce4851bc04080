"""Make an offline folder on a machine with a network, for machines without one."""
import contextlib
import hashlib
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

from recipes.datasets import network, our_builders, prepare
from recipes.datasets.publisher import verified
from recipes.datasets.source import one_line
from registry.errors import MissingData, UserError
from registry.tfds_features import tfds_builder

BLOCK = 2**20
SECONDS = 30.0


def fetch(names, to):
    """Bring data sets into an offline folder: prepared under ``tfds/``, publishers' files under ``data/NAME/``.

    What is there already and whole is left as it is; a download that broke off goes on where it stopped.

    Args:
        names: TFDS names, or ours.
        to: the folder, made where needed.

    Returns:
        A list of dicts: "name", "folder" and "state" ("fetched" or "there").

    Raises:
        UserError: unknown name, a file other than its publisher's, a folder that cannot be written.
        MissingData: no network.
    """
    names = [names] if isinstance(names, str) else list(names)
    if not names:
        raise UserError("received no data set to fetch: name one or more.")
    to = Path(to).expanduser().absolute()
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {to} ({one_line(error)}): name another folder.") from error
    try:
        return [_fetch(name, to) for name in names]
    finally:
        with contextlib.suppress(OSError):  # an empty folder is no offline folder; any other one stays
            to.rmdir()


def _fetch(name, to):
    prepare.quiet()
    prepare.register(name)
    builder = tfds_builder(name, data_dir=to / "tfds", known=our_builders())
    module = sys.modules[type(builder).__module__]
    if hasattr(module, "FILES"):
        return _published(name, module, to / "data" / module.FOLDER)
    result = {"name": name, "folder": str(builder.data_path)}
    if builder.is_prepared():
        return {**result, "state": "there"}
    needs_network = not prepare.bundled(builder)
    if needs_network and not network.reachable():
        raise MissingData(_no_network(name, to))
    downloads = to / "downloads" / builder.name
    if not prepare.download_and_prepare(builder, None, allowed=needs_network, download_dir=downloads):
        raise MissingData(_no_network(name, to))
    shutil.rmtree(to / "downloads", ignore_errors=True)
    return {**result, "state": "fetched"}


def _no_network(name, to):
    return (f"data set {name!r} is not in {to} and there is no network: run `python -m recipes fetch {name} --to DIR` "
            f"on a machine with one.")


def _published(name, module, folder):
    """Fetch the files of one of our builders, and write SOURCE.txt beside them."""
    absent = [file for file in module.FILES.values() if not _whole(folder, file)]
    result = {"name": name, "folder": str(folder), "state": "fetched" if absent else "there"}
    if absent and not network.reachable([file.url for file in absent[:1]]):
        raise MissingData(_no_network(name, folder))
    folder.mkdir(parents=True, exist_ok=True)
    for file in absent:
        _download(file, folder / file.name)
    if absent:
        rows = [f"{file.sha256}  {file.name}  {file.url}" for file in module.FILES.values()]
        (folder / "SOURCE.txt").write_text("\n".join([name, f"licence: {module.LICENCE}", "sha256, file, origin:",
                                                      *rows]) + "\n", encoding="utf-8")
    return result


def _whole(folder, file):
    """Tell whether a file is there with the right content; a wrong one is removed."""
    path = folder / file.name
    if not path.is_file():
        return False
    if hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256:
        return True
    path.unlink()
    return False


def _download(file, path):
    """Download a file beside its place, going on where an earlier try stopped, and move it there once verified."""
    part = path.with_name(f"{path.name}.part")
    start = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(file.url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        with (urllib.request.urlopen(request, timeout=SECONDS) as answer,
              part.open("ab" if start and answer.status == 206 else "wb") as out):
            shutil.copyfileobj(answer, out, BLOCK)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise MissingData(f"{file.url} could not be downloaded ({one_line(error)}): try again.") from error
    except OSError as error:
        raise MissingData(f"{file.url} could not be downloaded ({one_line(error)}): run the command again, it goes on "
                          f"where it stopped.") from error
    try:
        verified(part, file)
    except UserError:
        part.unlink()
        raise
    part.replace(path)
