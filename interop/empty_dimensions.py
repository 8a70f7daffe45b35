"""Which operators of ONNX Runtime end the process when a dimension of an input is empty.

Not a test, but the experiment behind the list in EmptyDimensions.java: run it again for a new release of ONNX Runtime.

    python3 -m venv v && v/bin/pip install onnxruntime==1.29.0 onnx==1.23.2
    v/bin/python empty_dimensions.py results.json

Every node test of the ONNX project is a model of one operator with inputs that fit; beside them are models for what it lacks and for
groups of operators that ONNX Runtime runs as one. Each runs with all dimensions left open, under several opsets, with each dimension of each input empty by itself, all dimensions of one
size empty together, each input empty, and all of them. Each model runs in a child process; what ends it is written down by operator.
"""
import collections
import itertools
import json
import os
import signal
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

OPSETS = (None, 17, 13, 11, 9, 7)
SECONDS_PER_MODEL = 20
ENOUGH_DEATHS = 10


def node_models():
    from onnx.backend.test.case.node import collect_testcases

    for case in collect_testcases(None):
        if case.model is None or "_expanded" in case.name or not case.data_sets:
            continue
        inputs = case.data_sets[0][0]
        if len(inputs) == len(case.model.graph.input) and all(isinstance(value, np.ndarray) for value in inputs):
            yield case.name, case.model, inputs


def one(operator, inputs, outputs, **attributes):
    """A model of one operator of ai.onnx.ml."""
    node = helper.make_node(operator, [f"x{i}" for i in range(len(inputs))], [f"y{i}" for i in range(len(outputs))],
                            domain="ai.onnx.ml", **attributes)
    given = [helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
             for i, value in enumerate(inputs)]
    made = [helper.make_tensor_value_info(f"y{i}", kind, None) for i, kind in enumerate(outputs)]
    model = helper.make_model(helper.make_graph([node], operator, given, made), ir_version=9,
                              opset_imports=[helper.make_opsetid("", 19), helper.make_opsetid("ai.onnx.ml", 3)])
    return "ml_" + operator, model, inputs


def ml_models():
    x = np.ones((2, 3), np.float32)
    floats, ints, strings = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING
    yield one("Imputer", [x], [floats], imputed_value_floats=[1.0], replaced_value_float=0.0)
    yield one("LinearClassifier", [x], [ints, floats], coefficients=[1.0] * 6, intercepts=[0.0] * 2,
              classlabels_ints=[0, 1], multi_class=0, post_transform="SOFTMAX")
    yield one("LinearRegressor", [x], [floats], coefficients=[1.0] * 3, intercepts=[0.0], targets=1)
    yield one("Normalizer", [x], [floats], norm="L2")
    yield one("Normalizer", [x], [floats], norm="MAX")
    yield one("OneHotEncoder", [np.ones((2,), np.int64)], [floats], cats_int64s=[0, 1, 2])
    yield one("Scaler", [x], [floats], offset=[0.0] * 3, scale=[1.0] * 3)
    yield one("Binarizer", [x], [floats], threshold=0.5)
    yield one("ArrayFeatureExtractor", [x, np.array([1], np.int64)], [floats])
    yield one("FeatureVectorizer", [x, x], [floats], inputdimensions=[3, 3])
    yield one("CategoryMapper", [np.ones((2,), np.int64)], [strings], cats_int64s=[0, 1], cats_strings=["a", "b"],
              default_string="z")
    yield one("LabelEncoder", [np.ones((2,), np.int64)], [floats], keys_int64s=[0, 1], values_floats=[1.0, 2.0])
    svm = dict(coefficients=[1.0, 1.0], kernel_params=[0.1, 0.0, 3.0], kernel_type="RBF", rho=[0.0],
               support_vectors=[1.0] * 6)
    yield one("SVMRegressor", [x], [floats], n_supports=2, **svm)
    yield one("SVMClassifier", [x], [ints, floats], vectors_per_class=[1, 1], classlabels_ints=[0, 1],
              post_transform="NONE", **svm)
    tree = dict(nodes_falsenodeids=[2, 0, 0], nodes_featureids=[0, 0, 0], nodes_hitrates=[1.0] * 3,
                nodes_missing_value_tracks_true=[0] * 3, nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"],
                nodes_nodeids=[0, 1, 2], nodes_treeids=[0] * 3, nodes_truenodeids=[1, 0, 0], nodes_values=[0.5, 0.0, 0.0])
    yield one("TreeEnsembleRegressor", [x], [floats], n_targets=1, target_ids=[0, 0], target_nodeids=[1, 2],
              target_treeids=[0, 0], target_weights=[1.0, 2.0], **tree)
    yield one("TreeEnsembleClassifier", [x], [ints, floats], class_ids=[0, 1], class_nodeids=[1, 2],
              class_treeids=[0, 0], class_weights=[1.0, 1.0], classlabels_int64s=[0, 1], post_transform="NONE", **tree)


