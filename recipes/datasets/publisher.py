"""Publishers' files of our builders: found in a folder or downloaded, and checked before they are believed."""
import hashlib
import io
import lzma
import tarfile
from dataclasses import dataclass
from pathlib import Path

from registry.errors import UserError


@dataclass(frozen=True)
class Published:
    """A file as its publisher offers it: its name, where it is, and the sha256 of its content."""

    name: str
    url: str
    sha256: str


def locate(manager, files):
    """Return split → path of each file: in the manual folder, plain or as .xz, or else downloaded.

    Args:
        manager: the `tfds.download.DownloadManager` of a builder with MANUAL_DOWNLOAD_INSTRUCTIONS.
        files: split → `Published`.
    """
    try:
        folder = Path(manager.manual_dir)
    except AssertionError:
        folder = None
    found = {split: _in_folder(folder, file) for split, file in files.items()}
    absent = {split: file.url for split, file in files.items() if found[split] is None}
    downloaded = manager.download(absent) if absent else {}
    return {split: found[split] or Path(downloaded[split]) for split in files}


def _in_folder(folder, file):
    candidates = [folder / file.name, folder / f"{file.name}.xz"] if folder else []
    return next((path for path in candidates if path.is_file()), None)


def text_of(path, file):
    """Return the text of a publisher's file, unpacked where its name ends in .xz.

    Raises:
        UserError: a truncated or damaged file, or content other than the publisher's.
    """
    content = verified(path, file)
    return content.decode("utf-8")


def verified(path, file):
    """Return the content of a publisher's file after a check of its sha256; see `text_of`."""
    return _checked(unpacked(Path(path)), path, file)


def _checked(content, path, file):
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise UserError(f"{path} is not the file that its publisher offers: sha256 {found}, expected {file.sha256}. "
                        f"Remove it and fetch it again from {file.url}.")
    return content


def contents(manager, files, archive, folder=""):
    """Return path → checked bytes of many files: from an archive in the manual folder, or else as `locate` finds them.

    Args:
        manager: as in `locate`.
        files: path → `Published`.
        archive: the name of a .tar.xz that holds them.
        folder: what stands before their paths in it.
    """
    try:
        packed = Path(manager.manual_dir) / archive
    except AssertionError:
        packed = None
    if packed is None or not packed.is_file():
        return {path: verified(place, files[path]) for path, place in locate(manager, files).items()}
    with tarfile.open(fileobj=io.BytesIO(unpacked(packed))) as held:
        return {path: _checked(held.extractfile(folder + path).read(), f"{path} in {packed}", file)
                for path, file in files.items()}


def unpacked(path):
    """Return the bytes of a file, unpacked where its name ends in .xz.

    Raises:
        UserError: the file cannot be read, or is truncated or damaged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    if path.suffix != ".xz":
        return content
    decompressor = lzma.LZMADecompressor()
    try:
        content = decompressor.decompress(content)
    except lzma.LZMAError as error:
        raise UserError(f"{path} is no whole .xz file ({error}): fetch it again.") from error
    if not decompressor.eof:
        raise UserError(f"{path} is truncated, its .xz stream has no end: fetch it again.")
    return content
