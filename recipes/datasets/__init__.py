"""Data: TFDS by name, builders for what TFDS lacks, and readers for a user's own files. Nothing is imported early."""

OUR_BUILDERS = {"an4_mfcc": "recipes.datasets.an4_mfcc", "banking77": "recipes.datasets.banking77",
                "digits8x8": "recipes.datasets.digits",
                "espeak_english": "recipes.datasets.espeak_english",
                "etth1": "recipes.datasets.etth1", "msweb": "recipes.datasets.msweb",
                "nyc_weather": "recipes.datasets.nyc_weather",
                "seattle_weather": "recipes.datasets.seattle_weather",
                "sentence_polarity": "recipes.datasets.sentence_polarity",
                "sigmorphon2021_g2p": "recipes.datasets.sigmorphon2021_g2p",
                "tatoeba_cmn_eng": "recipes.datasets.tatoeba_cmn_eng",
                "ud_chinese_gsd": "recipes.datasets.ud_chinese_gsd", "uner": "recipes.datasets.uner",
                "wnut17": "recipes.datasets.wnut17", "yesno": "recipes.datasets.yesno"}


def our_builders():
    """Return TFDS name → module of the builders that TFDS lacks; importing a module registers its builder."""
    return dict(OUR_BUILDERS)
