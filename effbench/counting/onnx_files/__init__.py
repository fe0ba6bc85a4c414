"""ONNX files, counted from the shapes of their tensors: nothing in a file is run."""
