"""What models cost, against hand counts and TensorFlow's profiler, and widths solved from a number of parameters."""
import keras
import pytest
import tensorflow as tf
from keras import layers

import registry
from registry import building, cost, operations, table, width
from registry.errors import UserError

ROWS = [(*pair, name) for pair, names in table.TABLE.items() for name in names if not name.endswith("*")]
NAMES = {name: row[:2] for *row, name in reversed(ROWS)}  # each architecture once, with its first pair
WIDE = [name for name in NAMES if width.names(table.module(name))]
WORDS = registry.WordSeq(num_buckets=500, embedding=8, char_filters=4, affix=2, gram=4)


def built(row, size="tiny", **options):
    framing = building.framing_for(row[:2], row[2])
    return building.build(framing.inputs, framing.outputs, row[2], size, **options)


def laid_out(row):
    return width.laid_out(lambda: cost.costs(built(row)))


def test_every_matrix_of_weights_counts():
    only_looked_up = set(operations.LOOKUPS) - set(operations.OPERATIONS)
    for row in ROWS:
        for layer, spent in laid_out(row).items():
            matrix = any(len(weight.shape) > 1 for weight in layer.trainable_weights)
            if matrix and type(layer).__name__ not in only_looked_up:
                assert spent.flops > 0, f"{row}: {layer.name} ({type(layer).__name__}) multiplies nothing"
                assert spent.training_flops >= 2 * spent.flops and spent.bytes > 0, (row, layer.name)


PUBLISHED = [  # billions of multiplications with additions, as torchvision prints them, and parameters
    ("vgg", "16", 15.47, 138_357_544, "https://pytorch.org/vision/stable/models/vgg.html"),
    ("vgg", "19", 19.63, 143_667_240, "https://pytorch.org/vision/stable/models/vgg.html"),
    ("alexnet", "published", 0.71, 61_100_840, "https://pytorch.org/vision/stable/models/alexnet.html"),
    ("resnet", "18", 1.81, None, "https://pytorch.org/vision/stable/models/resnet.html"),
    ("resnet", "34", 3.66, None, "https://pytorch.org/vision/stable/models/resnet.html")]


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row[0]}-{row[1]}")
def test_published_networks_cost_what_is_printed(row):
    name, size, billions, parameters, _ = row
    names = registry.Label(tuple(map(str, range(1000))))
    total = width.laid_out(lambda: cost.total(building.build(registry.Image(224, 224, 3), names, name, size)))
    assert total.flops / 2e9 == pytest.approx(billions, rel=0.005, abs=0.005)
    assert parameters in (None, total.parameters)
    assert 2.8 * total.flops < total.training_flops < 3 * total.flops  # but for the first layer's input


def test_recurrent_layers_by_hand():
    x = keras.Input((None, 6))  # nothing learned before: no gradient of the input, but of the state
    spent = cost.total(keras.Model(x, layers.LSTM(5, return_sequences=True)(x)), length=10)
    of_input, of_state = 10 * 2 * 6 * 4 * 5, 10 * 2 * 5 * 4 * 5
    assert (spent.flops, spent.training_flops) == (of_input + of_state, 2 * of_input + 3 * of_state)
    assert spent.weight_bytes == 4 * (4 * 5 * (6 + 5 + 1)) and spent.example_bytes == 4 * 10 * (6 + 5)
    both = cost.total(keras.Model(x, layers.Bidirectional(layers.GRU(5, return_sequences=True))(x)), length=10)
    assert (both.flops, both.parameters) == (2 * 10 * 2 * 3 * 5 * (6 + 5), 2 * 3 * 5 * (6 + 5 + 2))


