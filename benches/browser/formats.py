"""The forms that other engines read: each is told of the network's layers in turn, and writes them down.

`conv` takes a kernel as PyTorch has it, `[out, in, height, width]`, and gives the name of what comes out; `half` keeps
the weights in half precision, which halves what is fetched.
"""
import json

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as lite
from onnx import TensorProto, helper, numpy_helper

CLASSES, CHANNELS, SIDE = 3, 512, 224


class Onnx:
    """Input `[1, 3, 224, 224]`, outputs `logits` and `maps`: for onnxruntime-web, tract and rten."""

    input = "input"

    def __init__(self, half):
        self.half, self.nodes, self.initializers = half, [], []

    def node(self, kind, inputs, out, **settings):
        self.nodes.append(helper.make_node(kind, inputs, [out], **settings))
        return out

    def constant(self, name, values):
        values = np.ascontiguousarray(values, np.float16 if self.half else np.float32)
        self.initializers.append(numpy_helper.from_array(values, f"{name}.half" if self.half else name))
        return self.node("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT) if self.half else name

    def conv(self, name, weight, shift, source, stride, relu, beside=None):
        side = weight.shape[-1]
        inputs = [source, self.constant(f"{name}.w", weight), self.constant(f"{name}.b", shift)]
        settings = {"dilations": [1, 1], "group": 1, "kernel_shape": [side] * 2}
        out = self.node("Conv", inputs, f"{name}.out", pads=[side // 2] * 4, strides=[stride] * 2, **settings)
        if beside is not None:
            out = self.node("Add", [out, beside], f"{name}.sum")
        return self.node("Relu", [out], f"{name}.relu") if relu else out

    def max_pool(self, source):
        return self.node("MaxPool", [source], "pool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)

    def head(self, source, weight, bias):
        self.node("Identity", [source], "maps")
        self.node("GlobalAveragePool", [source], "mean")
        self.node("Flatten", ["mean"], "flat")
        # As a matrix product from the left takes it: [in, out].
        self.node("Gemm", ["flat", self.constant("fc.w", weight.T), self.constant("fc.b", bias)], "logits")

    def save(self, path):
        value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        outputs = [value("logits", [1, CLASSES]), value("maps", [1, CHANNELS, 7, 7])]
        inputs = [value("input", [1, 3, SIDE, SIDE])]
        graph = helper.make_graph(self.nodes, "resnet18", inputs, outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, path)


class Arrays:
    """Plain arrays for TensorFlow.js, kernels as it has them: `[height, width, in, out]`."""

    input = None

    def __init__(self):
        self.layers, self.blob = [], []

    def conv(self, name, weight, shift, source, stride, relu, beside=None):
        kernel = weight.transpose(2, 3, 1, 0)
        self.layers.append({"name": name, "shape": kernel.shape, "stride": stride})
        self.blob.extend([kernel.ravel(), shift])

    def max_pool(self, source):
        pass

    def head(self, source, weight, bias):
        self.blob.extend([weight.T.ravel(), bias])

    def save(self, folder, golden_logits):
        np.concatenate(self.blob).astype("<f2").tofile(folder / "layers.bin")
        np.concatenate(self.blob[-2:]).astype("<f2").tofile(folder / "last_layer.bin")
        (folder / "layers.json").write_text(json.dumps({"layers": self.layers, "golden_logits": golden_logits}))


class Lite:
    """For LiteRT.js: channels last, input `[1, 224, 224, 3]`, outputs `logits` and `maps`."""

    def __init__(self, half):
        # The first buffer is that of all which is computed.
        self.half, self.tensors, self.buffers, self.operators, self.codes = half, [], [lite.BufferT()], [], []
        self.input = self.tensor("input", [1, SIDE, SIDE, 3])

    def tensor(self, name, shape, values=None):
        kind = getattr(lite.TensorType, "FLOAT32" if values is None else values.dtype.name.upper())
        if values is not None:
            self.buffers.append(lite.BufferT(data=np.frombuffer(values.tobytes(), np.uint8)))
        buffer = 0 if values is None else len(self.buffers) - 1
        self.tensors.append(lite.TensorT(shape=list(shape), type=kind, buffer=buffer, name=name, hasRank=True))
        return len(self.tensors) - 1

    def operator(self, kind, inputs, name, shape, **settings):
        """`kind` as the schema calls its options."""
        called = {"Conv2D": "CONV_2D", "FullyConnected": "FULLY_CONNECTED", "Reducer": "MEAN", "Pool2D": "MAX_POOL_2D"}
        code = getattr(lite.BuiltinOperator, called.get(kind, kind.upper()))
        if code not in self.codes:
            self.codes.append(code)
        options = getattr(lite, f"{kind}OptionsT")()
        for setting, value in settings.items():
            setattr(options, setting, value)
        out = self.tensor(name, shape)
        self.operators.append(
            lite.OperatorT(
                opcodeIndex=self.codes.index(code),
                inputs=inputs,
                outputs=[out],
                builtinOptionsType=getattr(lite.BuiltinOptions, f"{kind}Options"),
                builtinOptions=options,
            )
        )
        return out

    def constant(self, name, values):
        if not self.half:
            return self.tensor(name, values.shape, np.float32(values))
        stored = self.tensor(f"{name}.half", values.shape, np.float16(values))
        return self.operator("Dequantize", [stored], name, values.shape)

    def side(self, tensor):
        return self.tensors[tensor].shape[1]

    def padded(self, name, source, around):
        """What the engine calls `SAME` pads an even picture at one side only when a kernel goes in strides."""
        side, channels = self.side(source) + 2 * around, self.tensors[source].shape[3]
        pads = self.tensor(f"{name}.around", [4, 2], np.int32([[0, 0], [around] * 2, [around] * 2, [0, 0]]))
        return self.operator("Pad", [source, pads], f"{name}.padded", [1, side, side, channels])

    def conv(self, name, weight, shift, source, stride, relu, beside=None):
        side, out, rectified = weight.shape[-1], self.side(source) // stride, lite.ActivationFunctionType.RELU
        is_same = stride == 1
        if side > 1 and not is_same:
            source = self.padded(name, source, side // 2)
        inputs = [source, self.constant(f"{name}.w", weight.transpose(0, 2, 3, 1)), self.constant(f"{name}.b", shift)]
        padding = lite.Padding.SAME if is_same else lite.Padding.VALID
        settings = {"padding": padding, "strideW": stride, "strideH": stride}
        activation = rectified if relu and beside is None else lite.ActivationFunctionType.NONE
        shape = [1, out, out, len(weight)]
        made = self.operator("Conv2D", inputs, name, shape, fusedActivationFunction=activation, **settings)
        if beside is None:
            return made
        return self.operator("Add", [made, beside], f"{name}.sum", shape, fusedActivationFunction=rectified)

    def max_pool(self, source):
        out, channels = self.side(source) // 2, self.tensors[source].shape[3]
        settings = {"strideW": 2, "strideH": 2, "filterWidth": 3, "filterHeight": 3, "padding": lite.Padding.VALID}
        return self.operator("Pool2D", [self.padded("pool", source, 1)], "pool", [1, out, out, channels], **settings)

    def head(self, source, weight, bias):
        self.maps = source
        axes = self.tensor("axes", [2], np.int32([1, 2]))
        mean = self.operator("Reducer", [source, axes], "mean", [1, CHANNELS])
        inputs = [mean, self.constant("fc.w", weight), self.constant("fc.b", bias)]
        self.logits = self.operator("FullyConnected", inputs, "logits", [1, CLASSES])

    def save(self, path):
        named = lambda **tensors: [lite.TensorMapT(name=name, tensorIndex=at) for name, at in tensors.items()]
        outputs = named(logits=self.logits, maps=self.maps)
        signature = lite.SignatureDefT(inputs=named(input=self.input), outputs=outputs, signatureKey="serving_default")
        ends = {"inputs": [self.input], "outputs": [self.logits, self.maps]}
        graph = lite.SubGraphT(tensors=self.tensors, operators=self.operators, name="main", **ends)
        # Only the third version of it reads half precision. Codes up to 127 stand in an older field too.
        version = lambda code: 3 if code == lite.BuiltinOperator.DEQUANTIZE else 1
        named_code = lambda code: lite.OperatorCodeT(deprecatedBuiltinCode=code, builtinCode=code, version=version(code))
        codes = [named_code(code) for code in self.codes]
        parts = {"operatorCodes": codes, "subgraphs": [graph], "buffers": self.buffers, "signatureDefs": [signature]}
        model = lite.ModelT(version=3, **parts)
        builder = flatbuffers.Builder(1 << 26)
        builder.Finish(model.Pack(builder), b"TFL3")
        path.write_bytes(builder.Output())