def zip_map():
    """The maps that scikit-learn's classifiers give."""
    node = helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1])
    maps = helper.make_sequence_type_proto(
        helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, None)))
    graph = helper.make_graph([node], "ZipMap", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 2])],
                              [helper.make_value_info("y", maps)])
    model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 19), helper.make_opsetid("ai.onnx.ml", 3)])
    return "ml_ZipMap", model, [np.ones((2, 2), np.float32)]


def chain(name, text, **arrays):
    """A model of several operators, in ONNX's text form; its inputs in the order of the arrays."""
    return "chain_" + name, onnx.parser.parse_model(
        '<ir_version: 9, opset_import: ["" : 17]> ' + name + " " + text), list(arrays.values())


def chain_models():
    """Operators that the node tests lack, and groups that ONNX Runtime runs as one."""
    yield zip_map()
    x = np.ones((1, 2, 6, 6), np.float32)
    rows = np.ones((2, 4), np.float32)
    yield chain("cast", "(float[a,b] x) => (int64[c,d] y) { y = Cast<to=7>(x) }", x=rows)
    yield chain("cast_text", "(float[a,b] x) => (string[c,d] y) { y = Cast<to=8>(x) }", x=rows)
    yield chain("cast_like", "(float[a,b] x, float16[e] l) => (float16[c,d] y) { y = CastLike(x, l) }", x=rows,
                like=np.ones(1, np.float16))
    for axis in (0, 1):
        yield chain("cum_sum", "(float[a,b] x) => (float[c,d] y) { a = Constant<value_int=%d>() y = CumSum(x, a) }" % axis,
                    x=rows)
    yield chain("conv_integer", "(uint8[a,b,c,d] x, uint8[e,f,g,h] w) => (int32[i,j,k,l] y) { y = ConvInteger(x, w) }",
                x=x.astype(np.uint8), w=np.ones((1, 2, 3, 3), np.uint8))
    yield chain("q_linear_conv", "(uint8[a,b,c,d] x, uint8[e,f,g,h] w) => (uint8[i,j,k,l] y) { s = Constant<value_float=0.5>() "
                "z = Constant<value = uint8 {1}>() y = QLinearConv(x, s, z, w, s, z, s, z) }",
                x=x.astype(np.uint8), w=np.ones((1, 2, 3, 3), np.uint8))
    yield chain("if", "(float[a,b] x) => (float[c,d] y) { n = Size(x) o = Constant<value_int=1>() c = Less(n, o) y = If(c) "
                "<then_branch = t () => (float[e,f] p) { p = Neg(x) }, else_branch = u () => (float[g,h] q) { q = Abs(x) }> }",
                x=rows)
    yield chain("sequence", "(float[a,b] x) => (float[c,d] y) { z = Constant<value_int=0>() s = SequenceConstruct(x, x) "
                "t = SequenceInsert(s, x) u = SequenceErase(t, z) n = SequenceLength(u) v = SequenceAt(u, z) "
                "w = ConcatFromSequence<axis=0>(u) y = Concat<axis=0>(v, w) }", x=rows)
    yield chain("random", "(float[a,b] x) => (float[c,d] y) { n = RandomNormalLike(x) u = RandomUniformLike(x) y = Add(n, u) }",
                x=rows)
    yield chain("multinomial", "(float[a,b] x) => (int32[c,d] y) { y = Multinomial<sample_size=2>(x) }", x=rows)
    yield chain("range", "(int64[a] x) => (int64[c] y) { n = Size(x) z = Constant<value_int=0>() o = Constant<value_int=1>() "
                "y = Range(z, n, o) }", x=np.ones(3, np.int64))
    yield chain("one_hot", "(int64[a] x) => (float[c,d] y) { n = Constant<value_int=4>() "
                "v = Constant<value = float[2] {0, 1}>() y = OneHot(x, n, v) }", x=np.ones(3, np.int64))
    yield chain("log_sum", "(float[a,b] x) => (float[c,d] y, float[e,f] z) { y = ReduceLogSum<axes=[1]>(x) "
                "z = ReduceLogSumExp<axes=[0]>(x) }", x=rows)
    yield chain("max_roi_pool", "(float[a,b,c,d] x, float[e,f] r) => (float[g,h,i,j] y) "
                "{ y = MaxRoiPool<pooled_shape=[2,2]>(x, r) }", x=x, rois=np.array([[0, 0, 0, 3, 3]], np.float32))
    yield chain("global_lp", "(float[a,b,c,d] x) => (float[g,h,i,j] y) { y = GlobalLpPool(x) }", x=x)
    yield chain("windows", "(int64[a] x) => (float[b] y) { n = Size(x) h = HannWindow(n) k = HammingWindow(n) "
                "l = BlackmanWindow(n) m = Add(h, k) y = Add(m, l) }", x=np.ones(3, np.int64))
    yield chain("mel", "(int64[a] x) => (float[b,c] y) { n = Size(x) d = Constant<value_int=16>() r = Constant<value_int=8000>() "
                "l = Constant<value_float=0.0>() u = Constant<value_float=4000.0>() y = MelWeightMatrix(n, d, r, l, u) }",
                x=np.ones(3, np.int64))
    yield chain("shaped", "(float[a,b] x) => (float[c,d] y) { s = Shape(x) e = EyeLike(x) z = ConstantOfShape(s) "
                "y = Add(e, z) }", x=rows)
    yield chain("binary", "(float[a,b] x) => (float[c,d] y) { o = Optional(x) y = OptionalGetElement(o) }", x=rows)
    for end in ("Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid", "Clip"):
        yield chain("conv_" + end.lower(), "(float[a,b,c,d] x) => (float[e,f,g,h] y) <float[4,2,3,3] w = {%s}> "
                    "{ c = Conv(x, w) y = %s(c) }" % (",".join(["1"] * 72), end), x=x)
    weights = ",".join(["1"] * 16 * 16 * 9)
    yield chain("conv_net", "(float[a,16,c,d] x) => (float[e,f,g,h] y) <float[16,16,3,3] w = {%s}> "
                "{ c = Conv<pads=[1,1,1,1]>(x, w) a = Add(c, x) r = Relu(a) p = MaxPool<kernel_shape=[2,2]>(r) "
                "v = AveragePool<kernel_shape=[2,2]>(p) e = Conv<pads=[1,1,1,1]>(v, w) b = Concat<axis=1>(e, v) "
                "y = GlobalAveragePool(b) }" % weights, x=np.ones((1, 16, 8, 8), np.float32))
    square = ",".join(["1"] * 16)
    for name, body in {
        "mat_mul_add": "m = MatMul(x, w) y = Add(m, b)",
        "gemm_relu": "g = Gemm(x, w, b) y = Relu(g)",
        "transpose_mat_mul": "t = Transpose<perm=[1,0]>(x) m = MatMul(t, x) y = Softmax(m)",
        "mat_mul_scale": "h = Constant<value_float=0.5>() m = MatMul(x, w) y = Mul(m, h)",
        "gelu": "h = Constant<value_float=1.4142135>() o = Constant<value_float=1.0>() f = Constant<value_float=0.5>() "
                "a = Add(x, b) d = Div(a, h) e = Erf(d) g = Add(e, o) m = Mul(a, g) y = Mul(m, f)",
        "skip_layer_norm": "a = Add(x, x) l = LayerNormalization<axis=-1>(a, b, b) m = MatMul(l, w) s = Add(m, l) "
                           "y = LayerNormalization<axis=-1>(s, b, b)",
        "layer_norm_by_hand": "m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) t = Constant<value_float=2.0>() p = Pow(d, t) "
                              "v = ReduceMean<axes=[-1]>(p) e = Constant<value_float=0.00001>() q = Add(v, e) r = Sqrt(q) "
                              "n = Div(d, r) s = Mul(n, b) y = Add(s, b)",
        "dynamic_quantize": "q, s, z = DynamicQuantizeLinear(x) i = MatMulInteger(q, k, z) f = Cast<to=1>(i) "
                            "h = Constant<value_float=0.5>() c = Mul(s, h) y = Mul(f, c)",
        "qdq_mat_mul": "s = Constant<value_float=0.5>() z = Constant<value = uint8 {1}>() a = QuantizeLinear(x, s, z) "
                       "c = DequantizeLinear(a, s, z) d = DequantizeLinear(k, s, z) m = MatMul(c, d) "
                       "e = QuantizeLinear(m, s, z) f = DequantizeLinear(e, s, z) g = Add(f, f) h = QuantizeLinear(g, s, z) "
                       "i = DequantizeLinear(h, s, z) j = Sigmoid(i) l = QuantizeLinear(j, s, z) n = DequantizeLinear(l, s, z) "
                       "o = Concat<axis=0>(n, n) p = QuantizeLinear(o, s, z) y = DequantizeLinear(p, s, z)",
        "attention": "r = Constant<value_ints=[1,-1,2,2]>() u = Unsqueeze(x, o1) q = MatMul(u, w) k1 = MatMul(u, w) "
                     "v = MatMul(u, w) q1 = Reshape(q, r) q2 = Transpose<perm=[0,2,1,3]>(q1) k2 = Reshape(k1, r) "
                     "k3 = Transpose<perm=[0,2,3,1]>(k2) m = MatMul(q2, k3) s = Softmax(m) v1 = Reshape(v, r) "
                     "v2 = Transpose<perm=[0,2,1,3]>(v1) n = MatMul(s, v2) t = Transpose<perm=[0,2,1,3]>(n) "
                     "r2 = Constant<value_ints=[1,-1,4]>() f = Reshape(t, r2) y = Squeeze(f, o1)",
    }.items():
        yield chain(name, "(float[a,4] x) => (float[c,d] y) <float[4,4] w = {%s}, float[4] b = {1,1,1,1}, "
                    "uint8[4,4] k = {%s}, int64[1] o1 = {0}> { %s }" % (square, square, body), x=rows)


