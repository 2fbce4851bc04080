"""What is computed from samples: against a reference implementation, and with padding."""
import keras
import numpy as np
import pytest

from zoo.layers.dynamic_range import DynamicRange
from zoo.layers.learned_filters import LearnedFilters
from zoo.layers.random_features import RandomFeatures
from zoo.layers.spectral import Cepstra, LogMel, MelOfCepstra, differences
from zoo.layers.statistics import PartMeans, Standardise, StandardiseEach
from zoo.layers.vary_audio import OneLength, SpecAugment, VaryFrames, VaryWave, WarpBands

RATE, STEP, WINDOW, MELS = 16_000, 160, 400, 26


@pytest.fixture(scope="module")
def sounds():
    """Half a second of two tones that rise, with a little noise (2, 50, 160), and what is real: all."""
    rng, time = np.random.default_rng(0), np.arange(8000) / RATE
    waves = [np.sin(2 * np.pi * (f + 400 * time) * time) * (0.2 + time) / 2 for f in (300, 1700)]
    noisy = np.stack(waves) + 0.01 * rng.normal(size=(2, 8000))
    return noisy.astype("float32").reshape(2, 50, STEP), np.ones((2, 50), "int32")


def kaldi(kind, options, samples):
    """What Kaldi's code gives for samples (N,), its windows around the frames as ours are."""
    options.frame_opts.samp_freq, options.frame_opts.dither, options.frame_opts.preemph_coeff = RATE, 0, 0
    options.frame_opts.remove_dc_offset, options.frame_opts.window_type = False, "hanning"
    options.mel_opts.num_bins, options.mel_opts.low_freq, options.mel_opts.high_freq = MELS, 20, 7600
    computer = kind(options)
    computer.accept_waveform(RATE, np.pad(samples, (WINDOW - STEP) // 2).tolist())
    computer.input_finished()
    return np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)])


def test_log_mel_and_mfcc_are_those_of_kaldi(sounds):
    reference = pytest.importorskip("kaldi_native_fbank")
    fbank, mfcc = reference.FbankOptions(), reference.MfccOptions()
    fbank.use_energy = mfcc.use_energy = False
    mfcc.num_ceps, mfcc.cepstral_lifter = 13, 0
    samples, real = sounds
    mel = LogMel(RATE, WINDOW, MELS, 20, 7600)([samples, real])
    cepstra = np.asarray(Cepstra(13)(mel))
    for row, logs, found in zip(samples, np.asarray(mel), cepstra):
        wanted = kaldi(reference.OnlineFbank, fbank, row.ravel())
        np.testing.assert_allclose(logs, wanted, atol=0.1)  # its Hann's window ends in two zeros, ours in one
        assert abs(logs - wanted).mean() < 0.005 < 1 < wanted.std()
        np.testing.assert_allclose(found[:, :13], kaldi(reference.OnlineMfcc, mfcc, row.ravel()), atol=0.1)


def test_second_differences_are_differences_of_the_first(sounds):
    cepstra = np.asarray(Cepstra(7)(LogMel(RATE, WINDOW, MELS, 20, 7600)([*sounds])))
    for first, second in ((0, 7), (7, 14)):
        slopes = np.asarray(differences(cepstra[..., first : first + 7]))
        np.testing.assert_allclose(cepstra[..., second : second + 7], slopes, atol=1e-4)


def layers_of_sound():
    return {"mel": LogMel(RATE, WINDOW, MELS, 20, 7600), "learned": LearnedFilters(RATE, WINDOW, MELS, 20, 7600)}


@pytest.mark.parametrize("name", layers_of_sound())
def test_padding_changes_nothing(name, sounds):
    samples, real = sounds
    layer, cepstra = layers_of_sound()[name], Cepstra(5)
    real = real * (np.arange(50) < np.array([[50], [30]]))
    samples = samples * real[..., None]
    longer = np.pad(samples, ((0, 0), (0, 20), (0, 0))), np.pad(real, ((0, 0), (0, 20)))
    short, padded = layer([samples, real]), layer([*longer])
    assert padded.shape == (2, 70, MELS)
    for after in (lambda x, m: x, lambda x, m: cepstra(x, mask=m), lambda x, m: StandardiseEach()(x, mask=m)):
        a, b = (np.asarray(after(x, r > 0)) for x, r in ((short, real), (padded, longer[1])))
        np.testing.assert_allclose(a[real > 0], b[:, :50][real > 0], rtol=1e-4, atol=1e-4)
    statistics = [np.asarray(PartMeans(3)(x, mask=r > 0)) for x, r in ((short, real), (padded, longer[1]))]
    np.testing.assert_allclose(*statistics, rtol=1e-4, atol=1e-4)


