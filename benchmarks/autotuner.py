"""How long an epoch lasts with and without tf.data's autotuner, alternately: with it, some end only at its rounds.

    python benchmarks/autotuner.py [ROUNDS]

Prints the seconds of each epoch and the ratio of the means. The steps only sleep, so an epoch's work is known.
"""
import statistics
import sys
import time

import tensorflow as tf

from recipes.datasets.source import steady

STEPS, SLEEP = 100, 0.033  # 3.3 s of work


def epoch(dataset, seed):
    """Return the seconds that one pass takes, from the making of the iterator to its end."""
    start = time.perf_counter()
    for _ in dataset.shuffle(20_000, seed=seed).batch(128).prefetch(4).take(STEPS):
        time.sleep(SLEEP)
    return time.perf_counter() - start


def main(rounds):
    """Print the seconds of each epoch, with and without."""
    images = tf.data.Dataset.from_tensor_slices(tf.zeros((20_000, 28, 28, 1), tf.uint8)).cache()
    seconds = {"autotuned": [], "steady": []}
    for i in range(rounds):
        for name, dataset in (("autotuned", images), ("steady", steady(images))):
            seconds[name].append(epoch(dataset, i))
        print("  ".join(f"{name} {values[-1]:.2f} s" for name, values in seconds.items()), flush=True)
    means = {name: statistics.mean(values) for name, values in seconds.items()}
    print(f"{STEPS * SLEEP:.1f} s of work; means {means['autotuned']:.2f} and {means['steady']:.2f} s, "
          f"ratio {means['autotuned'] / means['steady']:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