def opened(model, opset):
    """The model with every dimension open, at that opset."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    if opset is not None:
        for known in copy.opset_import:
            if known.domain == "":
                if known.version <= opset:
                    return None
                known.version = opset
    names = itertools.count()
    for value in copy.graph.input:
        for dim in value.type.tensor_type.shape.dim:
            dim.dim_param = f"d{next(names)}"
    for value in copy.graph.output:
        if value.type.HasField("tensor_type"):
            value.type.tensor_type.ClearField("shape")
    del copy.graph.value_info[:]
    copy.ir_version = min(copy.ir_version, 11)
    return copy


def emptied(inputs):
    """Sets of (input, dimension) to be empty."""
    places = [(i, d) for i, value in enumerate(inputs) for d in range(value.ndim)]
    by_size = collections.defaultdict(set)
    for i, d in places:
        by_size[inputs[i].shape[d]].add((i, d))
    sets = [frozenset([place]) for place in places] + [frozenset(same) for same in by_size.values()]
    sets += [frozenset(place for place in places if place[0] == i) for i in range(len(inputs))] + [frozenset(places)]
    return [chosen for chosen in dict.fromkeys(sets) if chosen]


def run(model, names, inputs, sets, done):
    """In the child: runs all sets from number `done` on, and says before each which one it is."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception:
        return "-"
    for number in range(done, len(sets)):
        os.write(1, b"%d\n" % number)
        values = [value[tuple(slice(0, 0) if (i, d) in sets[number] else slice(None) for d in range(value.ndim))]
                  for i, value in enumerate(inputs)]
        try:
            session.run(None, dict(zip(names, values)))
        except Exception:
            pass
    return "+"


