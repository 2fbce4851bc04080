"""Threads that suit an architecture are set before anything is read, which is when TensorFlow still takes them."""
import subprocess
import sys

import pytest

LINES = "".join(f"The\tDET\ncat{i}\tNOUN\nsat\tVERB\n\n" for i in range(60))
TOLD = "; import tensorflow as tf; print(tf.ones(2).shape, tf.config.threading.get_intra_op_parallelism_threads())"
RUN = "import typer; from recipes.__main__ import app; typer.main.get_command(app)({!r}, standalone_mode=False)"


@pytest.mark.parametrize("what, threads", [
    ("check pos_tagging --sample", 1), ("check --data {file} --as word_seq:tags", 1),
    ("check --data {file} --as word_seq:label", 0)])
def test_a_training_has_the_threads_of_what_it_trains(tmp_path, what, threads):
    (file := tmp_path / "said.conll").write_text(LINES)
    words = what.format(file=file).split()
    done = subprocess.run([sys.executable, "-c", RUN.format(words) + TOLD], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == [f"(2,) {threads}"], done.stderr[-2000:]
