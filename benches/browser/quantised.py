"""The network with whole numbers of 8 bits, by the tools of the engines' makers, from pictures of the page."""
import pathlib
import tempfile

import numpy as np
from ai_edge_quantizer import qtyping, quantizer, recipe
from onnxruntime import quantization
from PIL import Image


class Pictures(quantization.CalibrationDataReader):
    """One picture after the other, as onnxruntime asks for them."""

    def __init__(self, pictures):
        self.pictures = iter(pictures)

    def get_next(self):
        picture = next(self.pictures, None)
        return None if picture is None else {"input": picture[None]}


def read(path, side):
    """A picture in grey, as large as the network takes it."""
    return np.asarray(Image.open(path).convert("L").resize((side, side), Image.Resampling.BILINEAR), np.float32)


def write(folder, onnx, lite, pictures):
    """`resnet18_int8.onnx` and `resnet18_int8.tflite`, from the two forms in f32 and pictures `[3, side, side]`."""
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        onnx.save(place / "resnet18.onnx")
        quantization.quantize_static(
            place / "resnet18.onnx",
            folder / "resnet18_int8.onnx",
            Pictures(pictures),
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
        )
        lite.save(place / "resnet18.tflite")
        maker = quantizer.Quantizer(str(place / "resnet18.tflite"), recipe.static_wi8_ai8())
        # What goes in and comes out is f32, as in the other forms.
        for name in (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT):
            maker.update_quantization_recipe(".*", name, algorithm_key="no_quantize")
        calls = [{"input": picture.transpose(1, 2, 0)[None]} for picture in pictures]
        ranges = maker.calibrate({"serving_default": calls})
        maker.quantize(ranges).export_model(str(folder / "resnet18_int8.tflite"), overwrite=True)