def test_strides_shorten_what_is_behind_them():
    crnn = registry.build("audio", "text", "crnn", "tiny", filters=(4, 6), units=8)
    found = {layer.name: spent for layer, spent in cost.costs(crnn, length=101).items()}
    bands, first = crnn.get_layer("grid").output.shape[1], -(-101 // 2)
    assert found["conv_0"].flops == first * bands // 2 * 2 * (5 * 3 * 1) * 4
    assert found["conv_1"].flops == first * bands // 4 * 2 * (3 * 3 * 4) * 6
    assert found["lstm_0"].flops == first * 2 * 2 * 4 * 8 * (bands // 4 * 6 + 8)


WRITERS = [("audio", "text", "seq2seq"), ("word_seq", "text", "seq2seq"), ("word_seq", "text", "transformer")]


@pytest.mark.parametrize("row", [row for row in ROWS if row[:2] == ("audio", "text")] + WRITERS[1:], ids="-".join)
def test_unknown_axes_count_as_what_flows(row):
    model = built(row)
    lengths = {id(x): 7 if x.name == "previous" else 45 for x in model.inputs}
    cost._walked(model, lengths, set())
    tensors = [tensor for layer in model.layers for tensor in layer._inbound_nodes[0].output_tensors]
    numbers = {x.name: tf.ones([2, *(lengths[id(x)] if n is None else n for n in x.shape[1:])], x.dtype)
               for x in model.inputs}
    for tensor, value in zip(tensors, keras.Model(model.input, tensors)(numbers), strict=True):
        assert value.shape[1:] == cost._shape(tensor, lengths[id(tensor)]), tensor.name


def test_pieces_are_counted_by_themselves():
    for row in WRITERS:
        model = built(row)
        decoder, = (layer for layer in model.layers if layer.name == "head_decoder")
        few, many = (cost.costs(model, 90, pieces)[decoder].flops for pieces in (6, 90))
        assert few < many / 3 and cost.costs(model, 90)[decoder].flops == many


def test_a_transformer_block_by_hand():
    times, units = 12, 16
    parts = {"attention_0": 4 * units**2 + 2 * times * units, "forward_wide_0": 4 * units**2,
             "forward_narrow_0": 4 * units**2}
    model = registry.build(WORDS, "tags", "transformer", "tiny", units=units)
    found = {layer.name: spent for layer, spent in cost.costs(model, length=times).items()}
    for name, products in parts.items():
        assert found[name].flops == times * 2 * products
        assert found[name].training_flops == 3 * found[name].flops  # words are learned before
    assert found["attention_0"].parameters == 4 * units * (units + 1)


def test_what_a_training_step_adds():
    x = keras.Input((8, 8, 3))
    y = layers.Conv2D(4, 3, padding="same", name="first")(x)
    y = layers.Dense(5, trainable=False, name="frozen")(layers.Flatten()(y))
    found = {layer.name: spent for layer, spent in cost.costs(keras.Model(x, layers.Dense(2, name="last")(y))).items()}
    assert found["first"].flops == 2 * 64 * 27 * 4 and found["frozen"].flops == 2 * 256 * 5
    for name, times in (("first", 2), ("frozen", 2), ("last", 3)):
        assert found[name].training_flops == times * found[name].flops, name
    by_hand = {type(layer).__name__: spent for layer, spent in cost.costs(
        registry.build("audio", "label", "bilstm", "tiny")).items()}
    assert by_hand["LogMel"].training_flops == by_hand["LogMel"].flops > 0
    assert 2 < by_hand["Bidirectional"].training_flops / by_hand["Bidirectional"].flops < 3


def test_bytes_of_tables_are_those_of_their_rows_and_halve_with_the_type():
    def total():
        x = keras.Input((7,), dtype="int32")
        return cost.total(keras.Model(x, layers.Dense(3)(layers.Embedding(1000, 5)(x))))

    spent = total()
    assert spent.weight_bytes == 4 * (5 * 3 + 3)
    assert spent.example_bytes == 4 * (7 + 7 * 5 + 7 * 5) + 4 * (7 * 5 + 7 * 3)  # ids, rows, vectors; in and out
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("bfloat16")
    try:
        assert total().example_bytes == spent.example_bytes / 2 + 2 * 7  # but the ids
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def profiled(model, length, gradients=False):
    """Return the FLOPs that TensorFlow's profiler counts for one example: of products and elementwise work."""
    numbers = keras.tree.map_structure(
        lambda x: tf.TensorSpec([1, *(length if n is None else n for n in x.shape[1:])], x.dtype), model.input)

    def step(x):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(model(x, training=False))
        return tape.gradient(total, model.trainable_variables) if gradients else total

    for layer in model.layers:
        layer.once = False  # else words are encoded once each, and how many there are is open
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    graph = tf.function(step).get_concrete_function(numbers).graph
    return tf.compat.v1.profiler.profile(graph, options={**options, "output": "none"}).total_float_ops


COUNTED = [  # the profiler counts elementwise work too, some percent of small layers, and knows no loops and no einsum
    ("image", "label", "mlp", "small", 0.02), ("image", "label", "vgg", "small", 0.02),
    ("image", "label", "resnet", "20", 0.02), ("word_seq", "label", "transformer", "small", 0.04),
    ("click_log", "distribution", "dcn", "small", 0.02)]


@pytest.mark.parametrize("row", COUNTED, ids=lambda row: "-".join(row[:4]))
def test_as_the_profiler_of_tensorflow_counts(row):
    model = built(row, row[3])
    assert cost.flops(model, length=24) == pytest.approx(profiled(model, 24), rel=row[4])


def test_decoders_and_parsers_as_the_profiler_counts():
    from zoo.layers.biaffine import Biaffine
    from zoo.layers.transformer_decoder import TransformerDecoder

    memory, real, previous = keras.Input((9, 24)), keras.Input((9,)), keras.Input((14,), dtype="int32")
    scores = TransformerDecoder(200, 96, num_heads=2, depth=2)([memory, real, previous])
    writes = keras.Model([memory, real, previous], scores)
    words = keras.Input((9, 2 * (64 + 32)))
    parses = keras.Model(words, Biaffine(5, 64, 32)(words))
    for model in (writes, parses):
        assert cost.flops(model) == pytest.approx(profiled(model, 0), rel=0.05)


# Of batched products that are transposed, which a Transformer's gradients are, the profiler takes the wrong axis.
@pytest.mark.parametrize("row", [("image", "label", "mlp", "small", 0.02), ("image", "label", "vgg", "small", 0.03),
                                 ("click_log", "distribution", "dcn", "small", 0.03)], ids=lambda row: row[2])
def test_a_training_step_as_the_profiler_counts(row):
    model = built(row, row[3])
    assert cost.training_flops(model, length=24) == pytest.approx(profiled(model, 24, gradients=True), rel=row[4])


@pytest.mark.parametrize("name", WIDE)
def test_parameters_decide_the_width(name):
    module, framing = table.module(name), building.framing_for(NAMES[name], name)
    size = module.SIZES["tiny"]
    wide = {key: tuple(3 * n if isinstance(n, int) else n for n in size[key]) if isinstance(size[key], tuple)
            else 3 * size[key] for key in width.names(module) if key in size}
    wanted = width.laid_out(lambda: width.counted(building.line(framing, name, "tiny", **wide)))
    options = width.solved(framing, name, "tiny", {}, wanted)
    assert {key: options[key] for key in wide} == wide


@pytest.mark.parametrize("name", NAMES)
def test_width_names_options_or_what_is_searched(name):
    asked, module = [], table.module(name)

    class Asked:
        def __getattr__(self, kind):
            return lambda name, first=0, *rest, **options: asked.append(name) or (
                first[0] if isinstance(first, list) else first)

    module.space(Asked())
    known = {*building.options_of(module), *asked}
    assert set(getattr(module, "WIDTH", ())) <= known


def test_a_model_of_so_many_parameters():
    model = registry.build("image", "label", "mlp", parameters=200_000, depth=7)
    assert model.count_params() == pytest.approx(200_000, rel=0.01)
    assert sum(type(layer).__name__ == "Dense" for layer in model.layers) == 7 + 1
    told = registry.explain("vgg", parameters=100_000)
    assert told["parameters"] == pytest.approx(100_000, rel=0.01)
    given = registry.build("image", "label", "vgg", parameters=50_000, layout=(10, "M", 10, 40))
    widths = [layer.filters for layer in given.layers if hasattr(layer, "filters")]
    assert widths[0] == widths[1] and widths[2] == pytest.approx(4 * widths[0], abs=4)


@pytest.mark.parametrize(("arguments", "said"), [
    (("linear", {"parameters": 5000}), "'linear', which has no width.* or choose vgg, "),
    (("mlp", {"parameters": 5000, "units": 6}), "units=6 and parameters=5000 for 'mlp': parameters decides units"),
    (("mlp", {"parameters": 5000}), "are 3,093 with units=1 and 6,176 with units=2. Set parameters to one of these"),
    (("mlp", {"parameters": 50}), "the nearest that it can have is 3,093 with units=1"),
    (("mlp", {"parameters": 1e5}), "parameters=100000.0: expected a whole number above 0"),
    (("mlp", {"parameters": True}), "parameters=True: expected a whole number"),
    (("mlp", {"parameters": 9000, "depht": 2}), "'depht'.* Did you mean 'depth'")])
def test_parameters_that_no_width_has_are_told(arguments, said):
    name, options = arguments
    with pytest.raises(UserError, match=said):
        registry.build("image", "label", name, "tiny", **options)


def overridden(*assignments, architecture="mlp"):
    from recipes import catalogue
    from recipes.recipe import override

    return override(catalogue.module("digits").recipe(), assignments, architecture, "tiny")


def test_a_recipe_asks_for_parameters():
    from recipes import width as recipes_width
    from recipes.recipe import from_config, override, to_config
    from recipes.shallow import shallow_recipe

    recipe = overridden("parameters=9_000", "depth=2")
    found = recipes_width.solved(recipe)
    assert found.parameters == 9000 and set(found.options) == {"depth", "units"}
    framing = found.framing
    model = registry.build(framing.inputs, framing.outputs, found.architecture, found.size, **found.options)
    assert model.count_params() == pytest.approx(9000, rel=0.01)
    assert override(found, ["epochs=3"]).options == found.options  # of a run that is over
    assert override(overridden("units=7"), ["parameters=9000"]).options == {}  # its own width gives way
    assert shallow_recipe(recipe).parameters == 0 and recipes_width.settled(recipe).parameters == 0
    before = to_config(recipe)
    del before["parameters"]
    assert from_config(before, framing).parameters == 0
    for assignments, architecture, said in ((("parameters=9000", "units=7"), "mlp", "units=7 and parameters=9000"),
                                            (("parameters=9000",), "perceptron", "has no width"),
                                            (("parameters=-1",), "mlp", "expected 0"),
                                            (("parameters=1e4",), "mlp", "received float, expected int")):
        with pytest.raises(UserError, match=said):
            overridden(*assignments, architecture=architecture)


@pytest.mark.parametrize(("name", "searched"), [("mlp", {"depth", "dropout", "batch_norm"}),
                                                ("vgg", {"stages", "repeat", "dropout"})])
def test_each_model_of_a_search_has_the_parameters(name, searched):
    from recipes import width as recipes_width
    from recipes.tuning import space

    recipe = overridden("parameters=20000", architecture=name)
    fixed = {key: None for key in ("learning_rate", "batch_size", "warmup", "label_smoothing", "weight_decay")}
    hp = space.declared({name: recipe}, fixed)
    assert {one.name for one in hp.space} == searched
    hp.values = {one.name: one.random_sample(1) for one in hp.space}
    sampled = recipes_width.solved(space.recipe_of(hp, {name: recipe}, fixed))
    framing = sampled.framing
    model = registry.build(framing.inputs, framing.outputs, name, "tiny", **sampled.options)
    assert model.count_params() == pytest.approx(20000, rel=0.01)


def test_a_run_keeps_what_was_asked_and_what_was_solved(tmp_path, quick):
    import json

    from typer.testing import CliRunner

    from recipes.__main__ import app

    result = CliRunner().invoke(app, ["run", "digits", "--sample", "--architecture", "mlp", "--set", "parameters=5000",
                                      "--set", "epochs=1", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    folder = next(tmp_path.glob("*/*"))
    config, metrics, line = (json.loads((folder / f"{name}.json").read_text()) for name in (
        "config", "metrics", "line"))
    assert config["parameters"] == 5000 and set(config["options"]) == {"units"}
    assert metrics["parameters"] == sum(box["parameters"] for box in line) == pytest.approx(5000, rel=0.01)
    assert all(box["training_flops"] >= box["flops"] for box in line) and line[2]["bytes"] > 4 * line[2]["parameters"]
    page = (folder / "report.html").read_text()
    assert " to train" in page and "B moved" in page and 'class="share"' in page


def test_boxes_of_older_runs_are_drawn_with_what_they_tell():
    from recipes.pictures import line

    old = {"parameters": 850, "flops": 1700}
    assert line.costs(old) == ["850 parameters", "1.7 k FLOPs"]
    assert line.costs({**old, "training_flops": 5100, "bytes": 4000})[2:] == ["5.1 k to train", "4 kB moved"]
    assert line.shares([old, {"flops": 0}, {"flops": 300}]) == [0.85, 0.0, 0.15]


def test_explained_on_the_command_line(capsys, monkeypatch):
    from registry.__main__ import main

    monkeypatch.setenv("COLUMNS", "200")
    assert main(["explain", "lenet", "--parameters", "30000"]) == 0
    told = capsys.readouterr().out
    assert "FLOPs to train" in told and "█" in told and "kB" in told
    assert main(["explain", "linear", "--parameters", "30000"]) == 2
