"""The model repository of the check: two networks, served in every way that is measured."""

import os
import pathlib
import shutil

import resnet50

CONFIG = """\
backend: "onnxruntime"
max_batch_size: {batch}
input {{ name: "input" data_type: TYPE_FP32 dims: {dims} }}
output {{ name: "output" data_type: TYPE_FP32 dims: {output_dims} }}
instance_group [ {{ kind: {kind} count: {instances} }} ]
parameters {{ key: "intra_op_thread_count" value {{ string_value: "{threads}" }} }}
parameters {{ key: "cudnn_conv_algo_search" value {{ string_value: "1" }} }}
{more}
"""
ENSEMBLE = """\
platform: "ensemble"
max_batch_size: {batch}
input {{ name: "input" data_type: TYPE_FP32 dims: {dims} }}
output {{ name: "output" data_type: TYPE_FP32 dims: [1000] }}
ensemble_scheduling {{ step [
  {{ model_name: "halving" model_version: -1
    input_map {{ key: "input" value: "input" }} output_map {{ key: "output" value: "halved" }} }},
  {{ model_name: "resnet50" model_version: -1
    input_map {{ key: "input" value: "halved" }} output_map {{ key: "output" value: "output" }} }}
] }}
"""
BARE_CUDA = "cudnn_conv_algo_search=HEURISTIC"  # as 1 above: a search may end otherwise the next time
CUDA = 'optimization {{ execution_accelerators {{ gpu_execution_accelerator {{ name: "cuda" {settings} }} }} }}'
ENDLESS_ELEMENTS = 1 << 38  # a TiB in FP32
IMAGE = [3, 224, 224]
CLASSES = {"food": [11], "resnet50": [1000], "resnet50_fp16": [1000]}
LIMITED_BYTES = 384 << 20  # holds ResNet-50, not 64 photographs on their way through it


def cuda(**settings):
    """The section of a configuration that sets these of the CUDA provider."""
    return CUDA.format(settings=" ".join(f'parameters {{ key: "{k}" value: "{v}" }}' for k, v in settings.items()))


def graphs(sizes):
    """The section that records runs of these batch sizes as CUDA graphs."""
    specs = " ".join(f"graph_spec {{ batch_size: {size} }}" for size in sizes)
    return f"optimization {{ cuda {{ graphs: true {specs} }} }}"


class Repository:
    """Writes models into `folder`; `device` is gpu or cpu, `threads` are those of each instance."""

    def __init__(self, folder, device, threads, most_rows):
        self.folder = pathlib.Path(folder)
        self.kind = "KIND_GPU" if device == "gpu" else "KIND_CPU"
        self.threads = threads
        self.most_rows = most_rows
        self.files = {}

    def write_files(self, food):
        """The two networks themselves; what is served are links to them."""
        files = self.folder.parent / "onnx"
        files.mkdir(parents=True, exist_ok=True)
        self.files = {name: files / f"{name}.onnx" for name in (*CLASSES, "halving", "endless")}
        shutil.copy(food, self.files["food"])
        resnet50.write(self.files["resnet50"])
        resnet50.write(self.files["resnet50_fp16"], half=True)
        resnet50.write_halving(self.files["halving"])
        resnet50.write_endless(self.files["endless"], ENDLESS_ELEMENTS)

    def add(self, name, network, instances=1, kind=None, more="", dims=None, output_dims=None):
        version = self.folder / name / "1"
        version.mkdir(parents=True)
        os.link(self.files[network], version / "model.onnx")
        config = CONFIG.format(
            batch=self.most_rows,
            dims=dims or IMAGE,
            output_dims=output_dims or CLASSES[network],
            kind=kind or self.kind,
            instances=instances,
            threads=self.threads,
            more=more,
        )
        (self.folder / name / "config.pbtxt").write_text(config)

    def add_ensemble(self, name):
        """ResNet-50 behind a step that halves the photographs."""
        (self.folder / name / "1").mkdir(parents=True)
        (self.folder / name / "config.pbtxt").write_text(ENSEMBLE.format(batch=self.most_rows, dims=IMAGE))

    def write_all(self):
        for network in CLASSES:
            self.add(network, network)
            self.add(f"{network}_cpu", network, kind="KIND_CPU")
            self.add(f"{network}_exact", network, more=cuda(use_tf32=0))
        for instances in (2, 4):
            self.add(f"resnet50_{instances}", "resnet50", instances=instances)
        preferred = [size for size in (2, 8, 16, 32) if size <= self.most_rows]
        batching = f"dynamic_batching {{ preferred_batch_size: {preferred} max_queue_delay_microseconds: 500 }}"
        self.add("resnet50_batched", "resnet50", more=batching)
        self.add("resnet50_graph", "resnet50", more=graphs(size for size in (1, 8) if size <= self.most_rows))
        self.add("resnet50_limited", "resnet50", more=cuda(gpu_mem_limit=LIMITED_BYTES))
        self.add("resnet50_squeezed", "resnet50", more=cuda(gpu_mem_limit=32 << 20))
        self.add("halving", "halving", output_dims=IMAGE)
        self.add_ensemble("halved_resnet50")
        self.add("endless", "endless", dims=[1], output_dims=[1])
        self.add("food_auto", "food", kind="KIND_AUTO")
        self.add("food_gpu", "food", kind="KIND_GPU")
