"""Threads that suit an architecture are set before anything is read, which is when TensorFlow still takes them."""
import subprocess
import sys

import pytest

LINES = "".join(f"The\tDET\ncat{i}\tNOUN\nsat\tVERB\n\n" for i in range(60))
TOLD = """
from recipes import sources
sources.load(sources.source_of({}), None)
import tensorflow as tf
print(tf.ones(2).shape, tf.config.threading.get_intra_op_parallelism_threads())
"""


@pytest.mark.parametrize("source", ["'pos_tagging', sample=True", "path={file!r}, pair='word_seq:tags'"])
def test_a_training_has_the_threads_of_what_it_trains(tmp_path, source):
    (file := tmp_path / "said.conll").write_text(LINES)
    code = TOLD.format(source.format(file=str(file)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["(2,) 1"], done.stderr[-2000:]
