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


@pytest.mark.parametrize("source, threads", [
    ("'pos_tagging', sample=True", 1), ("path={folder!r} + '/said.conll', pair='word_seq:tags'", 1),
    ("path={folder!r} + '/said.csv', pair='word_seq:label'", 0)])
def test_a_training_has_the_threads_of_what_it_trains(tmp_path, source, threads):
    (tmp_path / "said.conll").write_text(LINES)
    (tmp_path / "said.csv").write_text("text,label\n" + "".join(f"cat {i} sat,{'ab'[i % 2]}\n" for i in range(60)))
    code = TOLD.format(source.format(folder=str(tmp_path)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == [f"(2,) {threads}"], done.stderr[-2000:]