def test_learned_filters_begin_as_bands_and_learn(sounds):
    samples, real = sounds
    mel, learned = (np.asarray(layer([samples, real])) for layer in layers_of_sound().values())
    assert (mel.argmax(-1) == learned.argmax(-1)).mean() > 0.9  # the loudest band
    assert len(layers_of_sound()["learned"].trainable_weights) == 0  # not built
    layer = layers_of_sound()["learned"]
    layer([samples, real])
    assert [w.shape for w in layer.trainable_weights] == [(WINDOW, 2 * MELS)]


def test_means_of_parts():
    x = np.arange(12, dtype="float32").reshape(1, 6, 2)
    np.testing.assert_allclose(PartMeans(2)(x)[0], [2, 3, 8, 9])
    short = np.asarray(PartMeans(4)(x, mask=np.array([[True, True, False, False, False, False]])))
    assert np.isfinite(short).all()  # fewer times than parts
    layer = Standardise()
    layer.build((None, 2))
    layer.fill(np.array([[1.0, 5.0], [3.0, 5.0]], "float32"))
    np.testing.assert_allclose(layer(np.array([[3.0, 5.0]], "float32")), [[1.0, 0.0]])


def test_products_of_random_waves_are_a_gaussian_kernel():
    x = np.random.default_rng(0).normal(size=(5, 30)).astype("float32")
    waves = np.asarray(RandomFeatures(20_000, width=1.5)(x))
    far = np.square(x[:, None] - x[None]).sum(-1)
    np.testing.assert_allclose(waves @ waves.T, np.exp(-far / (1.5**2 * 30)), atol=0.03)


def test_mel_energies_come_back_from_their_cepstra():
    energies = np.random.default_rng(0).normal(size=(1, 3, 20)).astype("float32")
    cepstra = Cepstra(20, differences=False)(energies)
    np.testing.assert_allclose(MelOfCepstra(20)(cepstra), energies, atol=1e-4)
    smooth = np.asarray(MelOfCepstra(20)(cepstra[..., :5]))
    assert smooth.shape == (1, 3, 20) and np.abs(np.diff(smooth)).mean() < np.abs(np.diff(energies)).mean() / 2


def test_differences_are_slopes_of_a_line_and_stop_at_the_ends():
    x = np.arange(8, dtype="float32")[None, :, None] * 3
    slopes = np.asarray(differences(x))[0, :, 0]
    np.testing.assert_allclose(slopes[2:-2], 3, rtol=1e-5)
    assert (slopes[:2] < 3).all() and (slopes[-2:] < 3).all()


def test_sounds_are_varied_while_training_only(sounds):
    samples, real = sounds
    layer = VaryWave(speed=0.2, noise=0.1, seed=0)
    same, same_real = layer([samples, real])
    np.testing.assert_array_equal(same, samples)
    varied, left = (np.asarray(v) for v in layer([samples, real], training=True))
    assert varied.shape[1] == left.shape[1] == 63  # 50 / (1 - 0.2)
    lengths = left.sum(1)
    assert (abs(lengths - 50) <= 13).all() and len(set(lengths)) == 2
    assert (np.diff(left, axis=1) <= 0).all()  # what is real comes first


def test_faster_is_shorter_and_higher():
    time = np.arange(8000) / RATE
    wave = np.sin(2 * np.pi * 1000 * time).astype("float32").reshape(1, 50, STEP)
    varied, left = (np.asarray(v) for v in VaryWave(speed=0.3, seed=3)([wave, np.ones((1, 50))], training=True))
    kept = varied[0, : left.sum() - 1].ravel()
    heard = np.fft.rfftfreq(len(kept), 1 / RATE)[np.abs(np.fft.rfft(kept)).argmax()]
    assert heard == pytest.approx(1000 * 50 / left.sum(), rel=0.04)


