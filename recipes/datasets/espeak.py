"""The speech synthesiser eSpeak NG through its library: samples, and when each phone begins (Duddington, Dunn and
others, https://github.com/espeak-ng/espeak-ng; the functions are those of its speak_lib.h)."""
import ctypes
import ctypes.util

from registry.errors import UserError

SYNCHRONOUS, PHONEME_EVENTS, NO_EXIT = 2, 0x0001, 0x8000
PHONEME, PITCH, SPEED, UTF8, BY_CHARACTER = 7, 3, 1, 1, 1
LENGTHS = "':,%=_|\""  # marks of stress and length around a phone's name


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
                ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
                ("user_data", ctypes.c_void_p), ("id", _Id)]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def library():
    """Return the library and the folder of its data, None where it knows that itself.

    Raises:
        UserError: it is not installed.
    """
    try:
        import espeakng_loader

        return ctypes.CDLL(espeakng_loader.get_library_path()), espeakng_loader.get_data_path().encode()
    except ImportError:
        name = ctypes.util.find_library("espeak-ng")
        if not name:
            raise UserError("found no eSpeak NG, which speaks the sentences: pip install 'taskzoo[speech]', or install "
                            "the program espeak-ng, and run the command again.") from None
        return ctypes.CDLL(name), None


class Speaker:
    """Speaks texts; there is one library in a process, so one speaker at a time.

    The silence in which lips or tongue close counts as the end of the phone before: eSpeak NG says when a stop bursts.
    """

    def __init__(self):
        import numpy as np

        self.library, data = library()
        self.rate = self.library.espeak_Initialize(SYNCHRONOUS, 0, data, PHONEME_EVENTS | NO_EXIT)
        if self.rate <= 0:
            raise UserError("eSpeak NG does not start: its data is missing. Install it again.")
        self._samples, self._phones = [], []

        def heard(samples, count, events):
            if samples and count > 0:
                self._samples.append(np.ctypeslib.as_array(samples, (count,)).copy())
            for event in iter_until(events):
                if event.type == PHONEME:
                    self._phones.append((event.id.string.decode("utf-8", "replace"), event.sample))
            return 0

        self._heard = _Callback(heard)  # kept, or it would be collected while the library calls it
        self.library.espeak_SetSynthCallback(self._heard)

    def say(self, text, voice, speed=175, pitch=50):
        """Return the samples (N,) int16 of a text, and (phone, the sample where it begins) in their order.

        Args:
            text: what to say.
            voice: such as "en-us+m3".
            speed: words a minute.
            pitch: 0 to 99.
        """
        import numpy as np

        self._samples, self._phones = [], []
        if self.library.espeak_SetVoiceByName(voice.encode()):
            raise UserError(f"eSpeak NG has no voice {voice!r}: install version 1.50 or later.")
        self.library.espeak_SetParameter(SPEED, int(speed), 0)
        self.library.espeak_SetParameter(PITCH, int(pitch), 0)
        content = text.encode("utf-8") + b"\0"
        self.library.espeak_Synth(content, len(content), 0, BY_CHARACTER, 0, UTF8, None, None)
        samples = np.concatenate(self._samples) if self._samples else np.zeros(0, "int16")
        return samples, [(name.strip(LENGTHS) or "_", place) for name, place in self._phones]


def iter_until(events):
    """Yield the events of a list that ends with one of type 0."""
    i = 0
    while events[i].type:
        yield events[i]
        i += 1
