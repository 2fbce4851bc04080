"""Learning from playing: games, what is kept of them, what is aimed at, and a run from screens to a film."""
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import registry
from recipes import recipe as recipes_recipe
from recipes import sources
from recipes.__main__ import app
from recipes.playing import Game, Step, by_name, catch, episodes, learning, rules, settings, targets
from recipes.playing.film import film
from recipes.playing.replay import Replay

FRAMING = catch.game().framing
ROOT = Path(__file__).parents[1]


def invoke(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result


# Catch


def test_catch_pays_at_the_end_for_being_under_the_ball():
    players = catch.Catch(3, 0)
    players.ball[:] = (0, 2, 4)
    paid = [players.step(np.zeros(3, int)) for _ in range(catch.ROWS - 1)]  # all go left
    assert all((step.rewards == 0).all() and not step.ended.any() for step in paid[:-1])
    assert paid[-1].ended.all() and paid[-1].rewards.tolist() == [1, -1, -1]
    screens = players.screens  # the next games have begun
    assert (screens[:, 0].sum((1, 2)) == 255).all() and (screens[:, -1, catch.COLUMNS // 2] == 255).all()


def test_many_players_of_catch_play_as_single_ones_do():
    together, alone = catch.Catch(2, 0), [catch.Catch(1, 0) for _ in range(2)]
    for i, one in enumerate(alone):
        one.ball[:] = together.ball[i]
    for actions in np.random.default_rng(0).integers(3, size=(catch.ROWS - 1, 2)):
        assert all((together.screens[i] == one.screens[0]).all() for i, one in enumerate(alone))
        step, each = together.step(actions), [one.step(actions[i : i + 1]) for i, one in enumerate(alone)]
        assert step.rewards.tolist() == [one.rewards[0] for one in each]
        assert step.ended.tolist() == [one.ended[0] for one in each]


def test_rule_of_catch_never_loses_and_play_at_random_does():
    rng = np.random.default_rng(0)
    returns, lengths = episodes.played(catch.rule, catch.Catch(50, 1), 100)
    assert (returns == 1).all() and (lengths == catch.ROWS - 1).all()
    assert episodes.played(lambda s: rng.integers(3, size=len(s)), catch.Catch(200, 1), 100)[0].mean() < 0


def test_long_games_are_stopped_and_count_as_they_stand():
    returns, lengths = episodes.played(catch.rule, catch.Catch(5, 1), 4)
    assert (returns == 0).all() and (lengths == 4).all()


def test_one_game_of_each_player_counts_to_its_end():
    class Paying:
        screens, count = np.zeros((2, 10, 5, 1), "uint8"), 0

        def step(self, actions):
            self.count += 1
            return Step(np.ones(2, "float32"), np.array([self.count % 2 == 0, self.count == 5]), np.zeros(2, bool))

    returns, lengths = episodes.played(catch.rule, Paying(), 100)
    assert returns.tolist() == lengths.tolist() == [2, 5]


def test_images_have_any_number_of_channels():
    screens = registry.Image(4, 3, 5)
    screen = np.arange(60).reshape(4, 3, 5).astype("uint8")
    assert not list(screens.problems(screen))
    assert (np.asarray(screens.encoder()(screen[None])["image"])[0] == screen).all()
    assert next(screens.problems(screen[..., :3]))[:2] == ("shape (4, 3, 3)", "(height, width, 5)")
    four = registry.Image(4, 3, 4).encoder()(screen[None, ..., :4])["image"]
    assert (np.asarray(four)[0] == screen[..., :4]).all()  # the fourth is no transparency


# What is aimed at


def test_advantages_by_hand():
    rewards = np.array([[1.0], [2.0], [4.0]], "float32")
    values = np.array([[0.5], [1.0], [2.0], [8.0]])
    ended = np.array([[False], [True], [False]])
    found = targets.advantages(rewards, values, ended, discount=0.5, trace=0.5)
    second = 2 - 1.0  # the game is over: nothing behind it counts
    first = 1 + 0.5 * 1.0 - 0.5 + 0.25 * second
    np.testing.assert_allclose(found[:, 0], [first, second, 4 + 0.5 * 8 - 2.0])


def test_aims_of_action_values_by_hand():
    online, aimed = np.array([[0, 1.0], [3, 0], [0, 1]]), np.array([[7, 5.0], [2, 9], [4, 4]])
    found = targets.best_next(np.array([1.0, 0, -1]), np.array([False, False, True]), online, aimed, 0.5)
    assert found.tolist() == [1 + 0.5 * 5, 0.5 * 2, -1]


def test_loss_of_action_values_is_of_the_action_that_was_taken():
    loss = registry.Action(learns="dqn").loss()
    aims = targets.packed(np.array([0, 2]), np.array([1.5, 5]), 0, 0)
    scores = np.array([[1.0, 9, 9], [9, 9, 2]], "float32")
    np.testing.assert_allclose(loss(aims, scores), [0.5 * 0.5**2, 3 - 0.5])


def test_loss_of_a_policy_is_clipped_and_pays_for_entropy():
    outputs = registry.Action(names=("a", "b"), clip=0.2, value_weight=0.5, entropy=0.1)
    scores = np.array([[np.log(3), 0, 2.0]] * 3, "float32")  # probabilities 3/4 and 1/4, value 2
    unsure = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    aims = targets.packed(np.zeros(3), 3.0, np.array([1.0, -1, 1]), np.log([0.5, 0.5, 0.7]))
    expected = 0.5 - np.array([1.2, -1.5, 0.75 / 0.7]) - 0.1 * unsure
    np.testing.assert_allclose(outputs.loss()(aims, scores), expected, rtol=1e-5)


def test_a_game_that_was_cut_counts_on_from_its_last_screen():
    class Endless:
        screens = np.zeros((1, 10, 5, 1), "uint8")

        def step(self, actions):
            return Step(np.zeros(1, "float32"), np.array([False]), np.array([True]))

    def view(screens):
        return screens, np.array([[0.0, 0, 0, 6]], "float32")

    how = settings(rollout=2, discount=0.5)
    _, found = learning._rollout(Endless(), view, how, FRAMING.outputs, np.random.default_rng(0))
    np.testing.assert_allclose(found[:, 1], 3)  # half of 6, not 0


# What is kept


def fill(kept, steps):
    for i in range(steps):
        screens = np.full((2, 1, 1, 1), i, "uint8")
        kept.add(screens, np.full(2, i), Step(np.full(2, i, "float32"), np.zeros(2, bool), np.zeros(2, bool)))


def test_replay_is_a_ring_of_a_stated_size():
    kept = Replay(8, (2, 1, 1, 1), None)
    assert kept.bytes == 8 and kept.screens.nbytes == 8
    fill(kept, 6)
    assert len(kept) == 8
    screens, actions, rewards, ended, following = kept.drawn(np.random.default_rng(0), 100)
    assert set(actions.tolist()) == {2, 3, 4}  # 0 and 1 are overwritten; what followed 5 is not known yet
    assert (screens.ravel() == actions).all() and (rewards == actions).all()
    assert (following.ravel() == actions + 1).all() and not ended.any()


def test_replay_leaves_out_what_would_have_followed_a_cut():
    kept = Replay(8, (2, 1, 1, 1), None)
    fill(kept, 4)
    kept.cut[1] = True
    assert set(kept.drawn(np.random.default_rng(0), 50)[1].tolist()) == {0, 2}


def test_large_replay_is_on_disk(tmp_path, monkeypatch):
    kept = Replay(8, (2, 1, 1, 1), tmp_path)
    assert not isinstance(kept.screens, np.memmap)
    monkeypatch.setattr("recipes.playing.replay.MEMORY_BYTES", 7)
    kept = Replay(8, (2, 1, 1, 1), tmp_path)
    fill(kept, 6)
    assert isinstance(kept.screens, np.memmap) and kept.screens.nbytes == 8 and not list(tmp_path.iterdir())
    assert set(kept.drawn(np.random.default_rng(0), 50)[1].tolist()) == {2, 3, 4}
    with pytest.raises(registry.UserError, match="cannot keep 8 bytes of screens in .*or --set replay= fewer"):
        Replay(8, (2, 1, 1, 1), tmp_path / "none")


def test_play_is_at_random_at_first_and_hardly_in_the_end():
    how = settings(explore=0.1, explored=0.5)
    assert [learning.exploration(how, share) for share in (0, 0.25, 0.5, 1)] == [1, pytest.approx(0.55), 0.1, 0.1]
    scores, rng = np.tile([0.0, 1, 0], (3000, 1)), np.random.default_rng(0)
    assert (learning.explored(scores, 0, rng) == 1).all()
    assert np.bincount(learning.explored(scores, 0.6, rng)) == pytest.approx([600, 1800, 600], abs=90)


# Runs


QUICK = ("--size", "tiny", "--set", "epochs=3", "--set", "frames=4096", "--set", "target=none")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run of Catch by the actor–critic: (exit status, folder)."""
    out = tmp_path_factory.mktemp("runs")
    result = invoke("run", "catch/actor_critic", *QUICK, "--out", out)
    assert result.exit_code == 0, result.output
    return next(out.glob("catch_actor_critic/*"))


def told(folder):
    return json.loads((folder / "metrics.json").read_text())


def test_learns_to_catch_in_seconds(run):
    metrics = told(run)
    assert metrics["test"]["examples"] == 100 and metrics["test"]["length"]["value"] == 9
    assert metrics["test"]["return"]["low"] > metrics["baselines"]["chance"]["return"]["high"] + 0.5
    assert metrics["baselines"]["shallow"]["return"]["value"] == 1
    assert 'the rule "under the ball"' in metrics["verdict"]


def test_dqn_learns_to_catch_in_seconds(tmp_path, quick):
    more = [part for setting in ("batch_size=64", "renew=25") for part in ("--set", setting)]
    result = invoke("run", "catch", *QUICK, *more, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    metrics = told(next(tmp_path.glob("catch/*")))
    assert metrics["test"]["return"]["low"] > metrics["baselines"]["chance"]["return"]["high"] + 0.5


def test_report_has_a_film(run):
    from PIL import Image

    with Image.open(run / "play.gif") as gif:
        assert gif.n_frames > 9 and gif.size[1] > 100  # a game has 9 steps
    page = (run / "report.html").read_text()
    assert "data:image/gif;base64," in page and "rule: under the ball" in page
    assert (run / "pictures" / "return_by_steps.png").exists() and (run / "pictures" / "returns.png").exists()


def test_other_verbs_know_games(run, tmp_path):
    value = told(run)["test"]["return"]["value"]
    assert f"test return: {value:.4f}" in invoke("evaluate", run).output
    np.save(tmp_path / "screen.npy", catch.Catch(1, 0).screens[0])
    answer = json.loads(invoke("predict", run, tmp_path / "screen.npy", "--json").output)
    assert set(answer["probabilities"]) == set(catch.NAMES) and answer["action"] in catch.NAMES
    assert "answers raw test examples as the trained model does" in invoke("export", run).output
    assert re.search(r"ms a step, .* minutes for 8 epochs", " ".join(invoke("check", "catch").output.split()))


def test_resumed_run_goes_on(tmp_path, quick, monkeypatch):
    from recipes import progress

    real = progress.Watcher.on_train_batch_end

    def stopping(self, batch, logs=None):
        self.stopped = "SIGTERM" if self.step == 40 else self.stopped
        real(self, batch, logs)

    monkeypatch.setattr(progress.Watcher, "on_train_batch_end", stopping)
    result = invoke("run", "catch", *QUICK, "--set", "frames=1024", "--out", tmp_path)
    assert result.exit_code == 75 and "go on with" in result.stderr
    monkeypatch.setattr(progress.Watcher, "on_train_batch_end", real)
    folder = next(tmp_path.glob("catch/*"))
    assert invoke("run", "--resume", folder).exit_code == 0
    rows = (folder / "history.csv").read_text().splitlines()
    assert told(folder)["resumed"] == 1 and len(rows) == 4


def test_same_seed_plays_the_same(tmp_path, quick):
    for _ in range(2):
        invoke("run", "catch/actor_critic", *QUICK, "--set", "epochs=1", "--out", tmp_path)
    losses = [path.read_text().splitlines()[1].split(",")[1] for path in tmp_path.glob("*/*/history.csv")]
    assert len(losses) == 2 and losses[0] == losses[1]


def test_each_member_of_an_ensemble_plays_by_itself():
    from recipes.playing.play import Play

    plain = sources.catalogue.module("catch/actor_critic").recipe()
    small = recipes_recipe.override(plain, ["environments=4", "rollout=8", "batch_size=16"])
    play = Play(catch.game(), small, "train")
    models = [registry.build(FRAMING.inputs, FRAMING.outputs, size="tiny") for _ in range(2)]
    streams = []
    for model in (models[0], models[0], models[1]):
        play.epoch(model, 16, 0, 0)
        streams.append(play.stream)
    assert streams[0] is streams[1] is not streams[2]


def test_an_ensemble_learns_to_catch(tmp_path, quick):
    result = invoke("run", "catch/actor_critic", *QUICK, "--set", "members=2", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    metrics = told(next(tmp_path.glob("catch_actor_critic/*")))
    assert metrics["members"] == 2
    assert metrics["test"]["return"]["low"] > metrics["baselines"]["chance"]["return"]["high"] + 0.5


def test_settings_of_play_are_set_by_name():
    plain = sources.catalogue.module("catch").recipe()
    changed = recipes_recipe.override(plain, ["environments=8", "discount=0.5"])
    assert changed.playing["environments"] == 8 and changed.playing["discount"] == 0.5
    assert recipes_recipe.from_config(recipes_recipe.to_config(changed), changed.framing) == changed
    for wrong, message in (("discount=2", "received discount=2.0: expected from 0 to 1"),
                           ("environments=0", "received environments=0: expected 1 or more"),
                           ("enviroments=9", "Did you mean 'environments'"),
                           ("playing={'frames': 'few'}", "received frames='few': expected int, as in frames=100000"),
                           ("playing={'pass': 3}", "unknown setting of playing 'pass'.*mean 'passes'")):
        with pytest.raises(registry.UserError, match=message):
            recipes_recipe.override(plain, [wrong])


def test_film_shows_each_channel_in_a_colour_of_its_own():
    from PIL import Image

    screens = np.zeros((2, 4, 4, 5), "uint8")
    screens[0, 0, 0, 1], screens[1, 0, 0, 4] = 255, 255
    with Image.open(io.BytesIO(film([(screens[0], 0.0), (screens[1], 1.0)]))) as gif:
        first = gif.convert("RGB").getpixel((5, 25))
        gif.seek(1)
        assert gif.n_frames == 2 and first != gif.convert("RGB").getpixel((5, 25)) != (0, 0, 0)


# Environments of gymnasium


gymnasium = pytest.importorskip("gymnasium")


class Screens(gymnasium.Env):
    """An environment that does something wrong after some steps."""

    def __init__(self, wrong="", after=5, space=None, actions=None):
        self.wrong, self.after, self.count = wrong, after, 0
        self.observation_space = space or gymnasium.spaces.Box(0.0, 1.0, (8, 6, 2), "float32")
        self.action_space = actions or gymnasium.spaces.Discrete(3)

    def reset(self, seed=None, options=None):
        return np.zeros(self.observation_space.shape, "float32"), {}

    def step(self, action):
        self.count += 1
        screen, late = np.zeros(self.observation_space.shape, "float32"), self.count > self.after
        if late and self.wrong == "shape":
            screen = screen[:-1]
        if late and self.wrong == "screen":
            screen[0, 0] = np.nan
        reward = float("nan") if late and self.wrong == "reward" else 0.0
        return screen, reward, self.count % 4 == 0, False, {}


BOX = gymnasium.spaces.Box
WRONG = {
    "Shape": ({"wrong": "shape"}, r"player 0, step 6\) gave a screen of shape \(7, 6, 2\), expected \(8, 6, 2\)"),
    "Screen": ({"wrong": "screen"}, "step 6.*gave a screen that is not finite everywhere, expected finite numbers"),
    "Reward": ({"wrong": "reward"}, "step 6.*gave a reward of nan, expected a finite number. Mend or wrap"),
    "Row": ({"space": BOX(-1.0, 1.0, (4,))}, r"shows Box\(.*expected images, \(height, width\) or"),
    "First": ({"space": BOX(0, 255, (4, 84, 84), "uint8")}, r"shows Box\(.*expected images.*width, channels\)"),
    "Motor": ({"actions": BOX(-1.0, 1.0, (2,))}, r"takes Box\(.*expected Discrete\(A\).*Wrap it"),
}


@pytest.fixture
def registered():
    for name, (arguments, _) in WRONG.items():
        gymnasium.register(f"Wrong/{name}-v0", entry_point=lambda arguments=arguments: Screens(**arguments))
    gymnasium.register("Wrong/Right-v0", entry_point=Screens)
    gymnasium.register("Wrong/Late-v0", entry_point=lambda: Screens("reward", after=99))
    yield
    for name in [*WRONG, "Right", "Late"]:
        gymnasium.registry.pop(f"Wrong/{name}-v0")


@pytest.mark.parametrize("name", WRONG)
def test_bad_environment_is_told_before_training(name, registered, tmp_path):
    result = invoke("run", "--environment", f"Wrong/{name}-v0", "--out", tmp_path)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1 and not list(tmp_path.iterdir())
    assert re.search(WRONG[name][1], result.stderr), result.stderr


def test_environment_that_goes_wrong_late_is_told_where_it_does(registered, tmp_path):
    result = invoke("run", "--environment", "Wrong/Late-v0", "--size", "tiny", "--out", tmp_path)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert "player 0, step 100) gave a reward of nan, expected a finite number" in result.stderr


MISTAKES = {
    ("--environment", "MinAtar/Brekout-v1"): "no environment 'MinAtar/Brekout-v1'.*Did you mean 'MinAtar/Breakout-v1'",
    ("--environment", "nowhere:Maze-v0"): "no environment 'nowhere:Maze-v0'.*pip install.*one of your own is named",
    ("--environment", "Wrong/Right-v0", "--columns", "x=a"): "received --columns with the environment Wrong/Right-v0",
    ("catch", "--environment", "Wrong/Right-v0"): "received catch and Wrong/Right-v0: give a recipe's name",
    ("catch", "--limit", "10"): "received a limit of 10 examples for Catch, which is played: choose fewer epochs",
    ("catch", "--folds", "3"): "received --folds 3 for Catch, which is played: take --seeds 3",
    ("catch/actor_critic", "--set", "batch_size=2048"): "batch_size=2048 with environments=64 and rollout=16, 1024",
    ("catch", "--set", "replay=63"): "replay=63 with environments=32: expected two screens or more for each of them",
}


def test_a_game_is_not_fetched(tmp_path):
    result = invoke("fetch", "catch/dqn", "--to", tmp_path / "offline")
    assert result.exit_code == 2 and "the recipe catch/dqn needs no data" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_mistakes_about_games_are_told(arguments, registered, tmp_path):
    result = invoke("run", *arguments, "--out", tmp_path)
    assert result.exit_code == 2 and re.search(MISTAKES[arguments], result.stderr), result.output
    assert len(result.stderr.splitlines()) == 1


def test_missing_gymnasium_is_told(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(registry.UserError, match=r"needs gymnasium, which is not installed: .*taskzoo\[games\]"):
        by_name.game("MinAtar/Breakout-v1")


@pytest.mark.parametrize("space", [BOX(0.0, 1.0, (4, 3), "float32"), BOX(0, 1, (4, 3, 1), "uint8"),
                                   BOX(0, 1, (4, 3), "bool"), BOX(0, 255, (4, 3), "uint8")], ids=str)
def test_screens_are_bytes_whatever_the_environment_shows(space, registered):
    gymnasium.registry.pop("Wrong/Late-v0")
    gymnasium.register("Wrong/Late-v0", entry_point=lambda: Screens(space=space))
    players = by_name.Players("Wrong/Late-v0", 2, 0)
    brightest = np.full((2, *space.shape), space.high.max(), space.dtype)
    shown = players._shown(list(brightest))
    assert shown.shape == (2, 4, 3, 1) and shown.dtype == "uint8" and (shown == 255).all()


def test_any_environment_with_a_screen_is_learned_from(registered, tmp_path, quick):
    result = invoke("run", "--environment", "Wrong/Right-v0", "--size", "tiny", "--set", "epochs=1", "--set",
                    "frames=1024", "--set", "longest=50", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    folder = next(tmp_path.glob("Right-v0/*"))
    assert set(told(folder)["baselines"]) == {"chance"} and "play at random" in told(folder)["verdict"]
    assert "test return: 0.0000" in invoke("evaluate", folder).output


def test_minatar_gives_what_the_recipe_expects():
    pytest.importorskip("minatar")
    from recipes import video_game

    for variant in video_game.VARIANTS:
        game = by_name.game(f"MinAtar/{variant.title().replace('_', '')}-v1")
        framing = video_game.recipe(variant).framing
        assert game.framing.inputs == framing.inputs and game.framing.outputs.names == framing.outputs.names
        screens = game.players(2, 0).screens
        assert screens.shape == (2, 10, 10, framing.inputs.channels) and set(np.unique(screens)) == {0, 255}


def test_rule_of_breakout_beats_play_at_random():
    pytest.importorskip("minatar")
    game = by_name.game("MinAtar/Breakout-v1")
    assert isinstance(game, Game) and game.rule is rules.breakout
    assert episodes.played(game.rule, game.players(20, 0), 500)[0].mean() > 3


ON_TWO = """
import pathlib, sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from rich.console import Console
import registry
from recipes import catch, evaluate, pipeline, recipe as recipes_recipe
from recipes.train import train

few = ["epochs=4", "frames=2048", "batch_size=64", "learning_rate=0.005"]
recipe = recipes_recipe.override(catch.recipe("actor_critic"), few, size="tiny")
framing, data, folder = recipe.framing, catch.data(None), pathlib.Path(sys.argv[1])
parts = {split: pipeline.part(recipe, data, split) for split in data.splits}
strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
with strategy.scope():
    model = registry.build(framing.inputs, framing.outputs, recipe.architecture, "tiny")
    validate = evaluate.validator(framing, pipeline.batches(parts["validation"]), framing.outputs.loss())
    told = train(model, recipe, parts["train"], validate, folder, Console(quiet=True))
print("returns", strategy.num_replicas_in_sync, *(row["val_return"] for row in told["history"]))
"""


def test_learner_is_distributed(tmp_path):
    import os
    import subprocess
    import sys

    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-c", ON_TWO, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    replicas, *returns = done.stdout.split("returns")[1].split()
    assert replicas == "2" and max(map(float, returns)) > 0  # at random: -0.5