def test_frames_are_played_faster_or_slower_while_training_only():
    x = np.arange(40, dtype="float32").reshape(2, 20, 1) % 20
    real = (np.arange(20) < np.array([[20], [10]])).astype("int32")
    layer = VaryFrames(0.25, seed=2)
    np.testing.assert_array_equal(layer([x, real])[0], x)
    for _ in range(5):
        varied, left = (np.asarray(v) for v in layer([x, real], training=True))
        lengths = left.sum(1)
        assert abs(lengths[0] - 20) <= 7 and abs(lengths[1] - 10) <= 4 and varied.shape == (2, 27, 1)
        slopes = np.diff(varied[0, : lengths[0] - 2, 0])
        np.testing.assert_allclose(slopes, slopes[0], atol=1e-4)  # a line stays a line
        assert slopes[0] == pytest.approx(20 / lengths[0], abs=0.05)
        assert varied[1, : lengths[1], 0].max() <= 9  # padding is not heard


def test_bands_are_stretched_while_training_only():
    x = np.tile(np.arange(20, dtype="float32"), (50, 3, 1))
    layer = WarpBands(0.2, seed=1)
    np.testing.assert_array_equal(layer(x), x)
    warped = np.asarray(layer(x, training=True))
    slopes = warped[:, 0, 10] / 10
    assert 0.8 <= slopes.min() < 0.9 and 1.1 < slopes.max() <= 1.2
    np.testing.assert_allclose(warped[:, 0, :16], np.minimum(slopes[:, None] * np.arange(16), 19), rtol=1e-4)


def test_hidden_bands_and_times():
    x = np.ones((64, 40, 20), "float32")
    layer = SpecAugment(bands=5, times=0.25, seed=0)
    np.testing.assert_array_equal(layer(x), x)
    hidden = np.asarray(layer(x, training=True)) == 0
    bands, times = hidden.all(1).sum(1), hidden.all(2).sum(1)
    assert 1 < bands.max() <= 10 and 2 < times.max() <= 20 and bands.min() == 0


def test_one_length_keeps_what_is_real():
    x = np.arange(1, 13, dtype="float32").reshape(2, 6, 1)
    mask = np.arange(6) < np.array([[6], [2]])
    grid = np.asarray(OneLength(4)(x, mask=mask))[..., 0, 0]
    np.testing.assert_array_equal(grid, [[2, 3, 4, 5], [0, 7, 8, 0]])
    trained = OneLength(4, seed=1)
    grids = [np.asarray(trained(x, mask=mask, training=True))[..., 0, 0] for _ in range(30)]
    assert {tuple(grid[1]) for grid in grids} == {(7, 8, 0, 0), (0, 7, 8, 0), (0, 0, 7, 8)}
    assert {tuple(grid[0]) for grid in grids} == {(1, 2, 3, 4), (2, 3, 4, 5), (3, 4, 5, 6)}


@pytest.mark.parametrize("make", [
    lambda: LogMel(RATE, WINDOW, MELS, 20, 7600), lambda: LearnedFilters(RATE, WINDOW, MELS, 20, 7600),
    lambda: VaryWave(0.1, 0.1), lambda: SpecAugment(3, 0.1), lambda: OneLength(9), lambda: PartMeans(3),
    lambda: VaryFrames(0.1), lambda: WarpBands(0.1),
    lambda: RandomFeatures(8), lambda: MelOfCepstra(20, (1, 2))])
def test_layers_come_back_from_their_config(make):
    layer = make()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("kind", ("mel", "learned"))
def test_loudness_and_what_is_too_quiet_to_hear_leave_no_trace(kind, sounds):
    samples, real = sounds
    energies, level = layers_of_sound()[kind], DynamicRange(40.0)
    found = np.asarray(level(energies([samples, real])))
    assert found.max() == 0 and found.min() == pytest.approx(-4 * np.log(10))
    np.testing.assert_allclose(level(energies([0.1 * samples, real])), found, atol=0.05)
    room = samples + 1e-4 * np.random.default_rng(1).normal(size=samples.shape)
    np.testing.assert_allclose(level(energies([room, real])), found, atol=0.1)
    longer = np.pad(samples, ((0, 0), (0, 5), (0, 0)), constant_values=1.0), np.pad(real, ((0, 0), (0, 5)))
    np.testing.assert_allclose(np.asarray(level(energies([*longer])))[:, :45], found[:, :45], atol=1e-4)
