"""Memory that a folder of sounds takes: `check` and `run` on folders of growing size.

    python benchmarks/many_sounds.py [FILES …]

Each file is a tone of 0.05 to 0.1 s. Prints the largest resident memory of each command, and the seconds.
"""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

RATE = 8000
COMMANDS = {"check": ["check"],
            "run": ["run", "--architecture", "frame_mlp", "--size", "tiny", "--set", "epochs=1", "--set",
                    "shallow={'epochs': 1}"]}


def fill(folder, files):
    """Write so many tones of two labels into a folder."""
    rng = np.random.default_rng(0)
    for label, frequency in (("low", 300), ("high", 1500)):
        (folder / label).mkdir(parents=True)
        for i in range(files // 2):
            seconds = np.arange(rng.integers(400, 800)) / RATE
            tone = 0.3 * np.sin(2 * np.pi * frequency * (1 + i % 50 / 100) * seconds)
            soundfile.write(folder / label / f"{i}.wav", tone + 0.01 * rng.normal(size=len(tone)), RATE)


def measured(arguments):
    """Return the largest resident memory of a command in MB and its seconds."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "recipes", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(arguments)}: exit status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss // 1024, time.perf_counter() - start


def main(counts):
    """Print a line for each number of files and command."""
    for files in counts:
        with tempfile.TemporaryDirectory() as name:
            fill(Path(name) / "sounds", files)
            for verb, command in COMMANDS.items():
                data = ["--data", f"{name}/sounds", "--as", "audio:label"]
                out = ["--out", f"{name}/runs"] if verb == "run" else []
                memory, seconds = measured([*command, *data, *out])
                print(f"{files:,} files, {verb}: {memory:,} MB, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main([int(files) for files in sys.argv[1:]] or [2_000, 20_000])
