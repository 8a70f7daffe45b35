"""Models that run in worker processes, and what ends such a process."""

import shutil
import subprocess

from models import Repository, add_graph, config, graph
from onnx import TensorProto, helper

LARGE = 150_528  # elements of FP32: 602 KB
ENDLESS = 1 << 50
ISOLATED = 'parameters { key: "isolation" value { string_value: "process" } }\n'

# An operator library that does its harm when the model is opened.
CRASHES = "__attribute__((constructor)) static void load(void) { *(volatile int *)0 = 1; }"
SLEEPS = "#include <unistd.h>\n__attribute__((constructor)) static void load(void) { for (;;) sleep(1); }"


# One that does as its own folder says: it lies there beside a file `crash` or `hang`, or none.
OBEYS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static int told(const char *what) {
    Dl_info here;
    char path[4096];
    dladdr((void *)told, &here);
    snprintf(path, sizeof path, "%s", here.dli_fname);
    strcpy(strrchr(path, '/') + 1, what);
    return access(path, F_OK) == 0;
}
__attribute__((constructor)) static void load(void) {
    if (told("crash")) *(volatile int *)0 = 1;
    while (told("hang")) sleep(1);
}
void *RegisterCustomOps(void *options, void *api) { return 0; }
"""


def isolated(more="", **parameters):
    """The part of a configuration that isolates a model; `parameters` are further ones of isolation."""
    text = ISOLATED
    for name, value in parameters.items():
        key = name if name == "execute_timeout_ms" else f"isolation.{name}"
        text += f'parameters {{ key: "{key}" value {{ string_value: "{value}" }} }}\n'
    return text + more


def strings_graph():
    return graph(
        [("Identity", ["INPUT0"], ["OUTPUT0"], {})],
        [("INPUT0", "BYTES", ["batch", "n"])],
        [("OUTPUT0", "BYTES", ["batch", "n"])],
    )


def ones_graph():
    """OUTPUT0 = the sum of as many ones as INPUT0 says: takes four bytes for each."""
    return graph(
        [
            ("ConstantOfShape", ["INPUT0"], ["ones"], {"value": helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])}),
            ("ReduceSum", ["ones"], ["OUTPUT0"], {"keepdims": 1}),
        ],
        [("INPUT0", "INT64", [1])],
        [("OUTPUT0", "FP32", [1])],
    )


def loop_graph():
    """OUTPUT0 = INPUT0, after as many turns of a loop as INPUT0 says."""
    tensor = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go_on"], ["goes_on"]), helper.make_node("Identity", ["value"], ["next"])],
        "body",
        [tensor("turn", TensorProto.INT64, []), tensor("go_on", TensorProto.BOOL, []),
         tensor("value", TensorProto.INT64, [1])],
        [tensor("goes_on", TensorProto.BOOL, []), tensor("next", TensorProto.INT64, [1])],
    )
    return graph(
        [("Loop", ["INPUT0", "", "INPUT0"], ["OUTPUT0"], {"body": body})],
        [("INPUT0", "INT64", [1])],
        [("OUTPUT0", "INT64", [1])],
    )


def write(folder):
    repository = Repository(folder)
    one = add_graph(1, ["batch", "n"])
    completed = 'backend: "onnxruntime"\ninstance_group [ { kind: KIND_CPU count: 1 } ]\n'
    repository.add("beside", completed, {1: one})
    repository.add("isolated", completed + isolated("""
        model_warmup { name: "rows" batch_size: 2
            inputs { key: "INPUT0" value { data_type: TYPE_FP32 dims: [4] random_data: true } } }
        """), {1: one})
    repository.add("strings", config([("INPUT0", "BYTES", [-1])], [("OUTPUT0", "BYTES", [-1])], extra=isolated()),
                   {1: strings_graph()})
    repository.add("bounded", config([("INPUT0", "INT64", [1])], [("OUTPUT0", "FP32", [1])], max_batch_size=0,
                                     extra=isolated(memory_limit_mb=512)), {1: ones_graph()})
    repository.add("loop", config([("INPUT0", "INT64", [1])], [("OUTPUT0", "INT64", [1])], max_batch_size=0,
                                  extra=isolated()), {1: loop_graph()})
    repository.add("impatient", config([("INPUT0", "INT64", [1])], [("OUTPUT0", "INT64", [1])], max_batch_size=0,
                                       extra=isolated(execute_timeout_ms=1000)), {1: loop_graph()})
    return repository


def add_with_library(repository, name, source, extra):
    """A model whose operator library is this C source; its configuration leaves inputs and outputs to the model."""
    repository.add(name, f'backend: "onnxruntime"\nmodel_operations {{ op_library_filename: "harm.so" }}\n{extra}',
                   {1: add_graph(1, ["batch", "n"])})
    library = repository.folder / name / "harm.so"
    subprocess.run([shutil.which("cc"), "-shared", "-fPIC", "-x", "c", "-o", str(library), "-"], input=source.encode(),
                   check=True)