def child(*arguments):
    """What the child wrote, and the signal that ended it. ONNX Runtime has no threads before there is a session: it may fork."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(write, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        signal.alarm(SECONDS_PER_MODEL)
        os.write(1, run(*arguments).encode() + b"\n")
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read().split()
    return text, os.waitpid(pid, 0)[1] & 0x7F


def main():
    found = {}
    onnxruntime.set_default_logger_severity(4)
    for name, model, inputs in itertools.chain(chain_models(), ml_models(), node_models()):
        operators = sorted({(node.domain + "." if node.domain else "") + node.op_type for node in model.graph.node})
        names = [value.name for value in model.graph.input]
        if any(len(found.get(operator, {"deaths": []})["deaths"]) >= ENOUGH_DEATHS for operator in operators):
            continue
        for opset in OPSETS:
            changed = opened(model, opset)
            if changed is None:
                continue
            sets, done = emptied(inputs), 0
            while done < len(sets):
                text, ended_by = child(changed, names, inputs, sets, done)
                ran = [int(number) for number in text if number.isdigit()]
                for operator in operators:
                    entry = found.setdefault(operator, {"runs": 0, "deaths": []})
                    entry["runs"] += len(ran)
                    if ended_by and ran:
                        shapes = [[0 if (i, d) in sets[ran[-1]] else size for d, size in enumerate(value.shape)]
                                  for i, value in enumerate(inputs)]
                        entry["deaths"].append([name, opset, shapes, signal.Signals(ended_by).name])
                if not ended_by or not ran:
                    break
                done = ran[-1] + 1
        print(name, flush=True)
        with open(sys.argv[1], "w") as out:
            json.dump(found, out, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
