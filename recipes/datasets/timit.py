"""TIMIT as it is used in the literature (Garofolo et al. 1993, https://catalog.ldc.upenn.edu/LDC93S1): without the two
sentences that all speakers read, 50 speakers validating, the core test set, 61 phones folded to 39 (Lee & Hon 1989,
https://doi.org/10.1109/29.46546)."""
from recipes.datasets import timed
from registry.errors import UserError

CORE = """mdab0 mwbt0 felc0 mtas1 mwew0 fpas0 mjmp0 mlnt0 fpkt0 mlll0 mtls0 fjlm0 mbpm0 mklt0 fnlp0 mcmj0 mjdh0 fmgd0
mgrt0 mnjm0 fdhc0 mjln0 mpam0 fmld0""".split()
VALIDATING = """faks0 fdac1 fjem0 mgwt0 mjar0 mmdb1 mmdm2 mpdf0 fcmh0 fkms0 mbdg0 mbwm0 mcsh0 fadg0 fdms0 fedw0 mgjf0
mglb0 mrtk0 mtaa0 mtdt0 mthc0 mwjg0 fnmr0 frew0 fsem0 mbns0 mmjr0 mdls0 mdlf0 mdvc0 mers0 fmah0 fdrw0 mrcs0 mrjm4 fcal1
mmwh0 fjsj0 majc0 mjsw0 mreb0 fgjd0 fjmg0 mroa0 mteb0 mjfc0 mrjr0 fmml0 mrws1""".split()
FOLDED = {"ao": "aa", "ax": "ah", "ax-h": "ah", "axr": "er", "hv": "hh", "ix": "ih", "el": "l", "em": "m", "en": "n",
          "nx": "n", "eng": "ng", "zh": "sh", "ux": "uw",
          **dict.fromkeys(("pcl", "tcl", "kcl", "bcl", "dcl", "gcl", "h#", "pau", "epi", "q", timed.SILENCE), "sil")}


def read(path):
    """Return the `Data` of a folder with TIMIT's TRAIN and TEST.

    Raises:
        UserError: it has no such folders, or files of them are missing or damaged.
    """
    folders = {folder.name.lower(): folder for folder in path.iterdir() if folder.is_dir()}
    if "timit" in folders:
        return read(folders["timit"])
    if not {"train", "test"} <= set(folders):
        raise UserError(f"{path} has no folders TRAIN and TEST: expected TIMIT as the LDC delivers it.")
    return timed.read(path, split_of=_split, fold=lambda name: FOLDED.get(name, name))


def _split(file):
    """Return the split of a file, such as TEST/DR1/FAKS0/SI943.WAV, or None."""
    speaker, sentence = file.parent.name.lower(), file.stem.lower()
    if sentence.startswith("sa"):
        return None
    if file.parents[2].name.lower() == "train":
        return "train"
    return "test" if speaker in CORE else "validation" if speaker in VALIDATING else None
